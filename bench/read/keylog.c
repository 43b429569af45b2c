/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/keylog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 512, BUCKETS = 1 << 14, CHAIN = 256, ROOM = 64 << 20 };

struct entry {
    struct keylog_session session;
    struct entry *next;
};

struct keylog {
    struct entry *bucket[BUCKETS];
    size_t count, room;
    FILE *file;
    char line[LINE]; /* the file's last, while it has no end yet */
    size_t have;
    uint64_t lines;
};

/* clang-format off */
static const char *const labels[KEYLOG_LABELS] = {
    [KEYLOG_MASTER]           = "CLIENT_RANDOM",
    [KEYLOG_CLIENT_EARLY]     = "CLIENT_EARLY_TRAFFIC_SECRET",
    [KEYLOG_CLIENT_HANDSHAKE] = "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
    [KEYLOG_SERVER_HANDSHAKE] = "SERVER_HANDSHAKE_TRAFFIC_SECRET",
    [KEYLOG_CLIENT_TRAFFIC]   = "CLIENT_TRAFFIC_SECRET_0",
    [KEYLOG_SERVER_TRAFFIC]   = "SERVER_TRAFFIC_SECRET_0",
};
/* clang-format on */

struct keylog *keylog_new(void)
{
    struct keylog *k = calloc(1, sizeof *k);

    if (k)
        k->room = ROOM;
    return k;
}

void keylog_free(struct keylog *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (k->bucket[i]) {
            struct entry *e = k->bucket[i];

            k->bucket[i] = e->next;
            free(e);
        }
    if (k->file)
        fclose(k->file);
    free(k);
}

static struct entry **bucket_of(struct keylog *k, const uint8_t *random)
{
    uint64_t h = 0, word;

    for (size_t i = 0; i < KEYLOG_RANDOM; i += sizeof word) {
        memcpy(&word, random + i, sizeof word);
        h = (h ^ word) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return &k->bucket[h % BUCKETS];
}

/* The session of this random, made where there is none. NULL: no room. */
static struct keylog_session *session_of(struct keylog *k,
                                         const uint8_t *random)
{
    struct entry **bucket = bucket_of(k, random), *e = *bucket;
    size_t length = 0;

    for (; e; e = e->next, length++)
        if (memcmp(e->session.random, random, KEYLOG_RANDOM) == 0)
            return &e->session;
    if (k->count == KEYLOG_SESSIONS || length == CHAIN)
        return NULL;
    e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    memcpy(e->session.random, random, KEYLOG_RANDOM);
    e->next = *bucket;
    *bucket = e;
    k->count++;
    return &e->session;
}

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Pairs of digits up to a blank or the end. Returns how many bytes they are,
 * and moves `*at` behind them; 0: none, too many, or half a byte. */
static size_t take_hex(const char **at, const char *end, uint8_t *out,
                       size_t most)
{
    size_t n = 0;

    while (end - *at >= 2 && digit((*at)[0]) >= 0 && digit((*at)[1]) >= 0) {
        if (n == most)
            return 0;
        out[n++] = (uint8_t)(digit((*at)[0]) << 4 | digit((*at)[1]));
        *at += 2;
    }
    return *at == end || **at == ' ' ? n : 0;
}

static void take_line(struct keylog *k, const char *line, size_t len)
{
    const char *blank = memchr(line, ' ', len), *end = line + len;
    uint8_t random[KEYLOG_RANDOM], secret[KEYLOG_SECRET];
    struct keylog_session *s;
    size_t size;
    int label = 0;

    if (len == 0 || *line == '#')
        return;
    k->lines++;
    while (blank && label < KEYLOG_LABELS &&
           (strlen(labels[label]) != (size_t)(blank - line) ||
            memcmp(labels[label], line, (size_t)(blank - line)) != 0))
        label++;
    if (!blank || label == KEYLOG_LABELS)
        return;
    blank++;
    if (take_hex(&blank, end, random, sizeof random) != sizeof random ||
        blank == end)
        return;
    blank++;
    size = take_hex(&blank, end, secret, sizeof secret);
    /* As long as the hash of the suite; a master secret is always 48. */
    if (size != 48 && (size != 32 || label == KEYLOG_MASTER))
        return;
    s = session_of(k, random);
    if (!s)
        return;
    memcpy(s->secret[label].at, secret, size);
    s->secret[label].len = (uint8_t)size;
}

void keylog_take(struct keylog *k, const char *text, size_t len)
{
    while (len > 0) {
        const char *lf = memchr(text, '\n', len);
        size_t n = lf ? (size_t)(lf - text) : len;

        take_line(k, text, n - (n > 0 && text[n - 1] == '\r'));
        text += n + (lf != NULL);
        len -= n + (lf != NULL);
    }
}

/* Takes the lines that the file has by now. */
static void read_on(struct keylog *k)
{
    clearerr(k->file);
    while (fgets(k->line + k->have, (int)(LINE - k->have), k->file)) {
        k->have += strlen(k->line + k->have);
        if (k->have < LINE - 1 && (!k->have || k->line[k->have - 1] != '\n'))
            continue; /* its writer is in the middle of it */
        keylog_take(k, k->line, k->have);
        k->have = 0;
    }
}

int keylog_read(struct keylog *k, const char *path, char why[KEYLOG_WHY])
{
    k->file = fopen(path, "r");
    if (!k->file) {
        snprintf(why, KEYLOG_WHY, "%s: %s", path, strerror(errno));
        return -1;
    }
    read_on(k);
    keylog_take(k, k->line, k->have);
    if (ferror(k->file)) {
        snprintf(why, KEYLOG_WHY, "%s: %s", path, strerror(errno));
        return -1;
    }
    if (k->lines == 0 || k->count > 0)
        return 0;
    snprintf(why, KEYLOG_WHY,
             "%s: no key log: none of its %llu lines is a label such as "
             "CLIENT_RANDOM or CLIENT_TRAFFIC_SECRET_0, a random of 64 digits "
             "and a secret",
             path, (unsigned long long)k->lines);
    return 1;
}

const struct keylog_session *keylog_find(struct keylog *k,
                                         const uint8_t random[KEYLOG_RANDOM])
{
    const struct entry *e;

    if (k->file)
        read_on(k);
    for (e = *bucket_of(k, random); e; e = e->next)
        if (memcmp(e->session.random, random, KEYLOG_RANDOM) == 0)
            return &e->session;
    return NULL;
}

size_t keylog_count(const struct keylog *k)
{
    return k->count;
}

bool keylog_helps(const struct keylog *k)
{
    return k->count > 0 || k->file;
}

bool keylog_borrow(struct keylog *k, size_t bytes)
{
    if (bytes > k->room)
        return false;
    k->room -= bytes;
    return true;
}

void keylog_give_back(struct keylog *k, size_t bytes)
{
    k->room += bytes;
}
