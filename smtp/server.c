/* SPDX-License-Identifier: BSD-2-Clause */
/* The server half of a session: a table of verbs, and tasks that may take
 * their time. */
#include "smtp/server.h"

#include <stdlib.h>
#include <string.h>

#include "smtp/alarm.h"
#include "smtp/server_flaw.h"
#include "smtp/verbs.h"

#define SECONDS INT64_C(1000000000)

/* Room in `out` for the longest reply (RFC 5321, 4.5.3.1.5, and EHLO's) but
 * one: what a recipient can take has a place of its own. */
#define REPLY_MAX 700

void server_defaults(struct server_config *c, const char *name)
{
    *c = (struct server_config){
        .name = name,
        .offer.has = OFFER_PIPELINING | OFFER_CHUNKING | OFFER_PIPECONNECT |
                     OFFER_8BITMIME,
        .idle_timeout_ns = 300 * SECONDS,
    };
}

void server_speak_lmtp(struct server_config *c)
{
    c->lmtp = true;
    c->offer.has |= OFFER_PIPELINING | OFFER_ENHANCEDSTATUSCODES;
}

/* A reply each, as there is room, and as each is thought about. */
static void say_verdicts(struct server *s)
{
    bool thinks = s->config->think_ns > 0;

    while (s->verdicts.left > 0 && s->task == TASK_NONE) {
        if (thinks || sizeof s->out - s->out_len <= REPLY_MAX) {
            s->task = TASK_VERDICT;
            s->task_ns = s->now_ns + s->config->think_ns;
        } else {
            verbs_verdict(s);
        }
    }
}

static void carry_out(struct server *s)
{
    enum server_task task = s->task;

    s->task = TASK_NONE;
    s->idle_ns = s->now_ns + s->config->idle_timeout_ns;
    switch (task) {
    case TASK_NONE:
        break;
    case TASK_GREET:
        verbs_greet(s);
        break;
    case TASK_COMMAND:
        verbs_line(s);
        wire_line_clear(&s->line);
        break;
    case TASK_ANSWER:
        verbs_answer(s);
        wire_line_clear(&s->line);
        break;
    case TASK_TEXT_END:
        verbs_text_end(s);
        break;
    case TASK_CHUNK_END:
        verbs_chunk_end(s);
        break;
    case TASK_VERDICT:
        verbs_verdict(s);
        break;
    }
    say_verdicts(s);
}

/* Each reply costs the server its time to think. */
static void set_task(struct server *s, enum server_task task, int64_t delay_ns)
{
    s->task = task;
    s->task_ns = s->now_ns + delay_ns;
    if (delay_ns == 0)
        carry_out(s);
}

static void early_talker(struct server *s)
{
    s->early_talker = true;
    if (!(s->config->flaws & FLAW_EARLY_TALKER))
        return;
    s->task = TASK_NONE;
    verbs_leave(s, "554 SMTP synchronization error");
}

static size_t take_line(struct server *s, struct span in)
{
    size_t taken = wire_line_feed(&s->line, in);
    struct span line = {s->line.at, s->line.len};

    if (!s->line.whole)
        return taken;
    if (s->state == SERVER_ANSWER) {
        set_task(s, TASK_ANSWER, s->config->think_ns);
        return taken;
    }
    /* BDAT itself has no reply to think about: its last octet has. */
    if (wire_command(line).verb == VERB_BDAT) {
        set_task(s, TASK_COMMAND, 0);
        if (s->state == SERVER_CHUNK && s->chunk_left == 0)
            set_task(s, TASK_CHUNK_END, s->config->think_ns);
    } else {
        set_task(s, TASK_COMMAND, s->config->think_ns);
    }
    return taken;
}

static void come_on(struct server *s, size_t taken)
{
    s->progress += taken;
    if (s->progress < SERVER_PROGRESS)
        return;
    s->progress = 0;
    s->idle_ns = s->now_ns + s->config->idle_timeout_ns;
}

static size_t take_data(struct server *s, struct span in)
{
    char text[4096 + 2];
    struct unstuffed u;

    if (in.len > sizeof text - 2)
        in.len = sizeof text - 2;
    u = wire_unstuff(&s->unstuff, in, text);
    come_on(s, u.taken);
    verbs_text(s, (struct span){text, u.len});
    if (u.end && !s->abort)
        set_task(s, TASK_TEXT_END, s->config->think_ns);
    return u.taken;
}

static size_t take_chunk(struct server *s, struct span in)
{
    if (in.len > s->chunk_left)
        in.len = (size_t)s->chunk_left;
    if (!s->chunk_void)
        verbs_text(s, in);
    s->chunk_left -= in.len;
    come_on(s, in.len);
    if (s->chunk_left == 0)
        set_task(s, TASK_CHUNK_END, s->config->think_ns);
    return in.len;
}

static size_t take_some(struct server *s, struct span in)
{
    if (s->drop_input)
        return in.len;
    switch (s->state) {
    case SERVER_COMMAND:
    case SERVER_ANSWER:
        return take_line(s, in);
    case SERVER_TEXT:
        return take_data(s, in);
    case SERVER_CHUNK:
        return take_chunk(s, in);
    case SERVER_SECURING:
        return 0;
    case SERVER_LEAVING:
        break;
    }
    return in.len;
}

static bool may_take(const struct server *s)
{
    return s->task == TASK_NONE && !s->abort && s->state != SERVER_SECURING &&
           s->flood_left == 0 && !s->long_reply.at &&
           sizeof s->out - s->out_len > REPLY_MAX;
}

static size_t take(struct server *s, struct span in)
{
    size_t taken = 0;

    if (!s->greeted && s->task == TASK_GREET)
        early_talker(s);
    while (taken < in.len && may_take(s))
        taken += take_some(s, (struct span){in.at + taken, in.len - taken});
    s->drop_input = false;
    s->input_left = taken < in.len;
    return taken;
}

/* While the server has something to do it is not the client that is idle. A
 * flaw loses what lies ready, and nothing that is still to come. */
static void ring(struct server *s)
{
    s->alarm_ns = NEVER_NS;
    if (s->task != TASK_NONE) {
        if (s->now_ns >= s->task_ns)
            carry_out(s);
        s->drop_input &= s->input_left;
    } else if (s->now_ns >= s->idle_ns) {
        if (s->state == SERVER_LEAVING)
            s->abort = true;
        else
            verbs_leave(s, "421 timed out");
    }
}

static void drop_long_reply(struct server *s)
{
    free(s->long_reply.at);
    s->long_reply.at = NULL;
    s->long_reply.taken = false;
}

/* What the last ask took is said. */
static void clear_said(struct server *s)
{
    if (s->out_taken)
        s->out_len = s->dripped = 0;
    s->out_taken = false;
    if (s->long_reply.taken)
        drop_long_reply(s);
}

static void over(struct server *s)
{
    verbs_forget(s);
    s->open = false;
    s->task = TASK_NONE;
    s->idle_ns = NEVER_NS;
    s->out_len = s->dripped = 0;
    drop_long_reply(s);
}

/* RFC 3207, 4.2: it is as if nothing had been said yet, but for the greeting;
 * what was in the clear behind STARTTLS has not even been read. */
static void begin_again(struct server *s)
{
    verbs_forget(s);
    s->known_by_name = s->batch;
    s->authenticated = s->drop_input = false;
    s->state = SERVER_COMMAND;
    wire_line_clear(&s->line);
    s->idle_ns = s->now_ns + s->config->idle_timeout_ns;
    if (s->greet_due)
        set_task(s, TASK_GREET, s->config->think_ns);
    s->greet_due = false;
}

static void open_session(struct server *s, const struct told *t)
{
    s->secure = t->secure;
    s->peer = t->peer;
    if (s->open) {
        begin_again(s);
        return;
    }
    s->open = true;
    s->idle_ns = s->now_ns + s->config->idle_timeout_ns;
    set_task(s, TASK_GREET, s->config->greeting_delay_ns + s->config->think_ns);
}

static size_t server_tell(struct machine *m, const struct told *t)
{
    struct server *s = (struct server *)m;

    clear_said(s);
    s->now_ns = t->now_ns;
    switch (t->kind) {
    case TOLD_OPENED:
        open_session(s, t);
        break;
    case TOLD_BYTES:
        return take(s, t->bytes);
    case TOLD_END:
        s->ended = true;
        break;
    case TOLD_RESET:
        over(s);
        break;
    case TOLD_WAKE:
        ring(s);
        break;
    case TOLD_START:
    case TOLD_REFUSED:
    case TOLD_DATAGRAM:
        break;
    }
    return 0;
}

/* RFC 2920, 3.2: held replies go when the input is empty (7), and all go when
 * one among them must not be held (5) or no more would fit. */
static bool must_send(const struct server *s)
{
    bool waits = s->input_left || s->config->flaws & FLAW_HOLD;

    return s->out_len > 0 &&
           (s->urgent || !waits || s->ended || s->dripped > 0 ||
            s->flood_left > 0 || s->long_reply.at ||
            sizeof s->out - s->out_len <= REPLY_MAX);
}

/* An octet, where they leave one by one; else all there is. */
static struct ask send_replies(struct server *s)
{
    int64_t drip_ns = flaw_drip_ns(s);
    struct span bytes = {s->out + s->dripped, s->out_len - s->dripped};

    if (s->dripped == 0)
        flaw_disorder(s);
    if (drip_ns > 0) {
        bytes.len = 1;
        s->gate_ns = s->now_ns + drip_ns;
        if (s->state != SERVER_LEAVING) /* it is not the client that is slow */
            s->idle_ns = s->now_ns + s->config->idle_timeout_ns;
    }
    s->dripped += bytes.len;
    if (s->dripped == s->out_len) {
        s->out_taken = true;
        s->urgent = false;
    }
    return (struct ask){.kind = ASK_SEND, .bytes = bytes};
}

/* The client has half-closed: what it is owed is still said, then we close. */
static bool all_said(const struct server *s)
{
    return s->ended && s->task == TASK_NONE && s->open;
}

/* How the session ends, once nothing is left to be sent. */
static struct ask control(struct server *s)
{
    if (s->open && s->abort) {
        over(s);
        return (struct ask){.kind = ASK_ABORT};
    }
    if (s->open && s->tls_due) {
        s->tls_due = false;
        return (struct ask){.kind = ASK_OPEN, .secure = true};
    }
    if (s->open && (s->half_close || all_said(s)) && !s->half_closed) {
        s->half_closed = true;
        s->idle_ns = s->now_ns + SERVER_LINGER_NS;
        if (s->ended)
            over(s);
        return (struct ask){.kind = ASK_HALF_CLOSE};
    }
    if (s->open && s->half_closed && s->ended)
        over(s);
    return (struct ask){.kind = ASK_NOTHING};
}

static struct ask alarm_clock(struct server *s)
{
    int64_t at = s->task != TASK_NONE ? s->task_ns : s->idle_ns;
    bool gated = must_send(s) && s->now_ns < s->gate_ns;

    if (gated && s->gate_ns < at)
        at = s->gate_ns;
    return ask_wake_by(&s->alarm_ns, at);
}

static struct ask server_ask(struct machine *m)
{
    struct server *s = (struct server *)m;
    struct ask a;

    clear_said(s);
    verbs_flood(s);
    if (s->task == TASK_VERDICT && s->now_ns >= s->task_ns)
        carry_out(s);
    if (must_send(s))
        return s->now_ns < s->gate_ns ? alarm_clock(s) : send_replies(s);
    if (s->long_reply.at) {
        s->long_reply.taken = true;
        return (struct ask){.kind = ASK_SEND,
                            .bytes = {s->long_reply.at, s->long_reply.len}};
    }
    a = control(s);
    return a.kind == ASK_NOTHING ? alarm_clock(s) : a;
}

void server_init(struct server *s, const struct server_config *config)
{
    memset(s, 0, sizeof *s);
    s->machine = (struct machine){server_tell, server_ask};
    s->config = config;
    s->idle_ns = s->alarm_ns = NEVER_NS;
}
