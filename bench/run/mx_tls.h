/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS for the hosts of a topology: a root, a certificate for each host that
 * offers STARTTLS, and the setups of both ends. */
#ifndef BENCH_RUN_MX_TLS_H
#define BENCH_RUN_MX_TLS_H

#include "bench/run/topology.h"
#include "smtp/tls_machine.h"

struct mx_tls {
    struct tls_machine_config to; /* the client's; the name is the host's */
    struct mx_tls_host {
        struct tls_machine_config config;
        struct tls_setup *server; /* NULL: it offers none */
    } host[TOPOLOGY_HOSTS];

    /* Private. */
    struct tls_setup *client;
};

/* NULL and `why`. */
struct mx_tls *mx_tls_new(const struct topology *, char why[TLS_WHY]);
void mx_tls_free(struct mx_tls *); /* NULL is fine */

#endif
