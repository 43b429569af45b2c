/* SPDX-License-Identifier: BSD-2-Clause */
/* One self-contained HTML page of a result: what was run and on what, the
 * claims with their verdicts, the plots. No network, no script needed. */
#ifndef BENCH_TELL_REPORT_H
#define BENCH_TELL_REPORT_H

#include "bench/tell/claims.h"
#include "bench/tell/folder.h"

/* Writes the page to `path`; pictures are taken from plots/ beside it. -1 and
 * `why`: it could not be written. */
int report_write(const char *path, const struct results *,
                 const struct claim_line *, size_t lines, char *why,
                 size_t why_size);

#endif
