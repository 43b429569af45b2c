/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts of a topology to values, with refusals that say where. */
#ifndef BENCH_RUN_TOPOLOGY_READ_H
#define BENCH_RUN_TOPOLOGY_READ_H

#include "bench/run/topology.h"

struct reader {
    struct topology *t;
    char *why;      /* YAMLFILE_WHY */
    char path[200]; /* of the mapping that is being read */
};

/* Goes into a part of the mapping; what it returns leads back. */
size_t read_enter(struct reader *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void read_return(struct reader *, size_t);

/* Refuses a field of the mapping: always -1. `found` may be NULL. */
int read_refuse(const struct reader *, const char *field, const char *found,
                const char *problem);

/* Each leaves the value as it is where the text is NULL. */
int read_time(const struct reader *, const char *field, const char *text,
              int64_t *ns);
int read_count(const struct reader *, const char *field, const char *text,
               int64_t least, int64_t most, int64_t *);
int read_switch(const struct reader *, const char *field, const char *text,
                bool *);
int read_choice(const struct reader *, const char *field, const char *text,
                const char *const *names, size_t count, int *);
int read_name(const struct reader *, const char *field, const char *text);
int read_address(const struct reader *, const char *field, const char *text,
                 struct endpoint *);
int read_bits(const struct reader *, const char *field, const struct texts *,
              uint32_t (*bit)(const char *), uint32_t *);
int read_road(const struct reader *, const char *rtt, const char *up,
              const char *down, struct topology_road *);

/* The same, among the texts of a static array. */
#define CHOICE(r, field, text, names, to)                                      \
    read_choice(r, field, text, names, sizeof names / sizeof *names, to)

uint32_t read_offer_bit(const char *);
int read_record(const struct reader *, struct dns_record);

int read_hosts(struct reader *); /* bench/run/topology_hosts.c */

#endif
