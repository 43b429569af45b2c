/* SPDX-License-Identifier: BSD-2-Clause */
/* Dialogues as files that anybody can write: see tests/dialogues/README. */
#ifndef TESTS_DIALOGUE_FILE_H
#define TESTS_DIALOGUE_FILE_H

#include <check.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/bytes.h"
#include "smtp/client.h"
#include "smtp/server.h"

enum { TURNS = 64, MAILS = 4, RCPTS = 8, VERDICTS = 8 };

/* What one side says in one go; an action of its own where `act` is set. */
struct turn {
    char side, act[16]; /* "", "close", "reset", "half-close", "silence"... */
    struct bytes text;  /* with CRLF */
};

struct file {
    const char *path;
    char *line[400]; /* owned, what all words below point into */
    size_t lines;
    struct turn turn[TURNS];
    size_t turns;

    char only; /* 'C', 'S' or 0 */
    bool exact, whole, helo, lmtp;
    uint32_t extensions;
    struct manner manner;
    struct offer offer, remembered;
    bool early;
    uint32_t flaws;
    const char *name, *client, *body, *end;
    char *fates;
    long turnarounds;
    struct verdict verdict[VERDICTS], content[VERDICTS];
    size_t verdicts, contents;
    const char *recipients; /* what must have become of them */
    struct mail mail[MAILS];
    struct recipient to[MAILS][RCPTS];
    size_t mails;
    char stuffed[2000], plain[2000];
};

static inline char *word(char **rest)
{
    char *w = strsep(rest, " ");

    return w ? w : "";
}

static inline uint32_t offers(char *rest, struct offer *o)
{
    uint32_t all = 0;

    while (rest && *rest) {
        char *w = word(&rest), *equals = strchr(w, '=');
        uint32_t bit = offer_bit((struct span){w, strcspn(w, "=")});

        ck_assert_msg(bit != 0, "%s is no extension", w);
        all |= bit;
        if (equals && bit == OFFER_SIZE)
            o->size_max = (uint64_t)atol(equals + 1);
        if (equals && bit == OFFER_LIMITS) /* r, or r/m */
            o->limits.rcpt_max = (uint32_t)atol(equals + 1);
        if (equals && bit == OFFER_LIMITS && strchr(equals, '/'))
            o->limits.mail_max = (uint32_t)atol(strchr(equals, '/') + 1);
    }
    return all;
}

static inline void read_mail(struct file *f, char *rest)
{
    struct mail *m = &f->mail[f->mails];
    struct recipient *to = f->to[f->mails++];

    ck_assert_uint_le(f->mails, MAILS);
    m->from = word(&rest);
    m->to = to;
    while (rest && *rest)
        to[m->recipients++].address = word(&rest);
}

static inline void read_mode(struct file *f, char *rest)
{
    f->manner.mode = mode_named(word(&rest));
    ck_assert_int_lt(f->manner.mode, MODE_COUNT);
    f->manner.bdat = rest && strcmp(rest, "bdat") == 0;
}

static inline void read_setting(struct file *f, char *rest)
{
    const char *key = word(&rest);

    if (strcmp(key, "mode") == 0)
        read_mode(f, rest);
    else if (strcmp(key, "only") == 0)
        f->only = (char)toupper(rest[0]);
    else if (strcmp(key, "exact") == 0)
        f->exact = true;
    else if (strcmp(key, "whole") == 0)
        f->whole = true;
    else if (strcmp(key, "helo") == 0)
        f->helo = true;
    else if (strcmp(key, "offer") == 0)
        f->offer.has = offers(rest, &f->offer);
    else if (strcmp(key, "remembered") == 0)
        f->early = (f->remembered.has = offers(rest, &f->remembered)) != 0;
    else if (strcmp(key, "lmtp") == 0)
        f->lmtp = true;
    else if (strcmp(key, "extensions") == 0)
        f->extensions = offers(rest, &(struct offer){0});
    else if (strcmp(key, "content") == 0)
        f->content[f->contents++] = (struct verdict){word(&rest), rest};
    else if (strcmp(key, "recipients") == 0)
        f->recipients = rest;
    else if (strcmp(key, "flaw") == 0)
        f->flaws |= flaw_bit(rest);
    else if (strcmp(key, "server") == 0)
        f->name = rest;
    else if (strcmp(key, "client") == 0)
        f->client = rest;
    else if (strcmp(key, "mail") == 0)
        read_mail(f, rest);
    else if (strcmp(key, "body") == 0)
        f->body = rest ? rest : "";
    else if (strcmp(key, "verdict") == 0)
        f->verdict[f->verdicts++] = (struct verdict){word(&rest), rest};
    else if (strcmp(key, "end") == 0)
        f->end = rest;
    else if (strcmp(key, "fates") == 0)
        f->fates = rest;
    else if (strcmp(key, "turnarounds") == 0)
        f->turnarounds = atol(rest);
    else
        ck_abort_msg("%s: unknown setting %s", f->path, key);
}

static inline struct turn *turn_of(struct file *f, char side)
{
    struct turn *last = f->turns > 0 ? &f->turn[f->turns - 1] : NULL;

    if (last && last->side == side && !*last->act)
        return last;
    ck_assert_uint_lt(f->turns, TURNS);
    f->turn[f->turns] = (struct turn){.side = side};
    return &f->turn[f->turns++];
}

/* "\x" stands for itself, but for \r \n \t \0 and "\|", which is nothing: a
 * text that ends in it has no CRLF. */
static inline void add_text(struct turn *t, const char *text)
{
    bool end = true;

    for (; *text; text++) {
        char c = *text;

        if (c == '\\' && *++text) {
            c = *text == 'r'   ? '\r'
                : *text == 'n' ? '\n'
                : *text == 't' ? '\t'
                : *text == '0' ? '\0'
                               : *text;
            end = c != '|';
            if (!end)
                continue;
        }
        bytes_add(&t->text, (struct span){&c, 1});
    }
    if (end)
        bytes_add(&t->text, (struct span){"\r\n", 2});
}

static inline void read_line(struct file *f, char *line)
{
    size_t len;

    line[strcspn(line, "\n")] = '\0';
    len = strlen(line);
    if (line[0] == '=') {
        read_setting(f, line + 2);
    } else if (line[0] == 'C' || line[0] == 'S') {
        if (len > 3 && line[3] == '<' && line[len - 1] == '>') {
            line[len - 1] = '\0';
            snprintf(turn_of(f, (char)tolower(line[0]))->act,
                     sizeof f->turn[0].act, "%s", line + 4);
            f->turn[f->turns - 1].side = line[0];
        } else {
            add_text(turn_of(f, line[0]), len > 3 ? line + 3 : "");
        }
    } else {
        ck_assert_msg(len == 0 || line[0] == '#', "%s: %s", f->path, line);
    }
}

static inline void make_mails(struct file *f)
{
    struct span text, plain, stuffed;
    char room[1000];

    if (f->mails == 0) {
        static char usual[] = "a b";
        char copy[sizeof usual];

        memcpy(copy, usual, sizeof copy);
        f->line[f->lines++] = strdup(usual);
        read_mail(f, f->line[f->lines - 1]);
    }
    text = (struct span){
        room, (size_t)snprintf(room, sizeof room, "%s\r\n", f->body)};
    plain = (struct span){f->plain, wire_crlf(f->plain, text)};
    stuffed = (struct span){f->stuffed, wire_stuff(f->stuffed, text)};
    for (size_t i = 0; i < f->mails; i++) {
        f->mail[i].plain = plain;
        f->mail[i].stuffed = stuffed;
    }
}

static inline struct file *file_read(const char *path)
{
    struct file *f = calloc(1, sizeof *f);
    FILE *in = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;

    ck_assert_ptr_nonnull(in);
    f->path = path;
    f->name = "test";
    f->client = "c";
    f->body = "hi";
    f->turnarounds = -1;
    f->manner.mode = MODE_PIPELINING;
    f->offer.has = OFFER_PIPELINING | OFFER_CHUNKING;
    while (getline(&line, &room, in) > 0) {
        f->line[f->lines] = strdup(line);
        read_line(f, f->line[f->lines++]);
    }
    free(line);
    fclose(in);
    make_mails(f);
    return f;
}

static inline void file_free(struct file *f)
{
    for (size_t i = 0; i < f->turns; i++)
        bytes_free(&f->turn[i].text);
    while (f->lines > 0)
        free(f->line[--f->lines]);
    free(f);
}

#endif
