/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/conditions.h"

#include "bench/tell/group.h"
#include "bench/tell/varied.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *plural(double n)
{
    return n == 1 ? "" : "s";
}

/* The words of a link, once for both where they are the same. */
static void say_link(FILE *to, const struct row *r, enum row_column at)
{
    char up[200], down[200];

    link_but_delay(r->uplink ? r->uplink : "", up, sizeof up);
    link_but_delay(r->downlink ? r->downlink : "", down, sizeof down);
    if (strcmp(up, down) == 0) {
        if (at == ROW_uplink && *up)
            fprintf(to, "%s both ways; ", up);
    } else if (at == ROW_uplink && *up) {
        fprintf(to, "up %s; ", up);
    } else if (at == ROW_downlink && *down) {
        fprintf(to, "down %s; ", down);
    }
}

/* What is so unless told otherwise is left out: what is said is little, and
 * stands out. */
static bool goes_without(enum row_column at, const char *text)
{
    return strcmp(text, "none") == 0 ||
           (at == ROW_tls_version && strcmp(text, "1.3") == 0) ||
           (at == ROW_tls_session && strcmp(text, "full") == 0) ||
           (at == ROW_road && strcmp(text, "ferry") == 0) ||
           (at == ROW_tcp && strcmp(text, "linux") == 0);
}

/* One agreed condition as people would say it. */
static void say_condition(FILE *to, const struct row *r, enum row_column at)
{
    const struct column *c = &row_columns[at];
    char room[64];
    const char *text = row_field_text(r, c, room, sizeof room);
    double n = row_number(r, c);

    if (at == ROW_uplink || at == ROW_downlink) {
        say_link(to, r, at);
        return;
    }
    if (!*text || (at == ROW_think_ms && n == 0) || goes_without(at, text))
        return;
    switch (at) {
    case ROW_recipients:
        fprintf(to, "%s recipient%s; ", text, plural(n));
        break;
    case ROW_messages:
        fprintf(to, "%s message%s; ", text, plural(n));
        break;
    case ROW_body_bytes:
        fprintf(to, "body of %s bytes; ", text);
        break;
    case ROW_rtt_ms:
        fprintf(to, "RTT %s ms (one way %.15g up, %.15g down); ", text,
                r->one_way_up_ms, r->one_way_down_ms);
        break;
    case ROW_think_ms:
        fprintf(to, "server thinks %s ms a reply; ", text);
        break;
    case ROW_world:
        fprintf(to, "%s world; ", text);
        break;
    default:
        fprintf(to, "%s %s; ", c->name, text);
        break;
    }
}

/* Flags and words that a column tells of. */
static const char *const told_by_columns[] = {
    "mode",        "rtt",      "recipients", "messages", "body",
    "uplink",      "downlink", "tls",        "think",    "world",
    "tls-version", "offer",    "auth",       "body-by",  "road",
    "tcp",         "seed",     "strategy",   "classes",  "tls-session",
    NULL};

static bool has_column(const char *name)
{
    for (size_t i = 0; told_by_columns[i]; i++)
        if (strcmp(told_by_columns[i], name) == 0)
            return true;
    return false;
}

/* A road's words say it themselves, as "loss 1%" does. */
static bool link_says(const struct row *r, const struct varied *v)
{
    char words[VARIED_NAME + VARIED_VALUE + 2];

    snprintf(words, sizeof words, "%s %s", v->name, v->value);
    return (r->uplink && strstr(r->uplink, words)) ||
           (r->downlink && strstr(r->downlink, words));
}

/* What was set that has no column of its own: by a sweep, or else as the
 * command says. */
static void say_rest(FILE *to, const struct row *r, bool link_is_said)
{
    char flags[VARIED_VALUE];
    const char *at = r->varied;
    struct varied v;

    while (at && varied_next(&at, &v))
        if (!has_column(v.name) && !(link_is_said && link_says(r, &v)))
            fprintf(to, "%s %s; ", v.name, v.value);
    if (r->varied && *r->varied)
        return;
    varied_question(r, told_by_columns, flags, sizeof flags);
    if (*flags)
        fprintf(to, "%s; ", flags);
}

/* Without the last "; ". */
static char *finished(FILE *to, char **text, size_t *len)
{
    if (fclose(to))
        abort();
    if (*len >= 2)
        (*text)[*len - 2] = '\0';
    return *text;
}

char *conditions_of(const struct row *r, const bool said[ROW_WIDTH], bool rest)
{
    char *text = NULL;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    if (!to)
        abort();
    if (said[ROW_world])
        say_condition(to, r, ROW_world);
    for (int i = 0; i < ROW_WIDTH; i++)
        if (said[i] && i != ROW_world)
            say_condition(to, r, (enum row_column)i);
    if (rest)
        say_rest(to, r, said[ROW_uplink]);
    return finished(to, &text, &len);
}

static bool agree(const struct row *const *row, size_t count,
                  enum row_column at)
{
    const struct column *c = &row_columns[at];
    char first[64], other[64];
    const char *text = row_field_text(row[0], c, first, sizeof first);

    for (size_t i = 1; i < count; i++)
        if (strcmp(text, row_field_text(row[i], c, other, sizeof other)) != 0)
            return false;
    return true;
}

static bool agree_in(const struct row *const *row, size_t count,
                     const struct varied *v)
{
    struct varied other;

    for (size_t i = 1; i < count; i++)
        if (!varied_get(row[i]->varied, v->name, &other) ||
            strcmp(other.value, v->value) != 0)
            return false;
    return true;
}

/* A word of a road and its values: "rate 10mbit", "loss random 1%". */
static size_t part_length(const char *words)
{
    static const char *const begins[] = {"rate",    "delay",     "loss",
                                         "limit",   "duplicate", "corrupt",
                                         "reorder", "slot",      "jitter"};
    const char *end = words + strcspn(words, " ");

    while (*end) {
        const char *next = end + strspn(end, " ");
        size_t len = strcspn(next, " ");

        for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
            if (strlen(begins[i]) == len && strncmp(next, begins[i], len) == 0)
                return (size_t)(end - words);
        end = next + len;
    }
    return (size_t)(end - words);
}

static bool all_have(const struct row *const *row, size_t count,
                     enum row_column link, const char *part)
{
    char words[200];

    for (size_t i = 0; i < count; i++) {
        const char *raw =
            link == ROW_uplink ? row[i]->uplink : row[i]->downlink;

        link_but_delay(raw ? raw : "", words, sizeof words);
        if (!strstr(words, part))
            return false;
    }
    return true;
}

/* What is common to roads that a sweep varied. */
static void common_road(const struct row *const *row, size_t count,
                        enum row_column link, char room[200])
{
    const char *raw = link == ROW_uplink ? row[0]->uplink : row[0]->downlink;
    char words[200], part[200];
    size_t used = 0;

    link_but_delay(raw ? raw : "", words, sizeof words);
    room[0] = '\0';
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t len = part_length(at);

        snprintf(part, sizeof part, "%.*s", (int)len, at);
        if (all_have(row, count, link, part))
            used += (size_t)snprintf(room + used, 200 - used, "%s%s",
                                     used ? " " : "", part);
        at += len;
    }
}

static void say_common_road(FILE *to, const struct row *const *row,
                            size_t count)
{
    char up[200], down[200];

    common_road(row, count, ROW_uplink, up);
    common_road(row, count, ROW_downlink, down);
    if (strcmp(up, down) == 0) {
        if (*up)
            fprintf(to, "%s both ways; ", up);
        return;
    }
    if (*up)
        fprintf(to, "up %s; ", up);
    if (*down)
        fprintf(to, "down %s; ", down);
}

/* Flags that no column tells of, where every row has them. */
static void say_flags(FILE *to, const struct row *const *row, size_t count)
{
    char flags[VARIED_VALUE], other[VARIED_VALUE], *next;
    struct varied v;

    varied_question(row[0], told_by_columns, flags, sizeof flags);
    for (char *flag = flags; flag && *flag; flag = next) {
        bool all = true;
        char name[VARIED_NAME];

        next = strstr(flag, " --");
        if (next)
            *next++ = '\0';
        snprintf(name, sizeof name, "%.*s", (int)strcspn(flag + 2, " "),
                 flag + 2);
        for (size_t i = 1; i < count && all; i++) {
            varied_question(row[i], told_by_columns, other, sizeof other);
            all = strstr(other, flag);
        }
        if (all && !varied_get(row[0]->varied, name, &v))
            fprintf(to, "%s; ", flag);
    }
}

char *conditions_agreed(const struct row *const *row, size_t count)
{
    static const enum row_column columns[] = {
        ROW_world,       ROW_recipients, ROW_messages, ROW_body_bytes,
        ROW_rtt_ms,      ROW_tls,        ROW_auth,     ROW_tls_version,
        ROW_tls_session, ROW_classes,    ROW_think_ms, ROW_road,
        ROW_tcp};
    char *text = NULL;
    const char *at = row[0]->varied;
    struct varied v;
    size_t len;
    FILE *to = open_memstream(&text, &len);

    if (!to)
        abort();
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        if (agree(row, count, columns[i]))
            say_condition(to, row[0], columns[i]);
    say_common_road(to, row, count);
    while (at && varied_next(&at, &v))
        if (!has_column(v.name) && !link_says(row[0], &v) &&
            agree_in(row, count, &v))
            fprintf(to, "%s %s; ", v.name, v.value);
    say_flags(to, row, count);
    return finished(to, &text, &len);
}
