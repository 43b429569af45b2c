/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of claims: for a terminal, for Markdown, as JSON. */
#include "bench/tell/claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/result.h"

/* clang-format off */
#define X(name, text, word) text,
static const char *const names[] = {CLAIM_VERDICTS(X)};
#undef X
#define X(name, text, word) word,
static const char *const words[] = {CLAIM_VERDICTS(X)};
#undef X
const char *const claim_titles[CLAIM_COLUMNS] = {
    "claim", "expected", "ideal", "ns3", "kernel", "verdict"};
/* clang-format on */

const char *claim_verdict_name(enum claim_verdict v)
{
    return names[v];
}

const char *claim_verdict_word(enum claim_verdict v)
{
    return words[v];
}

const char *claim_verdict_text(const struct claim_line *l,
                               char room[CLAIM_VERDICT_ROOM])
{
    double tenths = ceil(1000 * fabs(l->within)); /* of a per cent, upwards */

    if (l->verdict != CLAIM_WITHIN)
        return names[l->verdict];
    snprintf(room, CLAIM_VERDICT_ROOM, "%s %.1f %%", names[l->verdict],
             fmax(1, tenths) / 10);
    return room;
}

size_t claims_count(const struct claim_line *line, size_t count,
                    enum claim_verdict verdict)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += line[i].verdict == verdict;
    return n;
}

const char *claim_cell(const struct claim_line *l, int column,
                       char room[CLAIM_VERDICT_ROOM])
{
    const char *cells[CLAIM_COLUMNS] = {l->says,
                                        l->expected,
                                        *l->ideal ? l->ideal : "-",
                                        *l->ns3 ? l->ns3 : "-",
                                        *l->kernel ? l->kernel : "-",
                                        claim_verdict_text(l, room)};

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
                       const int room[CLAIM_COLUMNS])
{
    enum { LAST = CLAIM_COLUMNS - 1 };
    char text[CLAIM_VERDICT_ROOM];

    fputs("  ", to);
    for (int c = 0; c < LAST; c++)
        pad(to, l ? claim_cell(l, c, text) : claim_titles[c], room[c] + 2);
    fprintf(to, "%s\n", l ? claim_cell(l, LAST, text) : claim_titles[LAST]);
    if (l && *l->note)
        fprintf(to, "    %s\n", l->note);
}

void claims_print(FILE *to, const struct claim_line *line, size_t count)
{
    char text[CLAIM_VERDICT_ROOM];
    int room[CLAIM_COLUMNS];

    for (int c = 0; c < CLAIM_COLUMNS; c++) {
        room[c] = width(claim_titles[c]);
        for (size_t i = 0; i < count; i++)
            if (width(claim_cell(&line[i], c, text)) > room[c])
                room[c] = width(claim_cell(&line[i], c, text));
    }
    print_line(to, NULL, room);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(line[i].source, line[i - 1].source) != 0 ||
            strcmp(line[i].claim, line[i - 1].claim) != 0)
            fprintf(to, "%s: %s\n", line[i].claim, line[i].source);
        print_line(to, &line[i], room);
    }
}

static void put_cell(FILE *to, const char *s)
{
    fputc(' ', to);
    for (; *s; s++) {
        if (*s == '|' || *s == '<')
            fputc('\\', to);
        fputc(*s == '\n' ? ' ' : *s, to);
    }
    fputs(" |", to);
}

void claims_print_markdown(FILE *to, const struct claim_line *line,
                           size_t count)
{
    char text[CLAIM_VERDICT_ROOM];

    fputs("| source | claim | expected | ideal | ns3 | kernel | verdict |\n"
          "|---|---|---|---|---|---|---|\n",
          to);
    for (size_t i = 0; i < count; i++) {
        fputc('|', to);
        put_cell(to, line[i].source);
        for (int c = 0; c < CLAIM_COLUMNS; c++)
            put_cell(to, claim_cell(&line[i], c, text));
        fputc('\n', to);
        if (*line[i].note) {
            fputs("| |", to);
            put_cell(to, line[i].note);
            fputs(" | | | | |\n", to);
        }
    }
}

/* The texts of a line, by their names in JSON. */
/* clang-format off */
#define TEXTS(X)                                                               \
    X(claim) X(source) X(says) X(expected) X(ideal) X(ns3) X(kernel) X(note)   \
    X(run)
/* clang-format on */

json_t *claims_to_json(const struct claim_line *line, size_t count)
{
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++) {
        const struct claim_line *l = &line[i];
        json_t *o = json_object();

#define X(name)                                                                \
    json_object_set_new(o, #name, json_text(*l->name ? l->name : NULL));
        TEXTS(X)
#undef X
        json_object_set_new(o, "verdict", json_string(names[l->verdict]));
        json_object_set_new(o, "within",
                            l->verdict == CLAIM_WITHIN ? json_real(l->within)
                                                       : json_null());
        json_object_set_new(o, "rows", json_integer((json_int_t)l->rows));
        json_array_append_new(all, o);
    }
    return all;
}

static void take(char *room, size_t size, const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));

    snprintf(room, size, "%s", text ? text : "");
}

static int take_line(struct claim_line *l, const json_t *o)
{
    const char *verdict = json_string_value(json_object_get(o, "verdict"));
    int v = 0;

#define X(name) take(l->name, sizeof l->name, o, #name);
    TEXTS(X)
#undef X
    l->within = json_number_value(json_object_get(o, "within"));
    l->rows = (size_t)json_integer_value(json_object_get(o, "rows"));
    while (verdict && v < CLAIM_VERDICT_COUNT && strcmp(names[v], verdict) != 0)
        v++;
    if (!verdict || v == CLAIM_VERDICT_COUNT)
        return -1;
    l->verdict = (enum claim_verdict)v;
    return 0;
}

struct claim_line *claims_from_json(const json_t *all, size_t *count, char *why,
                                    size_t why_size)
{
    size_t n = json_array_size(all);
    struct claim_line *line = calloc(n + 1, sizeof *line);

    snprintf(why, why_size, "claims: %s",
             line ? "there is no such array" : "out of memory");
    for (size_t i = 0; line && i < n; i++)
        if (take_line(&line[i], json_array_get(all, i)) < 0) {
            snprintf(why, why_size,
                     "claims[%zu]: verdict: none that this program knows", i);
            free(line);
            return NULL;
        }
    *count = n;
    if (line && json_is_array(all))
        return line;
    free(line);
    return NULL;
}
