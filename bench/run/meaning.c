/* SPDX-License-Identifier: BSD-2-Clause */
/* From packets to flows, from flows to events, from events to drops. */
#include "bench/run/meaning.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/overhear.h"

enum { FLOWS = 64, PREDICATES_MOST = 64 };

/* What may be dropped. The first ones are TCP's own; then for each step of a
 * conversation the command and the reply. */
/* clang-format off */
#define EVENTS(X)                                                              \
    X(SYN,     "syn",     "a client's SYN")                                    \
    X(SYN_ACK, "syn-ack", "a server's SYN with ACK")                           \
    X(FIN,     "fin",     "a FIN")                                             \
    X(RST,     "rst",     "a RST")                                             \
    X(REPLY,   "reply",   "reply CODE: the first with this code")              \
    X(GREETING_REPLY, "greeting", "the server's greeting")                     \
    X(EHLO,     "ehlo",     "EHLO or HELO")                                    \
    X(MAIL,     "mail",     "MAIL")                                            \
    X(RCPT,     "rcpt",     "RCPT")                                            \
    X(DATA,     "data",     "DATA")                                            \
    X(DATA_END, "data-end", "the dot that ends a body")                        \
    X(BDAT,     "bdat",     "BDAT, the command")                               \
    X(QUIT,     "quit",     "QUIT")                                            \
    X(STARTTLS, "starttls", "STARTTLS")                                        \
    X(EHLO_REPLY,     "ehlo-reply",     "the reply to EHLO")                   \
    X(MAIL_REPLY,     "mail-reply",     "the reply to MAIL")                   \
    X(RCPT_REPLY,     "rcpt-reply",     "the reply to RCPT")                   \
    X(DATA_REPLY,     "data-reply",     "the reply to DATA")                   \
    X(DATA_END_REPLY, "data-end-reply", "the reply to the dot")                \
    X(BDAT_REPLY,     "bdat-reply",     "the reply to BDAT")                   \
    X(QUIT_REPLY,     "quit-reply",     "the reply to QUIT")                   \
    X(STARTTLS_REPLY, "starttls-reply", "the reply to STARTTLS")
#define X(name, word, help) EVENT_##name,
enum event { EVENTS(X) EVENT_COUNT };
#undef X
#define X(name, word, help) {word, help},
static const struct {
    const char *name, *help;
} words[] = {EVENTS(X)};
#undef X

static const struct {
    enum event command, reply;
} events_of[OVERHEAR_STEP_COUNT] = {
    [OVERHEAR_GREETING] = {EVENT_COUNT,    EVENT_GREETING_REPLY},
    [OVERHEAR_EHLO]     = {EVENT_EHLO,     EVENT_EHLO_REPLY},
    [OVERHEAR_MAIL]     = {EVENT_MAIL,     EVENT_MAIL_REPLY},
    [OVERHEAR_RCPT]     = {EVENT_RCPT,     EVENT_RCPT_REPLY},
    [OVERHEAR_DATA]     = {EVENT_DATA,     EVENT_DATA_REPLY},
    [OVERHEAR_DATA_END] = {EVENT_DATA_END, EVENT_DATA_END_REPLY},
    [OVERHEAR_BDAT]     = {EVENT_BDAT,     EVENT_BDAT_REPLY},
    [OVERHEAR_QUIT]     = {EVENT_QUIT,     EVENT_QUIT_REPLY},
    [OVERHEAR_STARTTLS] = {EVENT_STARTTLS, EVENT_STARTTLS_REPLY},
    [OVERHEAR_OTHER]    = {EVENT_COUNT,    EVENT_COUNT},
};
/* clang-format on */

struct predicate {
    enum event event;
    uint32_t number; /* which one, or which code */
};

struct half {       /* what one side sends */
    uint32_t first; /* sequence number of its SYN */
    uint32_t next;  /* of its next new byte */
    bool known;     /* they are: its SYN was seen, and no gap since */
    uint32_t count[EVENT_COUNT];
};

struct flow {
    uint8_t client_ip[16], server_ip[16]; /* IPv4: the first four */
    uint16_t client_port, server_port;
    int version;                     /* of IP; 0: this entry is free */
    enum ferry_direction client_way; /* which way the client's SYN went */
    struct half half[FERRY_WAYS];
    uint64_t replied; /* predicates of `reply` that have had their packet */
    struct overhear talk;
    uint64_t used; /* the greatest is the youngest */
};

struct meaning {
    struct predicate predicate[FERRY_WAYS][PREDICATES_MOST];
    size_t count[FERRY_WAYS];
    struct flow flow[FLOWS];
    uint64_t used;
    /* Of the packet at hand: */
    struct flow *now;
    enum ferry_direction way;
    bool drop;
};

const char *meaning_word(int i, const char **help)
{
    if (i < 0 || i >= EVENT_COUNT)
        return NULL;
    *help = words[i].help;
    return words[i].name;
}

static enum event event_named(const char *name)
{
    int i = 0;

    while (i < EVENT_COUNT && strcmp(words[i].name, name) != 0)
        i++;
    return (enum event)i;
}

static int refuse_unknown(const char *what, char why[MEANING_WHY])
{
    size_t n = (size_t)snprintf(why, MEANING_WHY,
                                "drop: found \"%.40s\", which means nothing; "
                                "accepted: packet N,",
                                what);

    for (int i = 0; i < EVENT_COUNT && n < MEANING_WHY; i++)
        n += (size_t)snprintf(why + n, MEANING_WHY - n, " %s%s%s",
                              words[i].name, i == EVENT_REPLY ? " CODE" : "",
                              i + 1 < EVENT_COUNT ? "," : "");
    return -1;
}

static int check_one(const struct link_predicate *p, char why[MEANING_WHY])
{
    enum event event = event_named(p->what);

    if (event == EVENT_COUNT)
        return refuse_unknown(p->what, why);
    if (event == EVENT_REPLY && !p->numbered)
        snprintf(why, MEANING_WHY,
                 "drop reply: found no code, wanted one from 200 to 599");
    else if (event == EVENT_REPLY && (p->number < 200 || p->number > 599))
        snprintf(why, MEANING_WHY,
                 "drop reply: found %u, wanted a code from 200 to 599",
                 p->number);
    else if (p->numbered && p->number == 0)
        snprintf(why, MEANING_WHY, "drop %s: found 0, wanted 1 or more",
                 p->what);
    else
        return 0;
    return -1;
}

int meaning_check(const struct link_params *p, char why[MEANING_WHY])
{
    for (size_t i = 0; i < p->predicate_count; i++)
        if (check_one(&p->predicate[i], why) < 0)
            return -1;
    if (p->predicate_count <= PREDICATES_MOST)
        return 0;
    snprintf(why, MEANING_WHY, "drop: found %zu of them, wanted at most %d",
             p->predicate_count, PREDICATES_MOST);
    return -1;
}

size_t meaning_fault(const struct link_params *p)
{
    char why[MEANING_WHY];

    for (size_t i = 0; i < p->predicate_count; i++)
        if (i == PREDICATES_MOST || check_one(&p->predicate[i], why) < 0)
            return p->predicate[i].column;
    return 0;
}

static void learn(struct meaning *m, enum ferry_direction way,
                  const struct link_params *p)
{
    for (size_t i = 0; i < p->predicate_count; i++)
        m->predicate[way][m->count[way]++] = (struct predicate){
            event_named(p->predicate[i].what),
            p->predicate[i].numbered ? p->predicate[i].number : 1};
}

struct meaning *meaning_new(const struct link_params *up,
                            const struct link_params *down)
{
    struct meaning *m = calloc(1, sizeof *m);

    if (!m)
        abort();
    learn(m, FERRY_UP, up);
    learn(m, FERRY_DOWN, down);
    return m;
}

void meaning_free(struct meaning *m)
{
    free(m);
}

static void happen(struct meaning *m, enum event event)
{
    uint32_t n;

    if (event == EVENT_COUNT)
        return;
    n = ++m->now->half[m->way].count[event];
    for (size_t i = 0; i < m->count[m->way]; i++) {
        const struct predicate *p = &m->predicate[m->way][i];

        if (p->event == event && p->number == n)
            m->drop = true;
    }
}

static void replied(struct meaning *m, uint32_t code)
{
    for (size_t i = 0; i < m->count[m->way]; i++) {
        const struct predicate *p = &m->predicate[m->way][i];

        if (p->event != EVENT_REPLY || p->number != code ||
            m->now->replied >> i & 1)
            continue;
        m->now->replied |= UINT64_C(1) << i;
        m->drop = true;
    }
}

static void heard(void *meaning, struct overheard what)
{
    struct meaning *m = meaning;

    if (what.code == 0) {
        happen(m, events_of[what.step].command);
        return;
    }
    happen(m, events_of[what.step].reply);
    replied(m, (uint32_t)what.code);
}

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

struct segment {
    int version;
    const uint8_t *from, *to;
    size_t ip_len; /* of an address */
    uint16_t source, target;
    uint32_t seq;
    uint8_t flags;
    const uint8_t *payload;
    size_t len;
};

static unsigned word16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t word32(const uint8_t *at)
{
    return (uint32_t)word16(at) << 16 | word16(at + 2);
}

static bool read_tcp(struct segment *s, const uint8_t *tcp, size_t len)
{
    size_t head;

    if (len < 20)
        return false;
    head = (size_t)(tcp[12] >> 4) * 4;
    if (head < 20 || head > len)
        return false;
    s->source = (uint16_t)word16(tcp);
    s->target = (uint16_t)word16(tcp + 2);
    s->seq = word32(tcp + 4);
    s->flags = tcp[13];
    s->payload = tcp + head;
    s->len = len - head;
    return true;
}

/* Whole TCP packets without extension headers: our lab sends no others. */
static bool read_segment(struct segment *s, const uint8_t *ip, size_t len)
{
    size_t head = 40, all;

    if (len < 20)
        return false;
    s->version = ip[0] >> 4;
    if (s->version == 4) {
        head = (size_t)(ip[0] & 15) * 4;
        all = word16(ip + 2);
        if (head < 20 || ip[9] != IPPROTO_TCP || word16(ip + 6) & 0x3fff)
            return false;
    } else {
        if (s->version != 6 || len < 40 || ip[6] != IPPROTO_TCP)
            return false;
        all = head + word16(ip + 4);
    }
    if (all > len || all < head)
        return false;
    s->ip_len = s->version == 4 ? 4 : 16;
    s->from = s->version == 4 ? ip + 12 : ip + 8;
    s->to = s->from + s->ip_len;
    return read_tcp(s, ip + head, all - head);
}

static bool is_from_client(const struct flow *f, const struct segment *s)
{
    return f->version == s->version && f->client_port == s->source &&
           f->server_port == s->target &&
           memcmp(f->client_ip, s->from, s->ip_len) == 0 &&
           memcmp(f->server_ip, s->to, s->ip_len) == 0;
}

static bool is_from_server(const struct flow *f, const struct segment *s)
{
    return f->version == s->version && f->server_port == s->source &&
           f->client_port == s->target &&
           memcmp(f->server_ip, s->from, s->ip_len) == 0 &&
           memcmp(f->client_ip, s->to, s->ip_len) == 0;
}

static struct flow *flow_find(struct meaning *m, const struct segment *s)
{
    for (size_t i = 0; i < FLOWS; i++)
        if (is_from_client(&m->flow[i], s) || is_from_server(&m->flow[i], s))
            return &m->flow[i];
    return NULL;
}

/* Whoever sends the first packet that we see is the client. */
static void flow_begin(struct flow *f, const struct segment *s,
                       enum ferry_direction way)
{
    memset(f, 0, sizeof *f);
    f->version = s->version;
    memcpy(f->client_ip, s->from, s->ip_len);
    memcpy(f->server_ip, s->to, s->ip_len);
    f->client_port = s->source;
    f->server_port = s->target;
    f->client_way = way;
    overhear_init(&f->talk);
}

/* A new flow takes the place of the one that was silent for longest. */
static struct flow *flow_new(struct meaning *m, const struct segment *s)
{
    struct flow *f = &m->flow[0];

    for (size_t i = 1; i < FLOWS; i++)
        if (m->flow[i].used < f->used)
            f = &m->flow[i];
    flow_begin(f, s, m->way);
    return f;
}

/* A SYN with another number begins another conversation between the same
 * ports. */
static struct flow *flow_of(struct meaning *m, const struct segment *s)
{
    struct flow *f = flow_find(m, s);

    if (!f)
        return flow_new(m, s);
    if ((s->flags & (SYN | ACK)) == SYN && s->seq != f->half[m->way].first)
        flow_begin(f, s, m->way);
    return f;
}

/* Only new bytes are heard. Behind a gap nothing can be understood. */
static void hear(struct meaning *m, const struct segment *s, uint32_t seq)
{
    struct flow *f = m->now;
    struct half *h = &f->half[m->way];
    uint32_t old = h->next - seq;

    if (!h->known || s->len == 0)
        return;
    if (old > INT32_MAX) {
        h->known = false;
        return;
    }
    if (old >= s->len)
        return;
    h->next += (uint32_t)s->len - old;
    if (m->way == f->client_way)
        overhear_client(&f->talk, s->payload + old, s->len - old, heard, m);
    else
        overhear_server(&f->talk, s->payload + old, s->len - old, heard, m);
}

static void open_half(struct meaning *m, const struct segment *s)
{
    struct half *h = &m->now->half[m->way];

    if (!h->known) {
        h->first = s->seq;
        h->next = s->seq + 1;
        h->known = true;
    }
    happen(m, s->flags & ACK ? EVENT_SYN_ACK : EVENT_SYN);
}

bool meaning_drop(void *meaning, enum ferry_direction way, const uint8_t *ip,
                  size_t len)
{
    struct meaning *m = meaning;
    struct segment s;

    if (!read_segment(&s, ip, len))
        return false;
    m->way = way;
    m->drop = false;
    m->now = flow_of(m, &s);
    m->now->used = ++m->used;
    if (s.flags & SYN)
        open_half(m, &s);
    hear(m, &s, s.flags & SYN ? s.seq + 1 : s.seq);
    if (s.flags & FIN)
        happen(m, EVENT_FIN);
    if (s.flags & RST)
        happen(m, EVENT_RST);
    return m->drop;
}
