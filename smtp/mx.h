/* SPDX-License-Identifier: BSD-2-Clause */
/* Who takes mail for a domain: a machine that asks the DNS for its exchangers
 * and their addresses (RFC 5321, 5.1). Addresses that came beside the answer
 * are used as they came; all others are asked for at the same time. */
#ifndef SMTP_MX_H
#define SMTP_MX_H

#include "smtp/lookup.h"

enum {
    MX_HOSTS = 32,    /* of a domain that are looked at, the best ones */
    MX_ADDRESSES = 8, /* of a host */
    MX_LOOKUPS = 4    /* at a time */
};

/* clang-format off */
#define MX_ENDS(X)                                                             \
    X(NOT_YET,   "not known yet")                                              \
    X(FOUND,     "found")                                                      \
    X(NULL,      "takes no mail: null MX (RFC 7505)")                          \
    X(NO_DOMAIN, "no such domain")                                             \
    X(NO_HOST,   "no host of it has an address")                               \
    X(LOOP,      "an endless chain of aliases")                                \
    X(TEMPORARY, "the DNS could not tell")

#define X(name, text) MX_##name,
enum mx_end { MX_ENDS(X) };
#undef X
/* clang-format on */

struct mx_config {
    const struct lookup_config *dns; /* borrowed */
    enum { MX_EITHER, MX_IP4_ONLY, MX_IP6_ONLY } family;
    uint16_t port; /* 0: 25 */
};

struct mx_host {
    char name[DNS_TEXT];
    uint16_t preference;
    enum lookup_end end; /* how the search for its addresses went */
    size_t address_count;
    struct endpoint address[MX_ADDRESSES]; /* IPv6 first; else as told */
};

struct mx {
    struct machine machine; /* tell and ask it as any machine */

    /* What came of it: read-only for others. */
    enum mx_end end;
    bool implicit; /* the domain has no MX: it is its own host */
    size_t host_count;
    struct mx_host host[MX_HOSTS]; /* the best first; equals as told */
    size_t hosts_left_out;         /* worse than the worst that is in */
    size_t questions, streams, lookups;
    uint64_t bytes_out, bytes_in;
    int64_t started_ns, ended_ns;

    /* Private from here on. */
    const struct mx_config *config;
    const char *domain;
    uint64_t seed;
    int *next_stream;
    int64_t now_ns, alarm_ns;
    size_t next_host; /* whose addresses are asked for next, ... */
    bool next_is_ip4; /* ... and which of them */
    struct mx_slot {
        bool busy;
        size_t host; /* MX_HOSTS: the exchangers themselves */
        int64_t alarm_ns;
        struct lookup lookup;
    } slot[MX_LOOKUPS];
};

/* As lookup_init(). */
void mx_init(struct mx *, const struct mx_config *, const char *domain,
             uint64_t seed, int *next_stream);

const char *mx_end_name(enum mx_end);

#endif
