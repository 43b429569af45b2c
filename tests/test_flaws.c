/* SPDX-License-Identifier: BSD-2-Clause */
/* Every flaw, and every two of them, against every mode: whatever a server
 * does, the client ends, and what it says of its mails is what the server
 * took, or is said to be uncertain. */
#include <stdio.h>

#include "sim/ideal.h"
#include "smtp/delivery.h"
#include "smtp/server.h"
#include "tests/marionette.h"

#define SECONDS INT64_C(1000000000)
#define PATIENCE_NS (400 * SECONDS)

enum { MAILS = 2, RECIPIENTS = 3, SESSIONS = 8 };

/* What the server took. */
struct truth {
    size_t taken[MAILS]; /* how often */
    unsigned to[MAILS];  /* 1 << each recipient */
};

struct session {
    struct server server;
    struct mail_sink sink;
    struct server_config config;
    struct truth *truth;
    unsigned to;
    char first; /* of the text: which mail it is */
};

struct play {
    struct server_config config;
    struct session session[SESSIONS];
    size_t sessions;
    struct truth truth;
};

static void sink_from(void *session, struct span from)
{
    struct session *s = session;

    (void)from;
    s->to = 0;
    s->first = '\0';
}

static void sink_to(void *session, struct span to)
{
    ((struct session *)session)->to |= 1u << (to.at[0] - 'a');
}

static void sink_text(void *session, struct span part)
{
    struct session *s = session;

    if (s->first == '\0')
        s->first = part.at[0];
}

static bool sink_end(void *session, bool accepted)
{
    struct session *s = session;
    size_t mail = (size_t)(s->first - '0');

    if (!accepted)
        return true;
    ck_assert_msg(mail < MAILS, "an unknown mail was taken");
    s->truth->taken[mail]++;
    s->truth->to[mail] = s->to;
    return true;
}

static struct machine *enter(void *play, struct endpoint peer)
{
    struct play *p = play;
    struct session *s = &p->session[p->sessions];

    (void)peer;
    ck_assert_uint_lt(p->sessions++, SESSIONS);
    s->truth = &p->truth;
    s->config = p->config;
    s->sink = (struct mail_sink){s, sink_from, sink_to, sink_text, sink_end};
    s->config.sink = &s->sink;
    server_init(&s->server, &s->config);
    return &s->server.machine;
}

struct row {
    struct manner manner;
    uint32_t flaws;
    unsigned refused; /* 1 << each recipient */
    size_t mails;
    bool forgotten; /* nothing is remembered of the server */
};

static const char *const addresses[] = {"a", "b", "c"};
static const char *const texts[] = {"0hello\r\n", "1world\r\n"};

static const char *told(const struct row *r)
{
    static char text[600];
    size_t used = (size_t)snprintf(
        text, sizeof text,
        "%s%s, %zu mails, refused %x:", mode_of(r->manner.mode)->name,
        r->manner.bdat ? " BDAT" : "", r->mails, r->refused);

    for (int i = 0; i < FLAW_COUNT; i++)
        if (r->flaws >> i & 1)
            used += (size_t)snprintf(text + used, sizeof text - used, " %s",
                                     flaw_name(i));
    return text;
}

static unsigned accepted_of(const struct mail *m)
{
    unsigned to = 0;

    for (size_t i = 0; i < m->recipients; i++)
        if (m->to[i].code / 100 == 2)
            to |= 1u << i;
    return to;
}

/* A reply that is another's of the same class cannot be told from its own. */
static void compare(const struct row *r, const struct mail *m, size_t taken,
                    unsigned to)
{
    ck_assert_msg(m->fate != MAIL_PENDING, "%s: undecided", told(r));
    ck_assert_msg(taken <= 1u + m->repeated, "%s: taken twice", told(r));
    if (m->fate == MAIL_DELIVERED) {
        ck_assert_msg(taken >= 1, "%s: said delivered, is lost", told(r));
        ck_assert_msg(to == accepted_of(m), "%s: for %x, said %x", told(r), to,
                      accepted_of(m));
    } else if (m->fate != MAIL_UNCERTAIN) {
        ck_assert_msg(taken == 0 || m->repeated, "%s: said %s, is taken",
                      told(r), mail_fate_name(m->fate));
    }
}

static void make_server(struct play *p, const struct row *r,
                        struct verdict *verdicts)
{
    server_defaults(&p->config, "s");
    p->config.flaws = r->flaws;
    p->config.greeting_delay_ns = SECONDS;
    p->config.idle_timeout_ns = 1000 * SECONDS;
    for (size_t i = 0; i < RECIPIENTS; i++)
        if (r->refused >> i & 1)
            verdicts[p->config.verdict_count++] =
                (struct verdict){addresses[i], "550 no"};
    p->config.verdicts = verdicts;
}

static void make_mails(struct mail *mail,
                       struct recipient to[MAILS][RECIPIENTS],
                       char stuffed[][20])
{
    for (size_t m = 0; m < MAILS; m++) {
        for (size_t i = 0; i < RECIPIENTS; i++)
            to[m][i] = (struct recipient){.address = addresses[i]};
        mail[m] = (struct mail){.from = "x",
                                .to = to[m],
                                .recipients = RECIPIENTS,
                                .plain = span_of(texts[m])};
        mail[m].stuffed.at = stuffed[m];
        mail[m].stuffed.len = wire_stuff(stuffed[m], mail[m].plain);
    }
}

/* Returns the delivery's turnarounds. */
static size_t meet(const struct row *r)
{
    static struct play p;
    const struct endpoint peer = {{192, 0, 2, 2}, 4, 25};
    struct ideal_road road = {SECONDS / 10, 0};
    struct ideal_host host = {peer, road, road, enter, NULL, &p, false};
    struct ideal_config world = {&host, 1, 0, 1000000 * SECONDS};
    struct verdict verdicts[RECIPIENTS];
    struct recipient to[MAILS][RECIPIENTS];
    struct offer_memory memory = {0};
    struct delivery_config c = {.peer = peer, .memory = &memory};
    struct patience patience = client_patience;
    struct mail mail[MAILS];
    char stuffed[MAILS][20];
    struct delivery d;
    int64_t end_ns;

    p = (struct play){0};
    make_server(&p, r, verdicts);
    make_mails(mail, to, stuffed);
    c.session = (struct client_config){.manner = r->manner,
                                       .name = "c",
                                       .patience = &patience,
                                       .mails = mail,
                                       .mail_count = r->mails};
    for (int i = 0; i < STEP_END; i++)
        patience.reply_ns[i] = PATIENCE_NS;
    if (!r->forgotten)
        offer_remember(&memory, peer, p.config.offer, 0);
    delivery_init(&d, &c);
    end_ns = ideal_run(&world, &d.machine);
    ck_assert_msg(end_ns >= 0, "%s: hangs", told(r));
    /* Each reply has its deadline, and so has the end. */
    ck_assert_msg(d.client.end != CLIENT_NOT_YET, "%s: not ended", told(r));
    ck_assert_msg(end_ns <= (int64_t)(20 * d.connections) * PATIENCE_NS,
                  "%s: %lld s", told(r), (long long)(end_ns / SECONDS));
    for (size_t m = 0; m < r->mails; m++)
        compare(r, &mail[m], p.truth.taken[m], p.truth.to[m]);
    return d.turnarounds;
}

/* clang-format off */
static const struct manner manner[] = {
    {MODE_LOCKSTEP, false}, {MODE_LOCKSTEP, true},
    {MODE_PIPELINING, false}, {MODE_PIPELINING, true},
    {MODE_CHUNKING, true}, {MODE_CHUNKING_LAST, true},
    {MODE_CHUNKING_COLLECT, true},
    {MODE_EARLY, false}, {MODE_EARLY, true},
};
/* None, the first, the last, all but the last, all. */
static const unsigned refused[] = {0, 1, 4, 3, 7};
/* clang-format on */

enum {
    MANNERS = sizeof manner / sizeof manner[0],
    REFUSALS = sizeof refused / sizeof refused[0]
};

START_TEST(every_flaw)
{
    struct row r = {.manner = manner[_i]};

    for (int a = 0; a < FLAW_COUNT; a++)
        for (int b = 0; b <= a; b++)
            for (size_t no = 0; no < REFUSALS; no++)
                for (r.mails = 1; r.mails <= MAILS; r.mails++) {
                    r.flaws = 1u << a | 1u << b;
                    r.refused = refused[no];
                    r.forgotten = false;
                    meet(&r);
                    r.forgotten = true;
                    meet(&r);
                }
}
END_TEST

/* The test above would hold of servers that are sound. */
START_TEST(flaws_show)
{
    struct row sound = {.manner = manner[_i]}, r;
    size_t differ = 0;

    for (int a = 0; a < FLAW_COUNT; a++)
        for (size_t no = 0; no < REFUSALS; no++) {
            sound.mails = 2;
            sound.refused = refused[no];
            r = sound;
            r.flaws = 1u << a;
            differ += meet(&r) != meet(&sound);
        }
    ck_assert_uint_gt(differ, 2);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/flaw");
    TCase *t = tcase_create("every flaw");

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, every_flaw, 0, MANNERS);
    tcase_add_loop_test(t, flaws_show, 0, MANNERS);
    suite_add_tcase(s, t);
    return s;
}
