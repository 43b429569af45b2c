/* SPDX-License-Identifier: BSD-2-Clause */
/* The door between the program and its plug-in: what each has of the other.
 * Both are built from one tree: the number tells whether they were. */
#ifndef SIM_NS3_PLUGIN_H
#define SIM_NS3_PLUGIN_H

#include "sim/ns3.h"

#define NS3_PLUGIN_ABI                                                         \
    (1 + sizeof(struct ns3_config) + 3 * sizeof(struct ns3_host) +             \
     5 * sizeof(struct ns3_tcp) + 7 * sizeof(struct ns3_road_config) +         \
     11 * sizeof(struct link_params) + 13 * sizeof(struct link_packet) +       \
     17 * sizeof(struct ask) + 19 * sizeof(struct told))
#define NS3_PLUGIN_FILE "turnaround-ns3.so"
#define NS3_PLUGIN_SYMBOL "turnaround_ns3"

/* The link, which is the program's. */
struct ns3_link_calls {
    struct link *(*make)(const struct link_params *, uint64_t seed);
    void (*free)(struct link *);
    void (*start)(struct link *, int64_t now_ns);
    void (*put)(struct link *, int64_t now_ns, uint64_t id, uint32_t bytes,
                bool ect, bool exact);
    int64_t (*next_ns)(const struct link *);
    bool (*take)(struct link *, int64_t now_ns, struct link_packet *);
};

struct ns3_plugin {
    size_t abi;
    const char *(*version)(void);
    int64_t (*run)(const struct ns3_link_calls *, const struct ns3_config *,
                   struct machine *client, struct ns3_report *,
                   char why[NS3_WHY]);
    void (*forget)(void);
    struct ns3_road *(*road_new)(const struct ns3_road_config *);
    void (*road_run)(struct ns3_road *);
    void (*road_put)(struct ns3_road *, enum ns3_way, uint64_t id,
                     uint32_t bytes);
    void (*road_stop)(struct ns3_road *);
    void (*road_free)(struct ns3_road *);
};

#endif
