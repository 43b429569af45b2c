/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a topology, one by one. */
#include "bench/run/topology_read.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "netem/spec.h"
#include "netem/value.h"
#include "smtp/wire.h"

size_t read_enter(struct reader *r, const char *format, ...)
{
    size_t len = strlen(r->path);
    va_list args;

    va_start(args, format);
    vsnprintf(r->path + len, sizeof r->path - len, format, args);
    va_end(args);
    return len;
}

void read_return(struct reader *r, size_t len)
{
    r->path[len] = '\0';
}

int read_refuse(const struct reader *r, const char *field, const char *found,
                const char *problem)
{
    const char *wanted = topology_accepted(field);
    char path[300];
    int n;

    snprintf(path, sizeof path, "%s%s%s", r->path, *r->path ? "." : "", field);
    n = snprintf(r->why, YAMLFILE_WHY, "%s:%zu: %s:", r->t->text.file,
                 yamlfile_line(&r->t->text, path), path);
    if (found)
        n += snprintf(r->why + n, YAMLFILE_WHY - (size_t)n, " found \"%.100s\"",
                      found);
    if (problem)
        n += snprintf(r->why + n, YAMLFILE_WHY - (size_t)n, "%s %.200s",
                      found ? "," : "", problem);
    if (wanted && !problem)
        snprintf(r->why + n, YAMLFILE_WHY - (size_t)n, "%s wanted %s",
                 found ? "," : "", wanted);
    return -1;
}

int read_time(const struct reader *r, const char *field, const char *text,
              int64_t *ns)
{
    if (!text)
        return 0;
    return value_time(text, strlen(text), ns)
               ? read_refuse(r, field, text, NULL)
               : 0;
}

int read_count(const struct reader *r, const char *field, const char *text,
               int64_t least, int64_t most, int64_t *n)
{
    if (!text)
        return 0;
    return value_count(text, strlen(text), least, most, n)
               ? read_refuse(r, field, text, NULL)
               : 0;
}

int read_choice(const struct reader *r, const char *field, const char *text,
                const char *const *names, size_t count, int *choice)
{
    if (!text)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0) {
            *choice = (int)i;
            return 0;
        }
    return read_refuse(r, field, text, NULL);
}

int read_switch(const struct reader *r, const char *field, const char *text,
                bool *on)
{
    static const char *const words[] = {"no", "yes", "false", "true"};
    int choice = *on;

    if (read_choice(r, field, text, words, 4, &choice) < 0)
        return -1;
    *on = choice & 1;
    return 0;
}

int read_name(const struct reader *r, const char *field, const char *text)
{
    if (!text || (dns_is_name(text) && *text))
        return 0;
    return read_refuse(r, field, text, NULL);
}

int read_address(const struct reader *r, const char *field, const char *text,
                 struct endpoint *e)
{
    if (!text)
        return 0;
    memset(e->ip, 0, sizeof e->ip);
    if (inet_pton(AF_INET, text, e->ip) == 1)
        e->family = 4;
    else if (inet_pton(AF_INET6, text, e->ip) == 1)
        e->family = 6;
    else
        return read_refuse(r, field, text, NULL);
    return 0;
}

uint32_t read_offer_bit(const char *word)
{
    return offer_bit(span_of(word));
}

int read_bits(const struct reader *r, const char *field,
              const struct texts *list, uint32_t (*bit)(const char *),
              uint32_t *bits)
{
    if (!list->at)
        return 0;
    *bits = 0;
    for (unsigned i = 0; i < list->count; i++) {
        uint32_t b = bit(list->at[i]);

        if (b == 0)
            return read_refuse(r, field, list->at[i], NULL);
        *bits |= b;
    }
    return 0;
}

static int read_words(const struct reader *r, const char *field,
                      const char *text, struct link_params *p)
{
    struct spec_error e;
    char problem[SPEC_TEXT + 40];

    if (spec_parse(text, p, &e) == 0)
        return 0;
    snprintf(problem, sizeof problem, "column %zu: %s", e.column, e.text);
    return read_refuse(r, field, text, problem);
}

/* `rtt` is half of it each way; else the words, one way's for both where only
 * one is given. */
int read_road(const struct reader *r, const char *rtt, const char *up,
              const char *down, struct topology_road *road)
{
    char words[80];
    int64_t rtt_ns = 100000000;

    if (rtt && (up || down))
        return read_refuse(r, "rtt", rtt, "beside uplink or downlink");
    if (read_time(r, "rtt", rtt, &rtt_ns) < 0)
        return -1;
    snprintf(words, sizeof words, "delay %lldns", (long long)(rtt_ns / 2));
    if (read_words(r, up ? "uplink" : "downlink",
                   up     ? up
                   : down ? down
                          : words,
                   &road->up) < 0 ||
        read_words(r, down ? "downlink" : "uplink",
                   down ? down
                   : up ? up
                        : words,
                   &road->down) < 0)
        return -1;
    road->rtt_ns = road->up.base.delay.ns + road->down.base.delay.ns;
    return 0;
}

int read_record(const struct reader *r, struct dns_record record)
{
    struct topology *t = r->t;

    if (t->zone.record_count == TOPOLOGY_RECORDS)
        return read_refuse(r, "", NULL, "more than 512 records in all");
    t->record[t->zone.record_count++] = record;
    return 0;
}
