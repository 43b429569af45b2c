/* SPDX-License-Identifier: BSD-2-Clause */
/* Plays every file of tests/dialogues to both machines, whole and cut at every
 * step; then breaks it off at every byte. See tests/dialogues/README. */
#include <errno.h>
#include <glob.h>
#include <stdio.h>

#include "tests/dialogue_file.h"
#include "tests/marionette.h"

static glob_t files;

struct client_play {
    struct client client;
    struct client_config config;
    struct marionette marionette;
    struct bytes due; /* what it must have said */
};

/* A client may have divided a message: all is as the file says. */
static void undivide(struct file *f)
{
    for (size_t i = 0; i < f->mails; i++) {
        size_t n = 0;

        while (n < RCPTS && f->to[i][n].address)
            n++;
        f->mail[i].recipients = n;
        mail_retry(&f->mail[i]);
    }
}

static void client_begin(struct client_play *p, struct file *f)
{
    *p = (struct client_play){0};
    p->config = (struct client_config){.manner = f->manner,
                                       .name = f->client,
                                       .helo = f->helo,
                                       .lmtp = f->lmtp,
                                       .extensions = f->extensions,
                                       .mails = f->mail,
                                       .mail_count = f->mails,
                                       .mail_room = MAILS};
    undivide(f);
    if (f->early)
        p->config.remembered = &f->remembered;
    client_default_timeouts(&p->config);
    client_init(&p->client, &p->config, (struct endpoint){.family = 4});
    marionette_init(&p->marionette, &p->client.machine);
    marionette_start(&p->marionette);
}

static void client_release(struct client_play *p)
{
    marionette_release(&p->marionette);
    bytes_free(&p->due);
}

/* An alarm may ring too early, and is then set again. */
static void stay_silent(struct marionette *p)
{
    size_t said = p->said.len;

    while (p->alarm_ns != NEVER_NS && !p->aborted && p->said.len == said)
        marionette_wake(p);
}

/* What the server does, beside talking. */
static void server_acts(struct client_play *p, const char *act)
{
    if (strcmp(act, "close") == 0)
        marionette_end(&p->marionette);
    else if (strcmp(act, "reset") == 0)
        marionette_lose(&p->marionette, TOLD_RESET, ECONNRESET);
    else if (strcmp(act, "refuse") == 0)
        marionette_lose(&p->marionette, TOLD_REFUSED, ECONNREFUSED);
    else if (strcmp(act, "silence") == 0)
        stay_silent(&p->marionette);
    else
        ck_abort_msg("a server does not <%s>", act);
}

static void client_must(struct client_play *p, const struct file *f,
                        const struct turn *t)
{
    if (strcmp(t->act, "half-close") == 0)
        ck_assert_msg(p->marionette.half_closed, "%s: not half-closed",
                      f->path);
    else if (strcmp(t->act, "abort") == 0)
        ck_assert_msg(p->marionette.aborted, "%s: not aborted", f->path);
    else
        bytes_add(&p->due, (struct span){t->text.at, t->text.len});
}

static void client_so_far(struct client_play *p, const struct file *f,
                          size_t step)
{
    const struct bytes *said = &p->marionette.said;

    if (said->len != p->due.len ||
        (said->len > 0 && memcmp(said->at, p->due.at, said->len) != 0))
        ck_abort_msg("%s, %zu at a time: the client said\n%.*s\nand not\n%.*s",
                     f->path, step, (int)said->len, said->len ? said->at : "",
                     (int)p->due.len, p->due.len ? p->due.at : "");
}

/* "accepted", "deferred" or "bounced", of all mails. */
static void recipients_outcome(const struct client_play *p,
                               const struct file *f)
{
    static const char *const names[] = {[RECIPIENT_ACCEPTED] = "accepted",
                                        [RECIPIENT_DEFERRED] = "deferred",
                                        [RECIPIENT_BOUNCED] = "bounced"};
    char seen[200] = "";

    for (size_t i = 0; i < p->client.all; i++)
        for (size_t k = 0; k < f->mail[i].recipients; k++)
            snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%s%s",
                     *seen ? " " : "", names[mail_recipient(&f->mail[i], k)]);
    if (f->recipients && strcmp(seen, f->recipients) != 0)
        ck_abort_msg("%s: recipients %s", f->path, seen);
}

static void client_outcome(struct client_play *p, struct file *f)
{
    char fates[100] = "";

    recipients_outcome(p, f);

    for (size_t i = 0; i < p->client.all; i++)
        snprintf(fates + strlen(fates), sizeof fates - strlen(fates), "%s%s",
                 i ? " " : "", mail_fate_name(f->mail[i].fate));
    if (f->fates && strcmp(fates, f->fates) != 0)
        ck_abort_msg("%s: fates %s", f->path, fates);
    if (f->end && strcmp(client_end_name(p->client.end), f->end) != 0)
        ck_abort_msg("%s: end: %s", f->path, client_end_name(p->client.end));
    if (f->turnarounds >= 0 &&
        p->client.waits.turnarounds != (size_t)f->turnarounds)
        ck_abort_msg("%s: %zu turnarounds", f->path,
                     p->client.waits.turnarounds);
}

static void play_client(struct file *f, size_t step)
{
    struct client_play p;
    bool opened = false;

    client_begin(&p, f);
    for (size_t i = 0; i < f->turns; i++) {
        const struct turn *t = &f->turn[i];

        if (!opened && strcmp(t->act, "refuse") != 0)
            marionette_opened(&p.marionette);
        opened = true;
        if (t->side == 'C') {
            client_must(&p, f, t);
            client_so_far(&p, f, step);
        } else if (*t->act) {
            server_acts(&p, t->act);
        } else {
            marionette_hear(&p.marionette, t->text.at, t->text.len, step);
        }
        if (t->side == 'S' && (i + 1 == f->turns || f->turn[i + 1].side == 'S'))
            client_so_far(&p, f, step);
    }
    client_outcome(&p, f);
    client_release(&p);
}

struct server_play {
    struct server server;
    struct server_config config;
    struct policies policies;
    struct marionette marionette;
};

static size_t policy_of(void *file, struct span address)
{
    const struct file *f = file;
    size_t i = 0;

    while (i < f->contents && !span_is(address, f->content[i].address))
        i++;
    return i < f->contents ? i + 1 : 0;
}

static const char *content_verdict(void *file, size_t policy)
{
    return policy > 0 ? ((struct file *)file)->content[policy - 1].reply : NULL;
}

static void server_begin(struct server_play *p, struct file *f)
{
    *p = (struct server_play){0};
    server_defaults(&p->config, f->name);
    p->config.offer = f->offer;
    p->config.flaws = f->flaws;
    p->config.verdicts = f->verdict;
    p->config.verdict_count = f->verdicts;
    p->policies = (struct policies){f, policy_of, content_verdict};
    if (f->contents > 0)
        p->config.policies = &p->policies;
    if (f->lmtp)
        server_speak_lmtp(&p->config);
    server_init(&p->server, &p->config);
    marionette_init(&p->marionette, &p->server.machine);
    marionette_start(&p->marionette);
    marionette_opened(&p->marionette);
}

/* The codes of replies, one for each, as "220 250 ". */
static void codes(char *out, size_t size, const char *at, size_t len)
{
    size_t used = 0;

    out[0] = '\0';
    while (len > 0) {
        const char *lf = memchr(at, '\n', len);
        size_t line = lf ? (size_t)(lf - at) + 1 : len;

        if (line > 3 && at[3] != '-')
            used += (size_t)snprintf(out + used, size - used, "%.3s ", at);
        at += line;
        len -= line;
    }
}

static void server_so_far(struct server_play *p, const struct file *f,
                          const struct bytes *due, size_t step)
{
    const struct bytes *said = &p->marionette.said;
    char found[1000], expected[1000];

    codes(found, sizeof found, said->at, said->len);
    codes(expected, sizeof expected, due->at, due->len);
    if (strcmp(found, expected) != 0)
        ck_abort_msg("%s, %zu at a time: the server said\n%.*s\nand not\n%.*s",
                     f->path, step, (int)said->len, said->len ? said->at : "",
                     (int)due->len, due->len ? due->at : "");
    if (f->exact &&
        (said->len != due->len || memcmp(said->at, due->at, said->len) != 0))
        ck_abort_msg("%s: the server said\n%.*s\nand not\n%.*s", f->path,
                     (int)said->len, said->at, (int)due->len, due->at);
}

static void play_server(struct file *f, size_t step)
{
    struct server_play p;
    struct bytes due = {0};

    server_begin(&p, f);
    for (size_t i = 0; i < f->turns; i++) {
        const struct turn *t = &f->turn[i];

        if (t->side == 'S' && strcmp(t->act, "close") == 0) {
            ck_assert_msg(p.marionette.half_closed, "%s: not closed", f->path);
        } else if (t->side == 'S') {
            bytes_add(&due, (struct span){t->text.at, t->text.len});
            server_so_far(&p, f, &due, step);
        } else if (strcmp(t->act, "half-close") == 0) {
            marionette_end(&p.marionette);
        } else {
            marionette_hear(&p.marionette, t->text.at, t->text.len, step);
        }
    }
    server_so_far(&p, f, &due, step);
    bytes_free(&due);
    marionette_release(&p.marionette);
}

static size_t bytes_of(const struct file *f, char side)
{
    size_t sum = 0;

    for (size_t i = 0; i < f->turns; i++)
        if (f->turn[i].side == side)
            sum += f->turn[i].text.len;
    return sum;
}

/* The first `left` bytes that the other side says. */
static void hear_prefix(struct marionette *p, const struct file *f, char side,
                        size_t left)
{
    for (size_t i = 0; i < f->turns && left > 0; i++) {
        const struct turn *t = &f->turn[i];
        size_t len = t->text.len < left ? t->text.len : left;

        if (t->side != side)
            continue;
        marionette_hear(p, t->text.at, len, SIZE_MAX);
        left -= len;
    }
}

/* However and whenever the server goes, the client comes to an end, no mail is
 * left undecided, and none is delivered that was not accepted. */
static void break_off_client(struct file *f, size_t after, int how)
{
    struct client_play p;

    client_begin(&p, f);
    marionette_opened(&p.marionette);
    hear_prefix(&p.marionette, f, 'S', after);
    if (how == 0)
        marionette_end(&p.marionette);
    if (how == 1)
        marionette_lose(&p.marionette, TOLD_RESET, ECONNRESET);
    marionette_run_out(&p.marionette);
    MUST(p.client.end != CLIENT_NOT_YET);
    MUST(!p.marionette.open);
    for (size_t i = 0; i < f->mails; i++)
        MUST(f->mail[i].fate != MAIL_PENDING);
    client_release(&p);
}

static void break_off_server(struct file *f, size_t after, int how)
{
    struct server_play p;

    server_begin(&p, f);
    hear_prefix(&p.marionette, f, 'C', after);
    if (how == 0)
        marionette_end(&p.marionette);
    if (how == 1)
        marionette_lose(&p.marionette, TOLD_RESET, ECONNRESET);
    marionette_run_out(&p.marionette);
    MUST(!p.marionette.open);
    marionette_release(&p.marionette);
}

START_TEST(as_written)
{
    struct file *f = file_read(files.gl_pathv[_i]);
    size_t most = bytes_of(f, 'S') + bytes_of(f, 'C');

    for (size_t step = f->whole ? most : 1; step <= most; step++) {
        if (f->only != 'S')
            play_client(f, step);
        if (f->only != 'C')
            play_server(f, step);
    }
    file_free(f);
}
END_TEST

START_TEST(broken_off)
{
    struct file *f = file_read(files.gl_pathv[_i]);

    for (int how = 0; how < 3; how++) {
        for (size_t n = 0; f->only != 'S' && n <= bytes_of(f, 'S'); n++)
            break_off_client(f, n, how);
        for (size_t n = 0; f->only != 'C' && n <= bytes_of(f, 'C'); n++)
            break_off_server(f, n, how);
    }
    file_free(f);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp: dialogues");
    TCase *t = tcase_create("dialogues");
    int count;

    glob("tests/dialogues/*.txt", 0, NULL, &files);
    count = (int)files.gl_pathc;
    tcase_add_loop_test(t, as_written, 0, count);
    tcase_add_loop_test(t, broken_off, 0, count);
    suite_add_tcase(s, t);
    return s;
}
