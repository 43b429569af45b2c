/* SPDX-License-Identifier: BSD-2-Clause */
/* tc-netem's words <-> what a link does. Words stand between blanks, in any
 * order, each once:
 *
 *   [preset] NAME                      first: a road by name, see preset.h
 *   delay TIME [JITTER [CORR]]         one-way
 *   distribution uniform | normal | pareto | paretonormal | FILE
 *   ordered                            jitter never overtakes
 *   loss [random] PCT [CORR]
 *   loss state P13 [P31 [P32 [P23 [P14]]]]
 *   loss gemodel P [R [1-H [1-K]]]
 *   ecn                                mark instead of dropping, where ECT
 *   corrupt PCT [CORR]     duplicate PCT [CORR]     reorder PCT [CORR]
 *   gap N                              every N-th packet may be reordered
 *   rate RATE [PACKETOVERHEAD [CELLSIZE [CELLOVERHEAD]]]
 *   rate trace FILE                    a mahimahi trace
 *   rate unlimited
 *   limit N                            packets in the queue and on the way
 *   slot MIN [MAX] | slot distribution NAME DELAY JITTER,
 *       each [packets N] [bytes N]
 *   seed N
 *   queue droptail | drophead | codel [packets=N] [bytes=N]
 *       [target=TIME] [interval=TIME]  the last two for codel
 *   drop packet N | drop packets N,N-N,...     counted from 1
 *   drop WORD [N]                      by meaning; may come often
 *   at TIME ...                        what changes then: delay, distribution,
 *       ordered, loss, corrupt, duplicate, reorder, gap, rate; `outage TIME`
 *
 * Times and rates carry units (`kbit` is bits and `kbps` is BYTES, as in tc);
 * percentages need no sign. The default distribution is uniform, as in the
 * kernel. FILE must have no blanks in its name. */
#ifndef NETEM_SPEC_H
#define NETEM_SPEC_H

#include "netem/link.h"

#define SPEC_TEXT 400

struct spec_error {
    size_t column; /* of the word at fault, from 1 */
    char text[SPEC_TEXT];
};

/* Fetches a file for the parser: 0 with text that free() frees, or -1 with
 * the reason in `why`. */
typedef int spec_fetch(void *, const char *path, char **text, size_t *len,
                       char *why, size_t size);

/* Fills the parameters, which the caller releases. -1: refused, the error is
 * filled, nothing is left to release. Files are read from disk. */
int spec_parse(const char *text, struct link_params *, struct spec_error *);

/* The same, and pure: files come from the caller. NULL: every file is
 * refused. */
int spec_parse_with(const char *text, struct link_params *, struct spec_error *,
                    spec_fetch *, void *);
void spec_release(struct link_params *);

/* Writes words that parse to the same again, presets spelt out. Returns the
 * length, as snprintf() does; at most `size` - 1 are written. */
size_t spec_print(const struct link_params *, char *, size_t size);

/* Three lines: the error with its column, the text, a mark below the word. */
void spec_point(char *, size_t size, const char *text,
                const struct spec_error *);

#endif
