/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/claims.md, as the book itself tells it. */
#include <stdio.h>
#include <string.h>

#include "bench/run/book.h"

static const char head[] =
    "# The book of claims\n"
    "\n"
    "This page is printed by `turnaround reproduce --list --markdown "
    "--measured\nresults/reference`, and a test compares the two: what is "
    "expected is the\nprogram's, what was measured stands in that folder, "
    "where `make reference` keeps\na run of all of it. `turnaround reproduce` "
    "runs the book in every world that the\nhost allows, and decides each "
    "line; `turnaround reproduce ladder messages` runs\nthe chapters named; "
    "its report has plots, sequence charts and every row.\n"
    "\n"
    "## How a line is decided\n"
    "\n"
    "| verdict | |\n|---|---|\n"
    "| holds | counts are as expected in every world, in the client and in the "
    "packets; times in virtual time are (H + W) RTT + serialisation + think "
    "time to the nanosecond |\n"
    "| holds within | the same, and the median of three rows in the kernel "
    "world is off by so much of the time, and never by more than 1 %, at RTTs "
    "of 200 ms and above; on shorter roads times are told in the rows and not "
    "judged ([method.md](method.md)) |\n"
    "| does not hold | all was measured as the book expects, and the source "
    "says otherwise: the line says by which definition |\n"
    "| FAILS | something is not as the book expects: exit status 1 |\n"
    "| undecided | rows that it needs are INVALID: exit status 3 |\n"
    "| skipped | this host has none of the worlds that it needs |\n"
    "\n"
    "W is the turnarounds of a session, n its recipients, M its messages. A "
    "line runs\nin the ideal world, in ns3 and in the kernel, or in those "
    "that can express it.\n";

/* A bar or a bracket would be taken for the page's own. */
static void put(FILE *to, const char *s)
{
    for (; *s; s++) {
        if (strchr("|<>*_", *s))
            fputc('\\', to);
        fputc(*s, to);
    }
}

/* The same line where it was measured; else one that nothing is known of. */
static struct claim_line line_of(const struct entry *e,
                                 const struct measured *m)
{
    struct claim_line unknown = e->line;

    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->line[i].claim, e->line.claim) == 0 &&
            strcmp(m->line[i].says, e->line.says) == 0)
            return m->line[i];
    unknown.verdict = CLAIM_VERDICT_COUNT;
    return unknown;
}

static void put_line(const struct entry *e, const struct measured *m, FILE *to)
{
    struct claim_line l = line_of(e, m);
    bool known = l.verdict != CLAIM_VERDICT_COUNT;
    const char *note = known && *l.note ? l.note : e->remark;
    char room[CLAIM_VERDICT_ROOM];

    if (!known)
        l.verdict = CLAIM_SKIPPED;
    for (int c = 0; c < CLAIM_COLUMNS; c++) {
        fputs("| ", to);
        put(to, c > 1 && !known ? "-" : claim_cell(&l, c, room));
        fputc(' ', to);
    }
    fprintf(to, "| %zu | %s%s%s |\n", e->line.rows, *e->line.run ? "`" : "",
            e->line.run, *e->line.run ? "`" : "");
    if (note) {
        fputs("| → ", to);
        put(to, note);
        fputs(" | | | | | | | |\n", to);
    }
}

static void put_lines(const struct book *b, const struct chapter *c,
                      const struct measured *m, FILE *to)
{
    fputc('\n', to);
    for (int i = 0; i < CLAIM_COLUMNS; i++)
        fprintf(to, "| %s ", claim_titles[i]);
    fputs("| rows | run, for instance |\n|---|---|---|---|---|---|---|---|\n",
          to);
    for (size_t i = 0; i < b->entries; i++)
        if (strcmp(b->entry[i].line.claim, c->name) == 0)
            put_line(&b->entry[i], m, to);
}

static void put_places(FILE *to)
{
    fputs("\n## Where each claim stands\n\n| source | claim | chapter |\n"
          "|---|---|---|\n",
          to);
    for (const struct claim_place *p = claim_places; p->source; p++) {
        fputs("| ", to);
        put(to, p->source);
        fputs(" | ", to);
        put(to, p->says);
        fputs(" | ", to);
        if (p->chapter)
            fprintf(to, "[%s](#%s)%s", p->chapter, p->chapter,
                    p->why ? ": " : "");
        if (!p->chapter)
            fputs("none: ", to);
        put(to, p->why ? p->why : "");
        fputs(" |\n", to);
    }
}

void book_print_markdown(const struct book *b, const struct measured *m,
                         FILE *to)
{
    fputs(head, to);
    for (const struct chapter *c = chapters; c->name; c++) {
        fprintf(to, "\n## %s\n\n", c->name);
        put(to, c->says);
        fputs(".\nSource: ", to);
        put(to, c->source);
        fputs(".\n", to);
        put_lines(b, c, m, to);
    }
    put_places(to);
}
