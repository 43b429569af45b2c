/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates made on the spot. How a host stands to MTA-STS or DANE is told
 * by its `check`, so each has a certificate that is right. */
#include "bench/run/mx_tls.h"

#include <stdio.h>
#include <stdlib.h>

#include "smtp/wire.h"

/* When certificates are valid, and the day at which they are judged, so that a
 * run depends on no calendar: January 2025, 2035, and 2027. */
#define FROM_S INT64_C(1735689600)
#define UNTIL_S INT64_C(2051222400)
#define TODAY_S INT64_C(1800000000)

static int make_client(struct mx_tls *t, char why[TLS_WHY])
{
    const struct certificate_wish wish = {.name = "authority.example",
                                          .authority = true,
                                          .from_s = FROM_S,
                                          .until_s = UNTIL_S};
    struct tls_config client = {.judged_at_s = TODAY_S};

    if (certificate_make(&t->root, &wish, why) < 0)
        return -1;
    client.anchors = span_of(t->root.chain);
    t->client = tls_setup_new(&client, why);
    t->to.setup = t->client;
    return t->client ? 0 : -1;
}

static int make_host(struct mx_tls *t, size_t i, const char *name,
                     char why[TLS_WHY])
{
    struct mx_tls_host *h = &t->host[i];
    const struct certificate_wish wish = {
        .name = name, .issuer = &t->root, .from_s = FROM_S, .until_s = UNTIL_S};
    struct tls_config server = {.server = true, .judged_at_s = TODAY_S};

    if (certificate_make(&h->own, &wish, why) < 0)
        return -1;
    server.chain = span_of(h->own.chain);
    server.key = span_of(h->own.key);
    h->server = tls_setup_new(&server, why);
    h->config.setup = h->server;
    return h->server ? 0 : -1;
}

struct mx_tls *mx_tls_new(const struct topology *t, char why[TLS_WHY])
{
    struct mx_tls *x = calloc(1, sizeof *x);
    int result = x ? make_client(x, why) : -1;

    if (!x)
        snprintf(why, TLS_WHY, "out of memory");
    for (size_t i = 0; i < t->hosts && result == 0; i++)
        if (t->host[i].tls)
            result = make_host(x, i, t->host[i].name, why);
    if (result == 0)
        return x;
    mx_tls_free(x);
    return NULL;
}

void mx_tls_free(struct mx_tls *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < TOPOLOGY_HOSTS; i++) {
        tls_setup_free(t->host[i].server);
        certificate_release(&t->host[i].own);
    }
    tls_setup_free(t->client);
    certificate_release(&t->root);
    free(t);
}
