/* SPDX-License-Identifier: BSD-2-Clause */
/* The authority of a lab, and the certificates that it issues: made on the
 * spot, each once in a process, of a size that does not vary. They are valid on
 * a day of their own, so that no run depends on a calendar. */
#ifndef BENCH_RUN_AUTHORITY_H
#define BENCH_RUN_AUTHORITY_H

#include "smtp/tls.h"
#include "smtp/tls_certificate.h"

/* The day at which certificates are judged, in 2027; seconds since 1970. */
#define AUTHORITY_TODAY_S INT64_C(1800000000)

/* Borrowed, for as long as the process lives. NULL and `why`. */
const struct certificate *authority_root(char why[TLS_WHY]);
const struct certificate *authority_issue(const char *name, char why[TLS_WHY]);

#endif
