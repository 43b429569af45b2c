/* SPDX-License-Identifier: BSD-2-Clause */
/* What --json [FILE] prints. */
#ifndef BENCH_CMD_JSON_OUT_H
#define BENCH_CMD_JSON_OUT_H

#include <jansson.h>
#include <stdio.h>

/* Writes `all`, which it takes over, to the file of that name; NULL: to
 * `else_to`. Returns -1 if it could not be written whole, having said so on
 * standard error in the name of `command`. */
int json_out(const char *command, const char *file, FILE *else_to, json_t *all);

#endif
