/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/varied.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value, with its quotes taken off; a quote within stands twice. */
static const char *take_value(const char *at, char *to, size_t room)
{
    bool quoted = *at == '\'';
    size_t used = 0;

    for (at += quoted; *at && (quoted || *at != ' '); at++) {
        if (quoted && *at == '\'' && *++at != '\'')
            break;
        if (used + 1 < room)
            to[used++] = *at;
    }
    to[used] = '\0';
    return at;
}

bool varied_next(const char **at, struct varied *v)
{
    const char *from = *at + strspn(*at, " ");
    size_t name = strcspn(from, "=");

    if (from[name] != '=')
        return false;
    snprintf(v->name, sizeof v->name, "%.*s", (int)(name < 99 ? name : 99),
             from);
    *at = take_value(from + name + 1, v->value, sizeof v->value);
    return true;
}

bool varied_get(const char *varied, const char *name, struct varied *v)
{
    while (varied && varied_next(&varied, v))
        if (strcmp(v->name, name) == 0)
            return true;
    return false;
}

void varied_without(const char *varied, const char *a, const char *b,
                    char *room, size_t room_size)
{
    const char *from;
    struct varied v;
    size_t used = 0;

    room[0] = '\0';
    while (varied && (from = varied) && varied_next(&varied, &v)) {
        if ((a && strcmp(v.name, a) == 0) || (b && strcmp(v.name, b) == 0))
            continue;
        from += strspn(from, " ");
        if (used < room_size)
            used +=
                (size_t)snprintf(room + used, room_size - used, "%s%.*s",
                                 used ? " " : "", (int)(varied - from), from);
    }
}

double varied_number(const char *value, char unit[VARIED_UNIT])
{
    /* clang-format off */
    static const struct { const char *unit, *drawn; double factor; } units[] = {
        {"", "", 1}, {"%", "%", 1},
        {"ns", "ms", 1e-6}, {"us", "ms", 1e-3}, {"ms", "ms", 1},
        {"s", "ms", 1e3}, {"m", "ms", 60e3}, {"h", "ms", 3600e3},
        {"bit", "Mbit/s", 1e-6}, {"kbit", "Mbit/s", 1e-3},
        {"mbit", "Mbit/s", 1}, {"gbit", "Mbit/s", 1e3},
        {"bps", "Mbit/s", 8e-6}, {"kbps", "Mbit/s", 8e-3},
        {"mbps", "Mbit/s", 8},
        {"k", "bytes", 1024}, {"K", "bytes", 1024}, {"KiB", "bytes", 1024},
        {"kB", "bytes", 1e3}, {"M", "bytes", 1048576}, {"MB", "bytes", 1e6},
        {"MiB", "bytes", 1048576}, {"G", "bytes", 1073741824},
    };
    /* clang-format on */
    char *end;
    double n = strtod(value, &end);

    for (size_t i = 0; i < sizeof units / sizeof units[0] && end != value; i++)
        if (strcmp(end, units[i].unit) == 0) {
            strcpy(unit, units[i].drawn);
            return n * units[i].factor;
        }
    unit[0] = '\0';
    return NAN;
}

static bool is_among(const char *flag, size_t len, const char *const *names)
{
    for (; names && *names; names++)
        if (strlen(*names) == len - 2 &&
            strncmp(flag + 2, *names, len - 2) == 0)
            return true;
    return false;
}

/* The end of a flag with its value, which may stand in quotes. */
static const char *flag_end(const char *at)
{
    bool quoted = false;

    for (; *at; at++) {
        quoted ^= *at == '\'';
        if (!quoted && strncmp(at, " --", 3) == 0)
            break;
    }
    return at;
}

void varied_question(const struct row *r, const char *const *except, char *room,
                     size_t room_size)
{
    static const char *const always[] = {"seed", "repeat", NULL};
    const char *at = r->command ? strstr(r->command, " --") : NULL, *end;
    size_t used = 0, len;

    room[0] = '\0';
    for (; at && *at; at = end) {
        end = flag_end(++at);
        len = strcspn(at, " ");
        if (!is_among(at, len, always) && !is_among(at, len, except) &&
            used < room_size)
            used += (size_t)snprintf(room + used, room_size - used, "%s%.*s",
                                     used ? " " : "", (int)(end - at), at);
    }
}
