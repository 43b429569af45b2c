/* SPDX-License-Identifier: BSD-2-Clause */
/* The book of claims as it is told: a line says what a source claims, what was
 * expected, what each world measured, and whether it holds. */
#ifndef BENCH_TELL_CLAIMS_H
#define BENCH_TELL_CLAIMS_H

#include <jansson.h>
#include <stdio.h>

/* clang-format off */
#define CLAIM_VERDICTS(X)                                                      \
    X(HOLDS,     "holds",         "holds")                                     \
    X(WITHIN,    "holds within",  "within")    /* counts exactly, times by so  \
                                                  much */                      \
    X(REFUTED,   "does not hold", "refuted")   /* all was measured as the book \
                                                  expects, and the source says \
                                                  otherwise: the note tells */ \
    X(FAILS,     "FAILS",         "fails")     /* something is not as the book \
                                                  expects */                   \
    X(UNDECIDED, "undecided",     "undecided") /* rows that it needs do not    \
                                                  count: a busy host, most     \
                                                  often */                     \
    X(SKIPPED,   "skipped",       "skipped")
#define X(name, text, word) CLAIM_##name,
enum claim_verdict { CLAIM_VERDICTS(X) CLAIM_VERDICT_COUNT };
#undef X
/* clang-format on */

struct claim_line {
    char claim[24];  /* the chapter: the name that `reproduce` takes */
    char source[64]; /* document and section */
    char says[96];   /* what is claimed, for which case */
    char expected[48];
    char ideal[48], ns3[48], kernel[48]; /* what each world measured; "" is
                                            nothing */
    enum claim_verdict verdict;
    char note[400]; /* why it fails, does not hold or was skipped; or under
                     * which definition it holds; "" is nothing to say */
    double within;  /* the worst time that was judged, as a share of it */
    char run[300];  /* the scenario: the command of its first row; "": none */
    size_t rows;
};

const char *claim_verdict_name(enum claim_verdict); /* for people */
const char *claim_verdict_word(enum claim_verdict); /* one word, small */

/* The name, and by how much: "holds within 0.3 %". */
enum { CLAIM_VERDICT_ROOM = 48 };
const char *claim_verdict_text(const struct claim_line *,
                               char room[CLAIM_VERDICT_ROOM]);

/* The columns of a table of claims, and what stands in them. */
enum { CLAIM_COLUMNS = 6 };
extern const char *const claim_titles[CLAIM_COLUMNS];
const char *claim_cell(const struct claim_line *, int column,
                       char room[CLAIM_VERDICT_ROOM]);

void claims_print(FILE *, const struct claim_line *, size_t count);
void claims_print_markdown(FILE *, const struct claim_line *, size_t count);
json_t *claims_to_json(const struct claim_line *, size_t count); /* owned */

/* What claims_to_json() made, read again; caller frees. NULL and `why`: it is
 * something else. */
struct claim_line *claims_from_json(const json_t *, size_t *count, char *why,
                                    size_t why_size);

size_t claims_count(const struct claim_line *, size_t count,
                    enum claim_verdict);

#endif
