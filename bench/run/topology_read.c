/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a topology, one by one. */
#include "bench/run/topology_read.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bench/run/meaning.h"
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

struct block {
    const char *address;
    unsigned bits;
    const char *what;
};

/* clang-format off */
static const struct block reserved[] = {
    {"0.0.0.0",       8, "which is nobody's address"},
    {"127.0.0.0",     8, "which is each machine's own"},
    {"169.254.0.0",  16, "which is good on one link only"},
    {"198.51.100.0", 23, "which is the client's own network"},
    {"224.0.0.0",     4, "which is a group's"},
    {"240.0.0.0",     4, "which is nobody's address"},
    {"::",          127, "which is each machine's own, or nobody's"},
    {"::ffff:0:0",   96, "which is an IPv4 address: write it as one"},
    {"2001:db8:c::", 48, "which is the client's own network"},
    {"fe80::",       10, "which is good on one link only"},
    {"ff00::",        8, "which is a group's"},
};
/* clang-format on */

static bool is_within(const struct endpoint *e, const struct block *b)
{
    bool old = !strchr(b->address, ':');
    uint8_t ip[16] = {0};
    size_t whole = b->bits / 8;
    unsigned rest = 0xff00 >> b->bits % 8 & 0xff;

    if (e->family != (old ? 4 : 6))
        return false;
    inet_pton(old ? AF_INET : AF_INET6, b->address, ip);
    return memcmp(ip, e->ip, whole) == 0 &&
           (rest == 0 || ((ip[whole] ^ e->ip[whole]) & rest) == 0);
}

/* What can be no host's, or is the client's own in the kernel world
 * (bench/run/mx_lab.c). */
static const char *reserved_as(const struct endpoint *e)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (is_within(e, &reserved[i]))
            return reserved[i].what;
    return NULL;
}

int read_address(const struct reader *r, const char *field, const char *text,
                 struct endpoint *e)
{
    const char *what;

    if (!text)
        return 0;
    memset(e->ip, 0, sizeof e->ip);
    if (inet_pton(AF_INET, text, e->ip) == 1)
        e->family = 4;
    else if (inet_pton(AF_INET6, text, e->ip) == 1)
        e->family = 6;
    else
        return read_refuse(r, field, text, NULL);
    what = reserved_as(e);
    return what ? read_refuse(r, field, text, what) : 0;
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
    char problem[SPEC_TEXT + MEANING_WHY];

    if (spec_parse(text, p, &e) < 0) {
        snprintf(problem, sizeof problem, "column %zu: %s", e.column, e.text);
        return read_refuse(r, field, text, problem);
    }
    return meaning_check(p, problem) < 0 ? read_refuse(r, field, text, problem)
                                         : 0;
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
