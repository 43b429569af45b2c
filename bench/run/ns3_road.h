/* SPDX-License-Identifier: BSD-2-Clause */
/* The road `ns3`: an engine for the ferry in which ns-3, in real time, carries
 * the packets. All else is the ferry's: its ports, its process, its captures
 * and its report. */
#ifndef BENCH_RUN_NS3_ROAD_H
#define BENCH_RUN_NS3_ROAD_H

#include "netem/ferry.h"

/* A ferry_engine, for one link whose words ns3_road_lacks() nothing of. The
 * caller has called ns3_load() before ferry_start(). */
void ns3_road_carry(const struct lab *, const struct ferry_config *,
                    int control, struct road_tally *);

#endif
