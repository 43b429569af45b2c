/* SPDX-License-Identifier: BSD-2-Clause */
/* The defaults of a scenario, and what follows from what was given. */
#include "bench/run/scenario.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/meaning.h"
#include "bench/run/qdisc.h"
#include "netem/spec.h"
#include "sim/ns3.h"
#include "smtp/flaw.h"
#include "smtp/offer.h"

#define MS INT64_C(1000000)

/* A road always has a finite rate in the kernel world: an unlimited one makes
 * the times of its TCP bimodal. */
#define KERNEL_RATE_BPS UINT64_C(100000000)

void scenario_init(struct scenario *s)
{
    *s = (struct scenario){
        .mode = MODE_PIPELINING,
        .offer = OFFERING_COUNT, /* as the mode needs it */
        .world = WORLD_KERNEL,
        .rtt_ns = -1,
        .recipients = 1,
        .messages = 1,
        .ask.classes = 1,
        .terms.policies = 1,
        .terms.domains = 1,
        .body_bytes = 1000,
        .capabilities = SCENARIO_CAPABILITIES,
        .repeat = 1,
        .seed = 1,
        .listen_ns = 1000 * MS,
    };
}

void scenario_release(struct scenario *s)
{
    free(s->uplink);
    free(s->downlink);
    free(s->dsn_words);
    free(s->terms.limit_words);
    free(s->timeout_words);
    inquiry_release(&s->ask);
    if (s->finished) {
        spec_release(&s->up);
        spec_release(&s->down);
    }
    *s = (struct scenario){0};
}

static char *copied(const char *text)
{
    return text ? strdup(text) : NULL;
}

void scenario_copy(struct scenario *to, const struct scenario *from)
{
    assert(!from->finished);
    *to = *from;
    to->uplink = copied(from->uplink);
    to->downlink = copied(from->downlink);
    to->dsn_words = copied(from->dsn_words);
    to->terms.limit_words = copied(from->terms.limit_words);
    to->timeout_words = copied(from->timeout_words);
    inquiry_copy(&to->ask, &from->ask);
}

/* What a mode by arrangement has not: it hears no offer. */
static int check_arranged(const struct scenario *s, char why[SCENARIO_WHY])
{
    const char *with = s->ask.strategy ? "strategy"
                       : s->extensions ? "extensions"
                       : s->auth       ? "auth"
                                       : NULL;

    if (!with || !manner_is_arranged(s->manner))
        return 0;
    snprintf(why, SCENARIO_WHY,
             "--%s has no meaning with --mode %s, which says no EHLO and so "
             "hears no offer of it",
             with, mode_of(s->mode)->name);
    return -1;
}

/* What QMTP has not. */
static const char *qmtp_has_no(const struct scenario *s)
{
    return s->body_by != BODY_BY_MODE                 ? "body-by"
           : s->offer == OFFERING_WARM                ? "offer warm"
           : s->helo                                  ? "helo"
           : s->tls == TLS_USE_STARTTLS               ? "tls starttls"
           : s->tls == TLS_USE_OPPORTUNISTIC          ? "tls opportunistic"
           : s->tls_early_banner                      ? "tls-early-banner"
           : s->auth                                  ? "auth"
           : s->ask.strategy                          ? "strategy"
           : s->extensions                            ? "extensions"
           : s->dsn_words                             ? "dsn"
           : s->cut_octets                            ? "cut-body"
           : s->greeting_delay_ns                     ? "greeting-delay"
           : s->flaws                                 ? "flaw"
           : s->capabilities != SCENARIO_CAPABILITIES ? "capabilities"
                                                      : NULL;
}

static int check_qmtp(const struct scenario *s, char why[SCENARIO_WHY])
{
    const char *none = qmtp_has_no(s);
    const char *replayed = s->tfo ? "tfo"
                           : s->tls_session == TLS_SESSION_0RTT
                               ? "tls-session 0rtt"
                               : NULL;

    if (!manner_is_qmtp(s->manner) || !(none || replayed))
        return 0;
    if (none)
        snprintf(why, SCENARIO_WHY,
                 "--%s has no meaning with --mode qmtp, in which there are no "
                 "commands, no greeting and no offer",
                 none);
    else
        snprintf(why, SCENARIO_WHY,
                 "--%s with --mode qmtp would send the message where it can be "
                 "replayed (RFC 7413, 2.1; RFC 8446, 8)",
                 replayed);
    return -1;
}

static int finish_mode(struct scenario *s, char why[SCENARIO_WHY])
{
    const struct mode *m = mode_of(s->mode);
    bool bdat = s->body_by == BODY_BY_BDAT ||
                (s->body_by == BODY_BY_MODE && !m->sends_by_data);

    s->manner = (struct manner){s->mode, bdat};
    if (check_qmtp(s, why) < 0)
        return -1;
    if (bdat ? !m->sends_by_bdat : !m->sends_by_data) {
        snprintf(why, SCENARIO_WHY,
                 "--mode %s sends bodies by %s: --body-by %s has no meaning "
                 "with it",
                 m->name, bdat ? "DATA" : "BDAT", bdat ? "bdat" : "data");
        return -1;
    }
    if (s->helo && (s->mode != MODE_LOCKSTEP || bdat)) {
        snprintf(why, SCENARIO_WHY,
                 "--helo goes with --mode lockstep and DATA: HELO brings no "
                 "extension that --mode %s could use",
                 m->name);
        return -1;
    }
    if (s->offer == OFFERING_COUNT)
        s->offer = manner_is_early(s->manner) && !manner_is_arranged(s->manner)
                       ? OFFERING_WARM
                       : OFFERING_COLD;
    return check_arranged(s, why);
}

/* What MAIL has no parameter for. */
static int check_extensions(const struct scenario *s, char why[SCENARIO_WHY])
{
    const uint32_t sayable = OFFER_SIZE | OFFER_8BITMIME | OFFER_SMTPUTF8 |
                             OFFER_REQUIRETLS | OFFER_CHECKPOINT | OFFER_PRDR |
                             OFFER_FOOBAR | OFFER_BARFOO;

    if (!(s->extensions & ~sayable))
        return 0;
    for (int i = 0; i < OFFER_COUNT; i++)
        if (s->extensions & ~sayable & 1u << i)
            snprintf(why, SCENARIO_WHY,
                     "--extensions: found \"%s\", wanted what MAIL can say: "
                     "SIZE, 8BITMIME, SMTPUTF8, REQUIRETLS, CHECKPOINT, PRDR",
                     offer_name(i));
    return -1;
}

/* Why TLS and AUTH cannot be had so; NULL: they can. */
static const char *tls_nonsense(const struct scenario *s)
{
    bool starttls = s->tls == TLS_USE_STARTTLS;

    if (s->tls == TLS_USE_NONE &&
        (s->tls_version || s->tls_session || s->tls_early_banner))
        return "--tls-version, --tls-session and --tls-early-banner need --tls";
    if (s->tls_session == TLS_SESSION_0RTT && s->tls_version == TLS_RELEASE_12)
        return "--tls-session 0rtt: TLS 1.2 has none; wanted --tls-version 1.3";
    if (s->tls_early_banner &&
        (s->tls != TLS_USE_IMPLICIT || s->tls_version == TLS_RELEASE_12))
        return "--tls-early-banner goes with --tls implicit and TLS 1.3";
    if (s->helo && (starttls || s->auth))
        return "--helo brings no STARTTLS and no AUTH";
    if (s->tfo && s->mode == MODE_QUICKSTART_B && starttls)
        return "--tfo has no meaning with --mode quickstart-b and --tls "
               "starttls: its TLS hello is said with STARTTLS, and does not "
               "ride in a SYN";
    if (s->tls == TLS_USE_OPPORTUNISTIC && s->auth)
        return "--auth with --tls opportunistic could tell a password in the "
               "clear: wanted --tls starttls or implicit";
    return NULL;
}

/* 0-RTT data can be replayed by whoever has seen it (RFC 8446, 8). EHLO, MAIL,
 * RCPT and DATA do nothing until the body comes, which waits for 354 and so
 * for the handshake; a body, or a password, must not go so. */
static const char *early_data_nonsense(const struct scenario *s)
{
    if (s->tls_session != TLS_SESSION_0RTT || !manner_is_early(s->manner))
        return NULL;
    if (s->manner.bdat)
        return "--tls-session 0rtt with --mode early, or quickstart-b, and "
               "--body-by bdat would send the message as 0-RTT data, which can "
               "be replayed: wanted "
               "--body-by data";
    return s->auth ? "--tls-session 0rtt with --mode early, or quickstart-b, "
                     "and --auth would send the password as 0-RTT data, which "
                     "can be replayed"
                   : NULL;
}

static int finish_tls(const struct scenario *s, char why[SCENARIO_WHY])
{
    const char *wrong = tls_nonsense(s);

    if (!wrong)
        wrong = early_data_nonsense(s);
    if (wrong)
        snprintf(why, SCENARIO_WHY, "%s", wrong);
    return wrong ? -1 : 0;
}

size_t scenario_turnarounds(const struct scenario *s)
{
    static const unsigned lines[] = {[AUTH_NONE] = 0,
                                     [AUTH_PLAIN] = 1,
                                     [AUTH_LOGIN] = 2,
                                     [AUTH_PLAIN_LATER] = 2,
                                     [AUTH_LOGIN_LATER] = 3};
    bool behind =
        s->tls == TLS_USE_STARTTLS ||
        (s->tls == TLS_USE_OPPORTUNISTIC && s->capabilities & OFFER_STARTTLS);
    struct prelude p = {s->tls == TLS_USE_IMPLICIT ? SECURITY_IMPLICIT
                        : behind                   ? SECURITY_STARTTLS
                                                   : SECURITY_NONE,
                        lines[s->auth], false, false, false};
    bool arranged = manner_is_arranged(s->manner);
    bool cold = s->offer == OFFERING_COLD && !arranged;
    struct manner m = cold ? manner_cold(s->manner) : s->manner;
    /* BSMTP's reply stands behind the greeting. */
    int64_t answer_ns = s->up.base.delay.ns + s->down.base.delay.ns +
                        s->greeting_delay_ns + 2 * s->think_ns;
    bool speaks_first = behind || manner_is_early(m);
    struct handshake h =
        handshake_of(s->tls_version == TLS_RELEASE_13,
                     s->tls_session != TLS_SESSION_FULL, s->tls_early_banner,
                     s->tls_session == TLS_SESSION_0RTT && speaks_first);

    p.joint = arranged && behind;
    p.qtls = s->mode == MODE_QUICKSTART_A && behind;
    p.answered = arranged && !behind && s->listen_ns >= answer_ns;
    return plan_turnarounds_shared(p, h, m, terms_portions(s),
                                   (size_t)s->messages, (size_t)s->recipients);
}

static int finish_link(struct scenario *s, const char *name, const char *words,
                       int64_t half_ns, struct link_params *link,
                       char why[SCENARIO_WHY])
{
    struct spec_error e;
    char wrong[MEANING_WHY];

    if (spec_parse(words ? words : "", link, &e) < 0) {
        snprintf(why, SCENARIO_WHY, "--%s: %s", name, e.text);
        return -1;
    }
    if (meaning_check(link, wrong) < 0) {
        snprintf(why, SCENARIO_WHY, "--%s: %.550s", name, wrong);
        spec_release(link);
        return -1;
    }
    if (s->rtt_ns >= 0 && link->base.delay.ns > 0) {
        snprintf(why, SCENARIO_WHY,
                 "--rtt and a delay in --%s together: which one is it?", name);
        spec_release(link);
        return -1;
    }
    if (link->base.delay.ns == 0)
        link->base.delay.ns = half_ns;
    if (s->world == WORLD_KERNEL && !link->rated && s->road != ROAD_NONE)
        link->base.rate.bps = KERNEL_RATE_BPS;
    if (s->world == WORLD_KERNEL && link->limit == 0)
        link->limit = link_limit_packets(link); /* so that it is told */
    return 0;
}

const char *scenario_not_ideal(const struct link_params *l)
{
    if (l->base.delay.jitter_ns)
        return "jitter";
    if (l->base.loss.model != LINK_LOSS_NONE)
        return "loss";
    if (l->base.corrupt.pct > 0)
        return "corrupt";
    if (l->base.duplicate.pct > 0)
        return "duplicate";
    if (l->base.reorder.chance.pct > 0)
        return "reorder";
    if (l->base.rate.trace)
        return "rate trace";
    if (l->base.rate.packet_overhead || l->base.rate.cell_bytes)
        return "the overhead of a rate";
    if (l->queue.discipline != LINK_QUEUE_NONE)
        return "queue";
    if (l->limit)
        return "limit";
    if (l->slot.on)
        return "slot";
    if (l->change_count)
        return "a change at a time";
    return l->drop_count || l->predicate_count ? "drop" : NULL;
}

static int check_ideal(const char *name, const struct link_params *l,
                       char why[SCENARIO_WHY])
{
    const char *not = scenario_not_ideal(l);

    if (!not )
        return 0;
    snprintf(why, SCENARIO_WHY,
             "--%s: the ideal world knows delay and rate alone, not %s: use "
             "--world ns3 or --world kernel",
             name, not );
    return -1;
}

/* A flaw that could not show would look like a server that is sound. */
static int check_flaws(const struct scenario *s, char why[SCENARIO_WHY])
{
    if (!(s->flaws & FLAW_EARLY_TALKER) || s->greeting_delay_ns + s->think_ns)
        return 0;
    snprintf(why, SCENARIO_WHY,
             "--flaw early-talker needs --greeting-delay: a server that greets "
             "at once has heard nobody before");
    return -1;
}

/* Roads and ports are the kernel world's; timers that can be chosen, ns-3's. */
static int check_owner(const struct scenario *s, char why[SCENARIO_WHY])
{
    if (s->tcp != TCP_LINUX && s->world != WORLD_NS3)
        snprintf(why, SCENARIO_WHY,
                 "--tcp %s has no meaning with --world %s, which has %s: use "
                 "--world ns3",
                 tcp_name(s->tcp), world_name(s->world),
                 s->world == WORLD_KERNEL ? "this kernel's TCP" : "no TCP");
    else if (s->road != ROAD_FERRY && s->world != WORLD_KERNEL)
        snprintf(why, SCENARIO_WHY,
                 "--road %s has no meaning with --world %s: roads carry the "
                 "packets of --world kernel",
                 road_name(s->road), world_name(s->world));
    else if (s->port != PORT_VETH && s->world != WORLD_KERNEL)
        snprintf(why, SCENARIO_WHY,
                 "--port tun has no meaning with --world %s: use --world "
                 "kernel",
                 world_name(s->world));
    else
        return 0;
    return -1;
}

static int check_world(const struct scenario *s, char why[SCENARIO_WHY])
{
    if (check_owner(s, why) < 0)
        return -1;
    if (s->world == WORLD_IDEAL && check_ideal("uplink", &s->up, why) < 0)
        return -1;
    if (s->world == WORLD_IDEAL && check_ideal("downlink", &s->down, why) < 0)
        return -1;
    if (s->world == WORLD_NS3 && s->tfo) {
        snprintf(why, SCENARIO_WHY,
                 "--tfo: ns-3's TCP has no TCP Fast Open: use --world ideal or "
                 "--world kernel");
        return -1;
    }
    return 0;
}

/* What of a link's words the road cannot do; NULL: it can. */
static const char *road_lacks(const struct scenario *s,
                              const struct link_params *l)
{
    return s->road == ROAD_NS3 ? ns3_road_lacks(l) : qdisc_lacks(l);
}

/* What goes with the ferry alone. */
static int check_road(const struct scenario *s, char why[SCENARIO_WHY])
{
    const char *lacks;

    if (s->world != WORLD_KERNEL || s->road == ROAD_FERRY)
        return 0;
    lacks = road_lacks(s, &s->up);
    if (!lacks)
        lacks = road_lacks(s, &s->down);
    if (s->road != ROAD_NS3 && s->port != PORT_VETH)
        snprintf(why, SCENARIO_WHY,
                 "--port tun goes with --road ferry or ns3, not %s",
                 road_name(s->road));
    else if (s->road == ROAD_NONE &&
             (s->rtt_ns > 0 || s->uplink || s->downlink))
        snprintf(why, SCENARIO_WHY,
                 "--road none delays nothing: --rtt, --uplink and --downlink "
                 "have no meaning with it");
    else if (lacks)
        snprintf(why, SCENARIO_WHY,
                 "--road %s: %s has no \"%s\": use --road ferry for it",
                 road_name(s->road), s->road == ROAD_NS3 ? "ns-3" : "netem",
                 lacks);
    else
        return 0;
    return -1;
}

int scenario_finish(struct scenario *s, char why[SCENARIO_WHY])
{
    const char *down = s->downlink ? s->downlink : s->uplink;
    int64_t rtt_ns = s->rtt_ns >= 0 ? s->rtt_ns : 200 * MS;

    assert(!s->finished);
    if (s->world == WORLD_KERNEL && s->road == ROAD_NONE && s->rtt_ns < 0)
        rtt_ns = 0;
    if (inquiry_finish(s, why) < 0 || finish_mode(s, why) < 0 ||
        finish_tls(s, why) < 0 || check_extensions(s, why) < 0 ||
        terms_finish(s, why) < 0 || check_flaws(s, why) < 0)
        return -1;
    if (finish_link(s, "uplink", s->uplink, rtt_ns / 2, &s->up, why) < 0)
        return -1;
    if (finish_link(s, "downlink", down, rtt_ns - rtt_ns / 2, &s->down, why) <
        0) {
        spec_release(&s->up);
        return -1;
    }
    s->finished = true;
    return check_road(s, why) < 0 ? -1 : check_world(s, why);
}
