/* SPDX-License-Identifier: BSD-2-Clause */
/* What other modes would have cost, as text and JSON. */
#ifndef BENCH_CMD_ANALYZE_WHATIF_H
#define BENCH_CMD_ANALYZE_WHATIF_H

#include "bench/run/whatif.h"

#include <jansson.h>
#include <stdio.h>

void analyze_whatif_text(FILE *, const struct whatif *);
json_t *analyze_whatif_json(const struct whatif *); /* caller releases */

#endif
