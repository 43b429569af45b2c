/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of early pipelining in a file, so that it outlives a process. */
#ifndef BENCH_RUN_OFFERS_H
#define BENCH_RUN_OFFERS_H

#include "smtp/offer.h"

#define OFFERS_WHY 400

/* What is older is forgotten, as Exim's hints are. */
#define OFFERS_EXPIRE_S (7 * 24 * 3600)

/* A file that is not there is an empty memory. -1 and `why`. */
int offers_load(struct offer_memory *, const char *path, char why[OFFERS_WHY]);

/* The text of such a file; pure but for the time, which is given: `now_s`
 * since 1970. -1 and `why`: what is wrong in it. */
int offers_parse(struct offer_memory *, const char *text, size_t len,
                 int64_t now_s, char why[OFFERS_WHY]);

/* Written whole or not at all. -1 and `why`. */
int offers_save(const struct offer_memory *, const char *path,
                char why[OFFERS_WHY]);

#endif
