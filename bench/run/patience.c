/* SPDX-License-Identifier: BSD-2-Clause */
/* Timeouts of steps: RFC 5321, 4.5.3.2. */
#include "bench/run/patience.h"

#include <stdio.h>
#include <string.h>

#include "netem/value.h"
#include "smtp/wire.h"

#define REPLY(step) offsetof(struct patience, reply_ns[STEP_##step])

/* clang-format off */
static const struct {
    const char *name;
    size_t at[2]; /* of one name there may be two steps */
} steps[] = {
    {"connect",  {offsetof(struct patience, connect_ns), 0}},
    {"tls",      {offsetof(struct patience, secure_ns), 0}},
    {"greeting", {REPLY(GREETING), 0}},
    {"ehlo",     {REPLY(EHLO), REPLY(AGAIN)}},
    {"starttls", {REPLY(STARTTLS), 0}},
    {"auth",     {REPLY(AUTH), REPLY(ANSWER)}},
    {"mail",     {REPLY(MAIL), REPLY(NEXT)}},
    {"rcpt",     {REPLY(RCPT), REPLY(ASK)}},
    {"data",     {REPLY(DATA), 0}},
    {"body",     {REPLY(BODY), 0}},
    {"rset",     {REPLY(RSET), 0}},
    {"quit",     {REPLY(QUIT), 0}},
};
/* clang-format on */

enum { NAMED = sizeof steps / sizeof steps[0] };

#define LEAST_NS INT64_C(1000000)
#define MOST_NS (INT64_C(30) * 24 * 3600 * 1000 * 1000000)

static int64_t *time_at(struct patience *p, size_t offset)
{
    return (int64_t *)(void *)((char *)p + offset);
}

static int refuse(const char *at, size_t len, char why[PATIENCE_WHY])
{
    size_t used = (size_t)snprintf(why, PATIENCE_WHY,
                                   "found \"%.*s\", wanted STEP=TIME,... with "
                                   "times from 1ms to 720h, and steps",
                                   len < 60 ? (int)len : 60, at);

    for (size_t i = 0; i < NAMED; i++)
        used += (size_t)snprintf(why + used, PATIENCE_WHY - used, " %s",
                                 steps[i].name);
    return -1;
}

static bool read_one(struct patience *p, const char *at, size_t len)
{
    const char *equals = memchr(at, '=', len);
    struct span name = {at, equals ? (size_t)(equals - at) : len};
    size_t i = 0;
    int64_t ns;

    while (i < NAMED && !span_is(name, steps[i].name))
        i++;
    if (!equals || i == NAMED ||
        value_time(equals + 1, len - name.len - 1, &ns) || ns < LEAST_NS ||
        ns > MOST_NS)
        return false;
    for (int k = 0; k < 2 && (k == 0 || steps[i].at[k] > 0); k++)
        *time_at(p, steps[i].at[k]) = ns;
    return true;
}

int patience_parse(struct patience *p, const char *words,
                   char why[PATIENCE_WHY])
{
    const char *at = words;

    memset(p, 0xff, sizeof *p); /* -1, everywhere */
    do {
        size_t len = strcspn(at, ",");

        if (!read_one(p, at, len))
            return refuse(at, len, why);
        at += len + (at[len] == ',');
    } while (*at);
    return 0;
}

bool patience_gives(const struct scenario *s, const char *step)
{
    struct patience given;
    char why[PATIENCE_WHY];
    size_t i = 0;

    while (strcmp(steps[i].name, step) != 0)
        i++;
    return s->timeout_words &&
           patience_parse(&given, s->timeout_words, why) == 0 &&
           *time_at(&given, steps[i].at[0]) >= 0;
}

void patience_of(const struct scenario *s, int64_t road_ns, struct patience *p)
{
    struct patience given;
    char why[PATIENCE_WHY];

    *p = client_patience;
    for (int i = 0; i < STEP_END; i++)
        p->reply_ns[i] =
            s->timeout_ns ? s->timeout_ns : p->reply_ns[i] + road_ns;
    if (!s->timeout_words || patience_parse(&given, s->timeout_words, why) < 0)
        return;
    for (size_t i = 0; i < NAMED; i++)
        for (int k = 0; k < 2 && (k == 0 || steps[i].at[k] > 0); k++)
            if (*time_at(&given, steps[i].at[k]) >= 0)
                *time_at(p, steps[i].at[k]) = *time_at(&given, steps[i].at[k]);
}
