/* SPDX-License-Identifier: BSD-2-Clause */
/* Values with units, as text: times, rates, percentages, counts. The text
 * need not end with a NUL. Each reader returns NULL, or what is wrong, such as
 * "which has no unit"; its companion VALUE_... says what would be accepted.
 * Nothing here depends on the locale. */
#ifndef NETEM_VALUE_H
#define NETEM_VALUE_H

#include <stddef.h>
#include <stdint.h>

#define VALUE_TIME                                                             \
    "a time with a unit, such as 100ms (ns, us, ms, s, m or h; at most 720h)"
#define VALUE_RATE                                                             \
    "a rate with a unit, such as 10mbit (bit, kbit, mbit, gbit or tbit; or, "  \
    "of bytes, as in tc, bps, kbps, mbps, gbps or tbps; 1bit to 10tbit)"
#define VALUE_BYTES "octets, such as 1000, 64k or 1M"
#define VALUE_PERCENT "a percentage from 0% to 100%"

/* A number and a unit; at most 15 digits, of which 9 after the point. */
const char *value_time(const char *, size_t, int64_t *ns);
const char *value_rate(const char *, size_t, uint64_t *bps);

/* The sign may be left out, as in tc. */
const char *value_percent(const char *, size_t, double *);

/* Octets: a whole number, with k, M or G of 1024 or kB and MB of 1000. */
const char *value_bytes(const char *, size_t, int64_t *);

/* A whole number from `least` to `most`. */
const char *value_count(const char *, size_t, int64_t least, int64_t most,
                        int64_t *);
const char *value_seed(const char *, size_t, uint64_t *);

/* Writes them so that they read back as the same; `room` is enough for any. */
#define VALUE_ROOM 40
void value_print_time(char room[VALUE_ROOM], int64_t ns);
void value_print_rate(char room[VALUE_ROOM], uint64_t bps);
void value_print_percent(char room[VALUE_ROOM], double);

/* Octets, in the largest unit of `like`'s kind (of 1024, of 1000, or none) that
 * they are a whole number of. */
void value_print_bytes(char room[VALUE_ROOM], int64_t, const char *like);

#endif
