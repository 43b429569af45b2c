/* SPDX-License-Identifier: BSD-2-Clause */
/* The plots of a results folder, as the command that made it draws them. */
#ifndef BENCH_CMD_DRAW_OUT_H
#define BENCH_CMD_DRAW_OUT_H

#include "bench/tell/folder.h"

/* Draws all that the rows hold into DIR/plots, as SVG and PNG. What went wrong
 * is printed, with the command's name. -1: something failed; where gnuplot is
 * not installed nothing has. */
int draw_out(const struct results *, const char *dir, const char *command);

#endif
