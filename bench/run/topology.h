/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains, their hosts, the roads to them, and mail for them: what `turnaround
 * mx` runs, read from a YAML file (docs/topologies.md) and checked. */
#ifndef BENCH_RUN_TOPOLOGY_H
#define BENCH_RUN_TOPOLOGY_H

#include "bench/run/topology_schema.h"
#include "netem/link.h"
#include "smtp/dispatch.h"
#include "smtp/guise.h"
#include "smtp/zone.h"

enum {
    TOPOLOGY_HOSTS = 32,
    TOPOLOGY_GUISES = 8, /* of a host */
    TOPOLOGY_RECORDS = 512,
    TOPOLOGY_MESSAGES = 16,
    TOPOLOGY_MOST = 1000 /* messages of an entry, and recipients of a message */
};

struct topology_road {
    struct link_params up, down; /* owned */
    int64_t rtt_ns;
};

struct topology_host {
    const char *name;
    struct endpoint address[MX_ADDRESSES];
    size_t address_count;
    struct topology_road road;
    enum topology_state { HOST_UP, HOST_REFUSING, HOST_SILENT } state;
    enum candidate_check check;
    bool pooled;
    size_t guises;
    struct guise guise[TOPOLOGY_GUISES];
    struct server_config server[TOPOLOGY_GUISES];
    struct server_config secure[TOPOLOGY_GUISES]; /* behind STARTTLS */
    bool tls; /* one of them at least offers it */
    struct verdict verdict[TOPOLOGY_GUISES];
};

struct topology_message {
    const char *domain;
    size_t messages, recipients, body_bytes;
    struct route_need need;
};

struct mx_tls;

struct topology {
    const char *name, *what;
    struct topology_host *host; /* owned */
    size_t hosts;
    struct topology_road dns_road;
    struct endpoint dns_at;
    struct zone_config zone;
    struct lookup_config asking;
    struct mx_config finding;
    struct route_config route;    /* but for the policy and the need */
    struct client_config session; /* but for the manner and the mails */
    struct patience patience;     /* its own */
    enum body_way { BY_MODE, BY_DATA, BY_BDAT } body_by;
    enum { OFFER_AS_MODE, OFFER_COLD, OFFER_WARM } offer;
    size_t attempts;
    struct host_check checks[TOPOLOGY_HOSTS];
    enum mode_id mode[MODE_COUNT];
    enum policy_id policy[POLICY_COUNT];
    size_t modes, policies;
    struct topology_message message[TOPOLOGY_MESSAGES];
    size_t message_count;
    uint64_t seed;
    size_t repeat;
    struct mx_tls *tls; /* owned; NULL: the client wants none */

    /* Private: what the above points to. */
    struct dns_record record[TOPOLOGY_RECORDS];
    struct zone_fault fault[ZONE_FAULTS_MAX];
    struct yamlfile text;
    struct written *written;
};

/* NULL and `why`. To be released with topology_free(). */
struct topology *topology_load(const char *file, char why[YAMLFILE_WHY]);
/* The same of a text that is no file; `name`, borrowed, stands for its name. */
struct topology *topology_parse(const char *name, const char *text,
                                char why[YAMLFILE_WHY]);
void topology_free(struct topology *);

/* NULL: there is none of that name. */
const struct topology_host *topology_host_named(const struct topology *,
                                                const char *);

/* Whether it is a mode that deliveries by MX can have: their hosts speak
 * SMTP. */
bool topology_mode(enum mode_id);

const char *topology_state_name(enum topology_state);

#endif
