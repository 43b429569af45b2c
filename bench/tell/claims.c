/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of claims: for a terminal, for Markdown, as JSON. */
#include "bench/tell/claims.h"

#include <string.h>

#include "bench/tell/result.h"

static const char *const verdicts[] = {"holds", "FAILS", "INVALID", "skipped"};

const char *claim_verdict_name(enum claim_verdict v)
{
    return verdicts[v];
}

size_t claims_count(const struct claim_line *line, size_t count,
                    enum claim_verdict verdict)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += line[i].verdict == verdict;
    return n;
}

enum { COLUMNS = 6 };

/* clang-format off */
static const char *const titles[COLUMNS] = {
    "claim", "expected", "ideal", "ns3", "kernel", "verdict"};
/* clang-format on */

static const char *cell(const struct claim_line *l, int column)
{
    const char *cells[COLUMNS] = {l->says,
                                  l->expected,
                                  *l->ideal ? l->ideal : "-",
                                  *l->ns3 ? l->ns3 : "-",
                                  *l->kernel ? l->kernel : "-",
                                  claim_verdict_name(l->verdict)};

    return cells[column];
}

/* Columns of characters, not of bytes: the texts are UTF-8. */
static int width(const char *s)
{
    int n = 0;

    for (; *s; s++)
        n += (*s & 0xc0) != 0x80;
    return n;
}

static void pad(FILE *to, const char *s, int room)
{
    fprintf(to, "%s%*s", s, room - width(s), "");
}

static void print_line(FILE *to, const struct claim_line *l,
                       const int room[COLUMNS])
{
    fputs("  ", to);
    for (int c = 0; c < COLUMNS - 1; c++)
        pad(to, l ? cell(l, c) : titles[c], room[c] + 2);
    fprintf(to, "%s\n", l ? cell(l, COLUMNS - 1) : titles[COLUMNS - 1]);
    if (l && *l->note)
        fprintf(to, "    %s\n", l->note);
}

void claims_print(FILE *to, const struct claim_line *line, size_t count)
{
    int room[COLUMNS];

    for (int c = 0; c < COLUMNS; c++) {
        room[c] = width(titles[c]);
        for (size_t i = 0; i < count; i++)
            if (width(cell(&line[i], c)) > room[c])
                room[c] = width(cell(&line[i], c));
    }
    print_line(to, NULL, room);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(line[i].source, line[i - 1].source) != 0 ||
            strcmp(line[i].claim, line[i - 1].claim) != 0)
            fprintf(to, "%s: %s\n", line[i].claim, line[i].source);
        print_line(to, &line[i], room);
    }
}

void claims_print_markdown(FILE *to, const struct claim_line *line,
                           size_t count)
{
    fputs("| source | claim | expected | ideal | ns3 | kernel | verdict |\n"
          "|---|---|---|---|---|---|---|\n",
          to);
    for (size_t i = 0; i < count; i++) {
        fprintf(to, "| %s |", line[i].source);
        for (int c = 0; c < COLUMNS; c++)
            fprintf(to, " %s |", cell(&line[i], c));
        fputs("\n", to);
    }
}

json_t *claims_to_json(const struct claim_line *line, size_t count)
{
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++) {
        const struct claim_line *l = &line[i];

        json_array_append_new(
            all, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}",
                           "claim", json_text(l->claim), "source",
                           json_text(l->source), "says", json_text(l->says),
                           "expected", json_text(l->expected), "ideal",
                           json_text(*l->ideal ? l->ideal : NULL), "ns3",
                           json_text(*l->ns3 ? l->ns3 : NULL), "kernel",
                           json_text(*l->kernel ? l->kernel : NULL), "verdict",
                           claim_verdict_name(l->verdict), "note",
                           json_text(*l->note ? l->note : NULL)));
    }
    return all;
}
