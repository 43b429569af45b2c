/* SPDX-License-Identifier: BSD-2-Clause */
/* The book of claims as it is told: a line says what a source claims, what was
 * expected, what each world measured, and whether it holds. */
#ifndef BENCH_TELL_CLAIMS_H
#define BENCH_TELL_CLAIMS_H

#include <jansson.h>
#include <stdio.h>

enum claim_verdict {
    CLAIM_HOLDS,
    CLAIM_FAILS,
    CLAIM_UNDECIDED, /* rows that it needs do not count: a busy host, most
                        often */
    CLAIM_SKIPPED
};

struct claim_line {
    char claim[24];  /* the chapter: the name that `reproduce` takes */
    char source[64]; /* document and section */
    char says[96];   /* what is claimed, for which case */
    char expected[48];
    char ideal[48], ns3[48], kernel[48]; /* what each world measured; "" is
                                            nothing */
    enum claim_verdict verdict;
    char note[240]; /* why it fails or was skipped; "" where it holds */
};

const char *claim_verdict_name(enum claim_verdict);

void claims_print(FILE *, const struct claim_line *, size_t count);
void claims_print_markdown(FILE *, const struct claim_line *, size_t count);
json_t *claims_to_json(const struct claim_line *, size_t count); /* owned */

size_t claims_count(const struct claim_line *, size_t count,
                    enum claim_verdict);

#endif
