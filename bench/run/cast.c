/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the machines of a scenario, and sums up what they did. */
#include "bench/run/cast.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/patience.h"
#include "bench/run/virtual.h"
#include "smtp/qmtp_server.h"

enum { LMTP_PORT = 24, ADDRESS_ROOM = 40, TRANSID_ROOM = 40, LINE = 78 };

void cast_write_text(char *at, size_t size)
{
    static const char header[] = "From: <sender@client.example>\r\n"
                                 "Subject: what does a round trip cost?\r\n"
                                 "\r\n";
    size_t head = size > sizeof header + LINE ? sizeof header - 1 : 0;

    memcpy(at, header, head);
    for (size_t i = head; i < size; i++)
        at[i] = (char)('a' + (i - head) % LINE % 26);
    for (size_t i = head + LINE; i + LINE < size; i += LINE)
        memcpy(at + i - 2, "\r\n", 2);
    if (size >= 2)
        memcpy(at + size - 2, "\r\n", 2);
}

/* All as it was before anybody was asked or anything was sent. */
static void write_mails(struct cast *c)
{
    const struct scenario *s = c->scenario;
    size_t n = (size_t)s->recipients, m = (size_t)s->messages;

    for (size_t i = 0; i < n * m; i++)
        c->to[i] =
            (struct recipient){.address = c->addresses + i % n * ADDRESS_ROOM};
    for (size_t i = 0; i < m; i++)
        c->mail[i] = (struct mail){
            .from = "sender@client.example",
            .to = c->to + i * n,
            .recipients = n,
            .stuffed = {c->stuffed, c->stuffed_len},
            .plain = {c->text, (size_t)s->body_bytes},
            .transid = c->transids + i * TRANSID_ROOM,
            .number = (uint32_t)i,
        };
    if (c->abilities) {
        size_t last = c->abilities->form_count - 1;

        c->mail[0].form = last;
        c->mail[0].plain = c->abilities->form[last].plain;
        c->mail[0].stuffed = c->abilities->form[last].stuffed;
    }
}

/* Mails that one may be made into: a class has a form, or a recipient. */
static size_t mail_room(const struct scenario *s)
{
    size_t n = (size_t)s->recipients;

    if (!s->ask.strategy)
        return terms_mails(s);
    return n > BARGAIN_FORMS ? n : BARGAIN_FORMS;
}

static void write_address(const struct scenario *s, size_t i,
                          char at[ADDRESS_ROOM])
{
    size_t domains = (size_t)s->terms.domains;
    int used = snprintf(at, ADDRESS_ROOM, "user%zu@", i + 1);

    if (domains > 1)
        used += snprintf(at + used, (size_t)(ADDRESS_ROOM - used), "d%zu.",
                         i % domains + 1);
    snprintf(at + used, (size_t)(ADDRESS_ROOM - used), "server.example");
}

static int make_mails(struct cast *c)
{
    const struct scenario *s = c->scenario;
    size_t n = (size_t)s->recipients, m = (size_t)s->messages;
    struct span text = {NULL, (size_t)s->body_bytes};

    c->text = malloc(text.len + 1);
    c->mail = calloc(mail_room(s), sizeof *c->mail);
    c->to = calloc(n * m, sizeof *c->to);
    c->addresses = malloc(n * ADDRESS_ROOM);
    c->transids = malloc(m * TRANSID_ROOM);
    if (!c->text || !c->mail || !c->to || !c->addresses || !c->transids)
        return -1;
    cast_write_text(c->text, text.len);
    text.at = c->text;
    c->stuffed = malloc(wire_stuff(NULL, text));
    if (!c->stuffed)
        return -1;
    c->stuffed_len = wire_stuff(c->stuffed, text);
    for (size_t i = 0; i < m; i++)
        snprintf(c->transids + i * TRANSID_ROOM, TRANSID_ROOM,
                 "<%zu@client.example>", i + 1);
    for (size_t i = 0; i < n; i++)
        write_address(s, i, c->addresses + i * ADDRESS_ROOM);
    return 0;
}

/* Who is asked, and by what; `sending` and `receiving` know it too. */
static int make_bargain(struct cast *c)
{
    const struct scenario *s = c->scenario;
    const struct strategy *g = inquiry_strategy(&s->ask);
    struct span body = {c->text, (size_t)s->body_bytes};

    if (!g)
        return 0;
    c->abilities = malloc(sizeof *c->abilities);
    if (!c->abilities || abilities_init(c->abilities, s, body) < 0)
        return -1;
    c->bargain =
        (struct bargain){.strategy = g,
                         .spelling = (enum conneg_spelling)s->ask.spelling,
                         .forms = c->abilities->form,
                         .form_count = c->abilities->form_count,
                         .mail_room = mail_room(s)};
    if (s->ask.ttl_ns > 0 &&
        !(c->bargain.memory = calloc(1, sizeof *c->bargain.memory)))
        return -1;
    if (g->parallel) {
        c->sending.mate_count = s->recipients < INQUIRY_MATES
                                    ? (size_t)s->recipients
                                    : INQUIRY_MATES;
        c->sending.mates = c->mates =
            calloc(c->sending.mate_count, sizeof *c->mates);
        if (!c->mates)
            return -1;
    }
    c->sending.session.bargain = &c->bargain;
    c->receiving.directory = &c->abilities->directory;
    return 0;
}

static const struct auth_account account = {"joe@client.example", "sesame"};

/* clang-format off */
static const struct login logins[] = {
    [AUTH_PLAIN] = {MECHANISM_PLAIN, false, "joe@client.example", "sesame"},
    [AUTH_LOGIN] = {MECHANISM_LOGIN, false, "joe@client.example", "sesame"},
    [AUTH_PLAIN_LATER] =
        {MECHANISM_PLAIN, true, "joe@client.example", "sesame"},
    [AUTH_LOGIN_LATER] =
        {MECHANISM_LOGIN, true, "joe@client.example", "sesame"},
};
/* clang-format on */

/* How long a group and its replies are on the road at most: a peer that is far
 * away, or whose road is slow, is not a peer that stalls. */
static int64_t road_ns(const struct scenario *s)
{
    static const double command_bytes = 64, reply_bytes = 64, most_ns = 1e17;
    double envelopes = (double)s->messages * ((double)s->recipients + 4);
    double said =
        (double)s->messages * (double)s->body_bytes + envelopes * command_bytes;
    double heard = envelopes * reply_bytes, ns = 0;

    if (s->up.base.rate.bps > 0)
        ns += said * 8e9 / (double)s->up.base.rate.bps;
    if (s->down.base.rate.bps > 0)
        ns += heard * 8e9 / (double)s->down.base.rate.bps;
    return s->up.base.delay.ns + s->down.base.delay.ns +
           (int64_t)(ns < most_ns ? ns : most_ns);
}

/* What is added to the timeouts of RFC 5321, 4.5.3.2. TCP's handshake has none
 * there. */
static int64_t allowance_ns(const struct scenario *s)
{
    return s->rfc_timeouts ? 0 : road_ns(s);
}

/* Of a handshake: three round trips at most. */
static int64_t secure_timeout_ns(const struct scenario *s)
{
    static const int64_t minute_ns = INT64_C(60000000000);

    return minute_ns + (s->rfc_timeouts ? 0 : 3 * road_ns(s));
}

static void make_client(struct cast *c)
{
    const struct scenario *s = c->scenario;
    struct client_config *k = &c->sending.session;
    char wrong[DSN_WHY];

    k->manner = s->manner;
    k->name = "client.example";
    k->helo = s->helo;
    k->mails = c->mail;
    k->mail_count = (size_t)s->messages;
    k->mail_room = s->ask.strategy ? 0 : (uint32_t)terms_mails(s);
    k->mails_max = (uint32_t)s->terms.per_connection;
    k->lmtp = s->terms.lmtp;
    k->patience = &c->patience;
    patience_of(s, allowance_ns(s), &c->patience);
    if (!patience_gives(s, "connect"))
        c->patience.connect_ns += road_ns(s);
    if (!patience_gives(s, "tls"))
        c->patience.secure_ns = secure_timeout_ns(s);
    k->tls = s->tls == TLS_USE_NONE       ? SECURITY_NONE
             : s->tls == TLS_USE_IMPLICIT ? SECURITY_IMPLICIT
                                          : SECURITY_STARTTLS;
    k->extensions = s->extensions;
    if (s->dsn_words) {
        dsn_parse(&c->dsn, s->dsn_words, wrong); /* it was judged when set */
        k->dsn = &c->dsn;
    }
    k->fast_open = s->tfo;
    k->listen_ns = s->listen_ns;
    k->opportunistic = s->tls == TLS_USE_OPPORTUNISTIC;
    k->login = s->auth ? &logins[s->auth] : NULL;
    c->sending.tls = s->tls ? &c->secure.to : NULL;
    c->sending.peer = c->server_at;
    c->sending.memory = &c->memory;
}

static void make_server(struct cast *c)
{
    const struct scenario *s = c->scenario;

    server_defaults(&c->receiving, "server.example");
    c->receiving.offer.has = s->capabilities;
    c->receiving.offer.size_max = (uint64_t)s->size_max;
    c->receiving.offer.limits = s->terms.limits;
    c->policies =
        (struct policies){(void *)(uintptr_t)s, terms_policy_of, terms_verdict};
    if (s->terms.policies > 1 || s->terms.offended)
        c->receiving.policies = &c->policies;
    if (s->terms.lmtp)
        server_speak_lmtp(&c->receiving);
    c->receiving.can_secure = s->tls != TLS_USE_NONE;
    if (s->ask.strategy && s->capabilities == SCENARIO_CAPABILITIES)
        c->receiving.offer.has |=
            OFFER_CONPERM | OFFER_CONNEG | OFFER_CAPABILITIES | OFFER_XRCAP;
    if (manner_is_arranged(s->manner) &&
        s->capabilities == SCENARIO_CAPABILITIES &&
        !(s->flaws & (FLAW_UNKNOWN_554 | FLAW_UNKNOWN_MUTE)))
        c->receiving.offer.has |= OFFER_BSMTP; /* it is arranged */
    if (s->tls == TLS_USE_STARTTLS)
        c->receiving.offer.has |= OFFER_STARTTLS;
    if (manner_is_quick(s->manner) && s->capabilities == SCENARIO_CAPABILITIES)
        c->receiving.offer.has |= OFFER_QUICKSTART;
    if (s->mode == MODE_QUICKSTART_B)
        c->receiving.qhlo_key = 1;
    c->receiving.accounts = &account;
    c->receiving.account_count =
        s->auth != AUTH_NONE || s->capabilities & OFFER_AUTH;
    c->receiving.auth_required = s->auth != AUTH_NONE;
    c->receiving.flaws = s->flaws;
    c->receiving.checkpoint = &c->checkpoint;
    c->receiving.think_ns = s->think_ns;
    c->receiving.greeting_delay_ns = s->greeting_delay_ns;
    c->receiving.idle_timeout_ns += allowance_ns(s);
}

/* A session before the one that is measured fills the memory, as it would in
 * life. Its mails are then sent again. */
static int warm_up(struct cast *c)
{
    struct delivery d;
    int result;

    delivery_init(&d, &c->sending);
    result = virtual_run(c, &d.machine, VIRTUAL_WARM_UP);
    delivery_release(&d);
    if (result < 0)
        return -1;
    if (c->scenario->flaws & FLAW_STALE_ID)
        c->receiving.qhlo_key++;
    if (c->scenario->offer == OFFERING_COLD)
        c->memory = (struct offer_memory){0};
    for (size_t i = 0; c->bargain.memory && i < BARGAIN_KNOWN; i++)
        c->bargain.memory->at[i].learnt_ns = NEVER_NS; /* a moment ago */
    write_mails(c);
    c->sessions = c->mails = c->recipients = 0;
    return 0;
}

static int make_secure(struct cast *c)
{
    char why[TLS_WHY];

    if (secure_init(&c->secure, c->scenario, c->receiving.name,
                    secure_timeout_ns(c->scenario), why) == 0)
        return 0;
    cast_release(c);
    errno = EPROTO;
    return -1;
}

int cast_init(struct cast *c, const struct scenario *s)
{
    assert(s->finished);
    *c = (struct cast){.scenario = s, .server_at = {{192, 0, 2, 2}, 4, 25}};
    if (s->ipv6)
        c->server_at = (struct endpoint){{0x20, 1, 0xd, 0xb8, [15] = 2}, 6, 25};
    if (manner_is_qmtp(s->manner))
        c->server_at.port = QMTP_PORT;
    if (s->terms.lmtp) /* not SMTP's: RFC 2033, 5 */
        c->server_at.port = LMTP_PORT;
    cast_forget(c);
    make_server(c);
    if (make_mails(c) < 0 || make_bargain(c) < 0) {
        cast_release(c);
        errno = ENOMEM;
        return -1;
    }
    write_mails(c);
    make_client(c);
    if (s->tls && make_secure(c) < 0)
        return -1;
    return s->offer == OFFERING_WARM || s->tls_session ? warm_up(c) : 0;
}

void cast_forget(struct cast *c)
{
    c->checkpoint =
        (struct checkpoint){.cut_octets = (uint64_t)c->scenario->cut_octets};
}

int cast_log_keys(struct cast *c, const char *path)
{
    return c->scenario->tls ? secure_log_keys(&c->secure, path) : 0;
}

void cast_release(struct cast *c)
{
    free(c->text);
    free(c->stuffed);
    free(c->addresses);
    free(c->transids);
    free(c->mail);
    free(c->to);
    free(c->mates);
    free(c->bargain.memory);
    if (c->abilities)
        abilities_release(c->abilities);
    free(c->abilities);
    if (c->scenario && c->scenario->tls)
        secure_release(&c->secure);
    *c = (struct cast){0};
}

/* A session of the server, within TLS where there is any. */
struct seat {
    union { /* the machine is the first of either */
        struct server server;
        struct qmtp_server qmtp;
    };
    struct tls_machine tls;
};

struct machine *cast_accept(void *cast, struct endpoint peer)
{
    struct cast *c = cast;
    struct seat *s = malloc(sizeof *s);

    (void)peer;
    if (!s)
        return NULL;
    if (manner_is_qmtp(c->scenario->manner))
        qmtp_server_init(&s->qmtp, &c->receiving);
    else
        server_init(&s->server, &c->receiving);
    if (!c->scenario->tls)
        return &s->server.machine;
    tls_machine_init(&s->tls, &c->secure.from, &s->server.machine);
    return &s->tls.machine;
}

void cast_gone(void *cast, struct machine *m)
{
    struct cast *c = cast;
    bool tls = c->scenario->tls != TLS_USE_NONE;
    struct seat *s =
        (struct seat *)(void *)((char *)m -
                                (tls ? offsetof(struct seat, tls)
                                     : offsetof(struct seat, server)));

    bool qmtp = manner_is_qmtp(c->scenario->manner);

    c->sessions++;
    c->mails += qmtp ? s->qmtp.mails : s->server.mails;
    c->recipients += qmtp ? s->qmtp.recipients : s->server.recipients;
    if (tls)
        tls_machine_release(&s->tls);
    free(s);
}
