/* SPDX-License-Identifier: BSD-2-Clause */
/* A topology as it is written: every value a text, NULL where it is left out.
 * docs/topologies.md tells what each means; bench/run/topology.c reads them. */
#ifndef BENCH_RUN_TOPOLOGY_SCHEMA_H
#define BENCH_RUN_TOPOLOGY_SCHEMA_H

#include "bench/run/yamlfile.h"

struct texts {
    char **at;
    unsigned count;
};

struct written_guise { /* what a host shows a session */
    char *greeting, *recipients, *think, *greeting_delay;
    struct texts capabilities, secure, flaws;
    char *of_sessions, *of_time; /* of a later one: from when on */
};

struct written_host {
    char *name, *state, *check, *pooled;
    char *rtt, *uplink, *downlink;
    struct texts addresses;
    struct written_guise first;
    struct written_guise *later;
    unsigned later_count;
};

struct written_mx {
    char *preference, *host, *ttl;
};

struct written_domain {
    char *name, *alias;
    struct written_mx *mx;
    unsigned mx_count;
};

struct written_fault {
    char *name, *type, *fault, *times;
};

struct written_dns {
    char *address, *rtt, *uplink, *downlink;
    char *delay, *loss, *additional, *udp;
    struct written_fault *faults;
    unsigned faults_count;
};

struct written_client {
    char *name, *body_by, *offer, *own, *enforce, *family, *tls;
    char *patience, *retry, *fallback, *bounce, *attempts, *addresses;
    char *timeout, *connect_timeout, *dns_timeout, *dns_rounds;
    struct texts mode, policy;
};

struct written_message {
    char *domain, *messages, *recipients, *body, *chase;
    struct texts required, preferred, performance;
};

struct written {
    char *name, *what, *seed, *repeat;
    struct written_domain *domains;
    unsigned domains_count;
    struct written_host *hosts;
    unsigned hosts_count;
    struct written_dns *dns;
    struct written_client *client;
    struct written_message *messages;
    unsigned messages_count;
};

extern const cyaml_schema_value_t topology_schema;
extern const struct yamlfile_accepts topology_accepts[];

const char *topology_accepted(const char *field); /* NULL: not in the table */

#endif
