/* SPDX-License-Identifier: BSD-2-Clause */
/* Offers as JSON, where capabilities are lines of an EHLO reply:
 * {"schema":1,"offers":[{"server":"192.0.2.1:25","tls":true,"size":0,
 *   "capabilities":["PIPELINING","AUTH PLAIN"],"learnt_s":1790000000}]} */
#include "bench/run/offers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/read/trace.h"
#include "smtp/auth.h"
#include "smtp/wire.h"

enum { OFFERS_SCHEMA = 1, FILE_MAX = 1 << 20 };

/* ADDR:PORT or [ADDR]:PORT, and nothing that a resolver would be needed for. */
static bool endpoint_read(const char *text, struct endpoint *e)
{
    char host[64];
    unsigned port;
    int end = 0;

    *e = (struct endpoint){.family = *text == '[' ? 6 : 4};
    if (sscanf(text, *text == '[' ? "[%63[^]]]:%5u%n" : "%63[^:]:%5u%n", host,
               &port, &end) != 2 ||
        text[end] != '\0' || port == 0 || port > 65535)
        return false;
    e->port = (uint16_t)port;
    return inet_pton(e->family == 6 ? AF_INET6 : AF_INET, host, e->ip) == 1;
}

static int refuse(char why[OFFERS_WHY], size_t i, const char *field,
                  const char *wanted)
{
    snprintf(why, OFFERS_WHY, "offers[%zu].%s: wanted %s", i, field, wanted);
    return -1;
}

static int read_words(const json_t *words, struct offer *o)
{
    size_t i;
    json_t *word;

    if (!json_is_array(words))
        return -1;
    json_array_foreach(words, i, word)
    {
        if (!json_is_string(word))
            return -1;
        offer_learn(o, span_of(json_string_value(word)));
    }
    return 0;
}

/* Times in a memory are of the machines' clock, which began at any time: an
 * offer is as much before its zero as it is old. */
static int read_one(struct offer_memory *m, const json_t *one, size_t i,
                    int64_t now_s, char why[OFFERS_WHY])
{
    const char *server = json_string_value(json_object_get(one, "server"));
    const json_t *size = json_object_get(one, "size");
    const json_t *tls = json_object_get(one, "tls");
    const json_t *learnt = json_object_get(one, "learnt_s");
    struct endpoint at;
    struct offer o = {0};
    int64_t age_s;

    if (!server || !endpoint_read(server, &at))
        return refuse(why, i, "server", "an address, such as \"192.0.2.1:25\"");
    if (read_words(json_object_get(one, "capabilities"), &o) < 0)
        return refuse(why, i, "capabilities", "a list of EHLO keywords");
    if (size && (!json_is_integer(size) || json_integer_value(size) < 0))
        return refuse(why, i, "size", "a number of octets");
    if (tls && !json_is_boolean(tls))
        return refuse(why, i, "tls", "true or false");
    if (!json_is_integer(learnt) || json_integer_value(learnt) < 0)
        return refuse(why, i, "learnt_s", "seconds since 1970");
    o.size_max = (uint64_t)json_integer_value(size);
    age_s = now_s - json_integer_value(learnt);
    if (age_s >= 0 && age_s <= OFFERS_EXPIRE_S)
        offer_remember_as(m, at, json_is_true(tls), o, -age_s * 1000000000);
    return 0;
}

int offers_parse(struct offer_memory *m, const char *text, size_t len,
                 int64_t now_s, char why[OFFERS_WHY])
{
    json_error_t error;
    json_t *all = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    json_t *offers = json_object_get(all, "offers"), *one;
    size_t i;
    int result = 0;

    *m = (struct offer_memory){0};
    if (!all) {
        snprintf(why, OFFERS_WHY, "line %d, column %d: %s", error.line,
                 error.column, error.text);
        return -1;
    }
    if (json_integer_value(json_object_get(all, "schema")) != OFFERS_SCHEMA ||
        !json_is_array(offers)) {
        snprintf(why, OFFERS_WHY,
                 "wanted {\"schema\":1,\"offers\":[...]}: another file?");
        result = -1;
    }
    for (i = 0; result == 0 && i < json_array_size(offers); i++) {
        one = json_array_get(offers, i);
        result = read_one(m, one, i, now_s, why);
    }
    json_decref(all);
    return result;
}

int offers_load(struct offer_memory *m, const char *path, char why[OFFERS_WHY])
{
    FILE *f = fopen(path, "re");
    char *text = f ? malloc(FILE_MAX) : NULL, inner[OFFERS_WHY];
    size_t len = text ? fread(text, 1, FILE_MAX, f) : 0;
    int result = -1;

    *m = (struct offer_memory){0};
    if (!f && errno == ENOENT)
        return 0;
    if (text && len < FILE_MAX && !ferror(f)) {
        result = offers_parse(m, text, len, time(NULL), inner);
        if (result < 0)
            snprintf(why, OFFERS_WHY, "%.100s: %.250s", path, inner);
    } else {
        snprintf(why, OFFERS_WHY, "%.200s: %s", path,
                 len == FILE_MAX ? "larger than 1 MiB" : strerror(errno));
    }
    free(text);
    if (f)
        fclose(f);
    return result;
}

static json_t *write_word(const struct offer *o, int bit)
{
    char line[80], words[LIMITS_ROOM];
    int used = snprintf(line, sizeof line, "%s", offer_name(bit));

    if (1 << bit == OFFER_LIMITS) {
        limits_say(&o->limits, words);
        snprintf(line + used, sizeof line - (size_t)used, "%s", words);
    }
    if (1 << bit == OFFER_QUICKSTART && o->qhlo_id[0])
        snprintf(line + used, sizeof line - (size_t)used, " %s", o->qhlo_id);
    for (int i = 0; 1 << bit == OFFER_AUTH && i < MECHANISM_COUNT; i++)
        if (o->auth >> i & 1)
            used += snprintf(line + used, sizeof line - (size_t)used, " %s",
                             mechanism_name((enum mechanism)i));
    return json_string(line);
}

static json_t *write_one(const struct remembered *r, int64_t now_s)
{
    json_t *words = json_array();
    char at[ENDPOINT_TEXT];

    for (int i = 0; i < OFFER_COUNT; i++)
        if (r->offer.has >> i & 1)
            json_array_append_new(words, write_word(&r->offer, i));
    if (r->learnt_ns < 0)
        now_s += r->learnt_ns / 1000000000; /* as old as it was read */
    return json_pack(
        "{s:s, s:b, s:o, s:I, s:I}", "server", endpoint_text(&r->peer, at),
        "tls", (int)r->secure, "capabilities", words, "size",
        (json_int_t)r->offer.size_max, "learnt_s", (json_int_t)now_s);
}

int offers_save(const struct offer_memory *m, const char *path,
                char why[OFFERS_WHY])
{
    json_t *offers = json_array(), *all;
    char temporary[4096];
    int result;

    for (int i = 0; i < OFFER_MEMORY; i++)
        if (m->at[i].peer.family)
            json_array_append_new(offers, write_one(&m->at[i], time(NULL)));
    all = json_pack("{s:i, s:o}", "schema", OFFERS_SCHEMA, "offers", offers);
    snprintf(temporary, sizeof temporary, "%s.%d", path, (int)getpid());
    result = json_dump_file(all, temporary, JSON_INDENT(2));
    if (result == 0)
        result = rename(temporary, path);
    if (result < 0) {
        snprintf(why, OFFERS_WHY, "%.200s: %s", path, strerror(errno));
        unlink(temporary);
    }
    json_decref(all);
    return result;
}
