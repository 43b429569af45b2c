/* SPDX-License-Identifier: BSD-2-Clause */
/* ns-3 as a road in real time; see sim/ns3.h. */
#ifndef SIM_NS3_ROAD_HH
#define SIM_NS3_ROAD_HH

extern "C" {
#include "sim/ns3.h"
}

namespace turnaround
{

struct ns3_road *roadNew(const ns3_road_config *);
void roadRun(struct ns3_road *);
void roadPut(struct ns3_road *, ns3_way, uint64_t id, uint32_t bytes);
void roadStop(struct ns3_road *);
void roadFree(struct ns3_road *);

} // namespace turnaround

#endif
