/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions one after the other, until the messages are through or nothing
 * more can be tried. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/alarm.h"
#include "smtp/delivery_inner.h"

/* A server that cuts every session will cut the next one too. */
enum { RESUMES = 5 };

static const struct offer *recall(const struct delivery *d, bool secure,
                                  struct offer *copy)
{
    const struct offer *known = NULL;

    if (d->config->memory)
        known = offer_recall_as(d->config->memory, d->config->peer, secure);
    if (!known)
        return NULL;
    *copy = *known;
    return copy;
}

static void begin_session(struct delivery *d)
{
    d->session = d->config->session;
    if (d->pieces > 0) {
        d->session.mails += d->piece;
        d->session.mail_count = 1;
    }
    d->session.mails += d->done;
    if (d->pieces == 0)
        d->session.mail_count = d->total - d->done;
    if (d->session.mail_room > 0)
        d->session.mail_room -= (uint32_t)d->done;
    if (d->cold && manner_is_arranged(d->session.manner))
        d->session.manner = manner_cold(d->session.manner);
    if (d->apart)
        d->session.bargain = NULL;
    d->session.remembered = recall(d, false, &d->known);
    d->session.remembered_secure = recall(d, true, &d->known_secure);
    client_init(&d->client, &d->session, d->config->peer);
    d->outermost = &d->client.machine;
    if (d->config->tls)
        d->tls = malloc(sizeof *d->tls);
    if (d->tls) {
        tls_machine_init(d->tls, d->config->tls, &d->client.machine);
        d->outermost = &d->tls->machine;
    }
    d->connections++;
    d->stream = d->streams++;
    d->counted = false;
}

/* Only an offer that a session can begin from is worth remembering. */
static bool is_useful(const struct offer *o)
{
    return o->has & OFFER_PIPELINING &&
           (o->has & OFFER_PIPECONNECT ||
            (o->has & OFFER_QUICKSTART && o->qhlo_id[0]));
}

/* As with Exim, limits that are others than they were spoil nothing of the
 * session, and the next one begins knowing nothing. */
static void learn_one(const struct delivery *d, bool secure, bool known,
                      struct offer o)
{
    const struct client *c = &d->client;
    const struct offer *was =
        secure ? d->session.remembered_secure : d->session.remembered;
    bool early = secure == c->secure ? c->early : c->early_clear;
    bool same = !early || !was || limits_equal(&was->limits, &o.limits);

    if (c->end != CLIENT_STALE && known && same && is_useful(&o))
        offer_remember_as(d->config->memory, d->config->peer, secure, o,
                          c->now_ns);
    else if (c->end == CLIENT_STALE || known)
        offer_forget_as(d->config->memory, d->config->peer, secure);
}

static void learn(const struct delivery *d)
{
    const struct client *c = &d->client;

    if (!d->config->memory)
        return;
    learn_one(d, c->secure, c->offer_known, c->offer);
    if (c->clear_known)
        learn_one(d, false, true, c->clear_offer);
}

static size_t turnarounds_within(const struct delivery *d)
{
    return d->tls ? d->tls->turnarounds : 0;
}

/* TCP's handshake was over before TLS began, where that came first. */
static int64_t connected_ns(const struct delivery *d)
{
    bool implicit = d->tls && d->config->tls->implicit;

    return implicit ? d->tls->began_ns : d->client.opened_ns;
}

static void add_session(struct delivery *d)
{
    const struct client *c = &d->client;

    d->counted = true;
    d->fast +=
        d->config->tls && d->config->tls->implicit ? d->tls->fast : c->fast;
    d->decisions += c->decisions;
    d->mails_sent = d->done + c->mails_sent;
    d->turnarounds += c->waits.turnarounds + turnarounds_within(d);
    d->tls_turnarounds += turnarounds_within(d);
    d->tls_wait_ns += d->tls ? d->tls->wait_ns : 0;
    for (int i = 0; i < STEP_END; i++)
        d->wait_ns[i] += c->waits.ns[i];
    if (connected_ns(d) != NEVER_NS)
        d->handshake_ns += connected_ns(d) - c->started_ns;
    d->accepted_ns = delivery_later(d->accepted_ns, c->accepted_ns);
    d->closed_ns = delivery_later(d->closed_ns, c->closed_ns);
    d->bytes_out += c->bytes_out;
    d->bytes_in += c->bytes_in;
}

size_t delivery_turnarounds(const struct delivery *d)
{
    size_t sum = d->turnarounds;

    if (!d->counted)
        sum += d->client.waits.turnarounds + turnarounds_within(d);
    for (size_t i = 0; i < d->config->mate_count; i++)
        if (d->config->mates[i].busy)
            sum += delivery_turnarounds(&d->config->mates[i].delivery);
    return sum;
}

/* It has come to its end, and to the reply to QUIT where that was said. */
static bool session_done(const struct client *c)
{
    return c->end != CLIENT_NOT_YET && (c->owed == 0 || !c->opened);
}

bool delivery_is_over(const struct delivery *d)
{
    return d->counted &&
           (d->client.end == CLIENT_FINISHED || !d->client.opened);
}

static void release_session(struct delivery *d)
{
    client_forget(&d->client);
    if (d->tls)
        tls_machine_release(d->tls);
    free(d->tls);
    d->tls = NULL;
    d->outermost = NULL;
}

/* Without memory for TLS nothing is said, least of all in the clear. */
static void start_session(struct delivery *d)
{
    release_session(d);
    d->own_ns = NEVER_NS;
    begin_session(d);
    machine_tell(d->outermost,
                 &(struct told){.kind = TOLD_START, .now_ns = d->now_ns});
    if (d->config->tls && !d->tls)
        machine_tell(d->outermost, &(struct told){.kind = TOLD_REFUSED,
                                                  .error = ENOMEM,
                                                  .now_ns = d->now_ns});
}

/* The same once more, knowing nothing. */
static void retry(struct delivery *d)
{
    for (size_t i = 0; i < d->session.mail_count || i < d->client.all; i++)
        mail_retry(&d->session.mails[i]);
    if (d->pieces == 0)
        d->total = d->done + d->client.all;
    if (d->session.bargain)
        bargain_undo(d->session.mails, d->client.to, d->client.recipients);
    d->cold = true;
    start_session(d);
}

/* RFC 1845, 4: what was cut goes on in another session, and what was to come
 * behind it follows. */
static bool resume(struct delivery *d)
{
    struct mail *m = d->session.mails;
    size_t count = d->client.all, i = 0;

    while (i < count && !m[i].cut)
        i++;
    if (i == count || d->pieces > 0 || d->resumes == RESUMES)
        return false;
    d->resumes++;
    d->total = d->done + count;
    d->done += i;
    m[i].fate = MAIL_PENDING; /* its recipients stand */
    while (++i < count)
        mail_retry(&m[i]);
    start_session(d);
    return true;
}

static bool closed_on(const struct mail *m)
{
    return m->code == 421 &&
           (m->fate == MAIL_DEFERRED || m->fate == MAIL_UNCERTAIN);
}

/* The first mail that the session has left to another: by the number of those
 * that it may have, or since the server would have no more of them (421 to
 * MAIL, behind which nothing is obeyed). 0: none, or it has come to nothing. */
static size_t first_left(const struct client *c)
{
    bool refused = c->end_step == STEP_MAIL || c->end_step == STEP_NEXT;
    size_t i = c->all;

    if (c->end == CLIENT_FINISHED)
        return c->mail_count < c->all ? c->mail_count : 0;
    if (c->end != CLIENT_REJECTED || c->code != 421 || !refused)
        return 0;
    while (i > 0 && closed_on(&c->config->mails[i - 1]))
        i--;
    return i < c->all ? i : 0;
}

/* What is left goes in a session of its own. */
static bool go_on(struct delivery *d)
{
    size_t all = d->client.all, left = first_left(&d->client);
    bool may = d->session.mail_room > 0 || d->session.mails_max > 0;

    if (!may || left == 0 || d->pieces > 0)
        return false;
    for (size_t i = left; i < all; i++)
        mail_retry(&d->session.mails[i]);
    d->total = d->done + all;
    d->done += left;
    start_session(d);
    return true;
}

/* Each recipient has a mail, for a session of its own. */
static void split(struct delivery *d)
{
    const struct client_config *c = &d->config->session;
    const struct mail whole = c->mails[0];

    d->mail_count = d->total = c->mail_count;
    if (!c->bargain || c->bargain->strategy->sharing != SHARING_NONE ||
        whole.recipients == 1)
        return;
    assert(c->bargain->mail_room >= whole.recipients);
    d->mail_count = d->pieces = whole.recipients;
    for (size_t i = 0; i < whole.recipients; i++) {
        c->mails[i] = whole;
        c->mails[i].to += i;
        c->mails[i].recipients = 1;
    }
}

/* What the answers left to do; who cannot be reached now will not be for the
 * next mail. */
static void look_back(struct delivery *d)
{
    const struct client *c = &d->client;

    if (c->left > 0) {
        d->apart = true;
        d->pieces = d->mail_count = c->left;
    } else if (d->pieces == 0) {
        d->mail_count =
            d->done + (c->all > c->mail_count ? c->all : c->mail_count);
    }
    while (c->end == CLIENT_UNREACHABLE && d->next < d->pieces)
        mail_settle(&d->config->session.mails[d->next++], false, 0);
}

static void start_pieces(struct delivery *d)
{
    if (d->next < d->pieces) {
        d->piece = d->next++;
        start_session(d);
    }
    delivery_start_mates(d);
}

static size_t delivery_tell(struct machine *m, const struct told *t)
{
    struct delivery *d = (struct delivery *)m;
    struct told inner = *t;

    d->now_ns = t->now_ns;
    if (t->kind == TOLD_START) {
        d->started_ns = t->now_ns;
        split(d);
        if (d->pieces > 0)
            start_pieces(d);
        else
            start_session(d);
        return 0;
    }
    if (t->kind == TOLD_WAKE) {
        d->alarm_ns = NEVER_NS;
        delivery_wake_mates(d);
        if (d->now_ns < d->own_ns)
            return 0;
        d->own_ns = NEVER_NS;
    } else if (t->stream != d->stream) {
        return delivery_tell_mate(d, t);
    }
    inner.stream = 0;
    return machine_tell(d->outermost, &inner);
}

/* What its own session wants; and another begins where that is done. */
static struct ask ask_session(struct delivery *d)
{
    struct ask a = machine_ask(d->outermost);

    a.stream = d->stream;
    if (a.kind != ASK_NOTHING || !session_done(&d->client))
        return a;
    if (!d->counted) {
        add_session(d);
        learn(d);
        if (d->client.end == CLIENT_STALE) {
            retry(d);
            return ask_session(d);
        }
        if (resume(d) || go_on(d))
            return ask_session(d);
        look_back(d);
    }
    if (d->next == d->pieces || !delivery_is_over(d))
        return a;
    start_pieces(d);
    return ask_session(d);
}

/* One alarm for all. */
static struct ask alarm_clock(struct delivery *d)
{
    int64_t at_ns = delivery_mates_alarm(d);

    if (d->own_ns < at_ns)
        at_ns = d->own_ns;
    return ask_wake_at(&d->alarm_ns, at_ns);
}

static struct ask delivery_ask(struct machine *m)
{
    struct delivery *d = (struct delivery *)m;
    struct ask a;

    while ((a = ask_session(d)).kind == ASK_WAKE)
        d->own_ns = a.at_ns;
    if (a.kind == ASK_NOTHING)
        a = delivery_ask_mates(d);
    return a.kind == ASK_NOTHING ? alarm_clock(d) : a;
}

void delivery_init(struct delivery *d, const struct delivery_config *config)
{
    memset(d, 0, sizeof *d);
    d->machine = (struct machine){delivery_tell, delivery_ask};
    d->config = config;
    d->started_ns = d->accepted_ns = d->closed_ns = NEVER_NS;
    d->own_ns = d->alarm_ns = NEVER_NS;
    d->stream = -1;
    for (size_t i = 0; i < config->mate_count; i++) {
        config->mates[i].busy = false;
        config->mates[i].stream = -1;
    }
}

void delivery_release(struct delivery *d)
{
    release_session(d);
    for (size_t i = 0; i < d->config->mate_count; i++)
        if (d->config->mates[i].busy)
            delivery_release(&d->config->mates[i].delivery);
}

const char *delivery_tls_why(const struct delivery *d)
{
    return d->tls ? d->tls->engine.why : "";
}
