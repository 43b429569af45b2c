/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzes TLS: records, and damaged records of a true peer, into a client and
 * a server, before, in and behind the handshake. The first byte says which
 * end, version and way; then come orders of four bytes: carry what the peer
 * says, or a byte of it changed, or bytes of the input. No plaintext may come
 * out that the peer did not say, and nothing is told that must not be.
 * Handshakes are dear. Runs in a check: 2000. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/tls_certificate.h"
#include "smtp/tls_machine.h"

#define TODAY 1800000000
#define SPOKEN "the only words that there are\r\n"

enum { CLIENT, SERVER };

/* Says its words once it may, and hears no others. */
struct speaker {
    struct machine machine;
    bool client, asked, said, secure, closed, over;
    bool upgrade; /* asks for TLS once it is open */
    size_t heard;
};

static size_t speaker_tell(struct machine *m, const struct told *t)
{
    struct speaker *s = (struct speaker *)m;

    assert(!s->over);
    switch (t->kind) {
    case TOLD_OPENED:
        assert(!s->secure);
        s->secure = t->secure;
        s->asked |= !t->secure;
        break;
    case TOLD_BYTES:
        if (!s->secure)
            return s->upgrade ? 0 : t->bytes.len;
        for (size_t i = 0; i < t->bytes.len; i++, s->heard++) {
            assert(s->heard < strlen(SPOKEN));
            assert(t->bytes.at[i] == SPOKEN[s->heard]);
        }
        return t->bytes.len;
    case TOLD_END:
        s->closed = true;
        break;
    case TOLD_RESET:
    case TOLD_REFUSED:
        s->over = true;
        break;
    case TOLD_START:
        s->asked = s->client;
        break;
    case TOLD_DATAGRAM:
    case TOLD_WAKE:
        break;
    }
    return 0;
}

static struct ask speaker_ask(struct machine *m)
{
    struct speaker *s = (struct speaker *)m;
    struct ask a = {.kind = ASK_NOTHING};

    if (s->over)
        return a;
    if (s->asked) {
        s->asked = false;
        if (s->client || s->upgrade)
            a.kind = ASK_OPEN;
        a.secure = s->upgrade;
        s->client = false;
    } else if (s->secure && !s->said) {
        s->said = true;
        a = (struct ask){.kind = ASK_SEND,
                         .bytes = {SPOKEN, strlen(SPOKEN)},
                         .lasting = true};
    } else if (s->closed) {
        s->closed = false;
        a.kind = ASK_HALF_CLOSE;
    }
    return a;
}

struct end {
    struct speaker speaker;
    struct tls_machine tls;
    struct tls_machine_config config;
    char *said;
    size_t len, through; /* of what it has said, how much is on its way */
    bool open;
};

static struct tls_setup *setups[2][2]; /* end; TLS 1.2, TLS 1.3 */
static struct tls_store *store;

static struct span text(const char *t)
{
    return (struct span){t, strlen(t)};
}

static void set_up(void)
{
    struct certificate_wish wish = {
        .name = "mx", .from_s = TODAY - 1000, .until_s = TODAY + 1000};
    struct certificate c;
    char why[TLS_WHY];

    assert(certificate_make(&c, &wish, why) == 0);
    store = tls_store_new(4);
    for (int v = 0; v < 2; v++)
        for (int end = CLIENT; end <= SERVER; end++) {
            struct tls_config config = {.server = end == SERVER,
                                        .max = v ? TLS_V13 : TLS_V12,
                                        .judged_at_s = TODAY};

            config.anchors = text(end == CLIENT ? c.chain : "");
            config.chain = text(end == SERVER ? c.chain : "");
            config.key = text(end == SERVER ? c.key : "");
            config.early_max = v && end == SERVER ? 1000 : 0;
            config.store = end == CLIENT ? store : NULL;
            setups[end][v] = tls_setup_new(&config, why);
            assert(setups[end][v]);
        }
    certificate_release(&c);
}

static void ask_all(struct end *e)
{
    struct ask a;

    while ((a = machine_ask(&e->tls.machine)).kind != ASK_NOTHING) {
        assert(!a.secure);
        if (a.kind == ASK_ABORT)
            e->open = false;
        if (a.kind != ASK_SEND)
            continue;
        assert(a.bytes.len > 0);
        e->said = realloc(e->said, e->len + a.bytes.len);
        memcpy(e->said + e->len, a.bytes.at, a.bytes.len);
        e->len += a.bytes.len;
    }
}

static void tell(struct end *e, struct told t)
{
    if (!e->open)
        return;
    machine_tell(&e->tls.machine, &t);
    ask_all(e);
}

static void begin(struct end *e, int which, uint8_t how)
{
    memset(e, 0, sizeof *e);
    e->speaker.machine = (struct machine){speaker_tell, speaker_ask};
    e->speaker.client = which == CLIENT;
    e->speaker.upgrade = how & 8;
    e->config =
        (struct tls_machine_config){.setup = setups[which][how >> 1 & 1],
                                    .implicit = !(how & 8),
                                    .name = which ? NULL : "mx",
                                    .early = which == CLIENT};
    e->open = true;
    tls_machine_init(&e->tls, &e->config, &e->speaker.machine);
    tell(e, (struct told){.kind = TOLD_START});
}

/* Bytes come in, as many as are taken. */
static void hear(struct end *e, const char *at, size_t len)
{
    char *exact;
    struct told t = {.kind = TOLD_BYTES};

    if (!e->open || len == 0)
        return;
    exact = malloc(len);
    memcpy(exact, at, len);
    t.bytes = (struct span){exact, len};
    assert(machine_tell(&e->tls.machine, &t) <= len);
    free(exact);
    ask_all(e);
}

/* What `from` says comes, with a byte changed where `change` is not 0. */
static void carry(struct end *from, struct end *to, size_t most, uint8_t change)
{
    size_t left = from->len - from->through;
    size_t n = most < left ? most : left;
    size_t first = from->through;

    if (n == 0)
        return;
    from->said[first + n - 1] = (char)(from->said[first + n - 1] ^ change);
    from->through += n;
    hear(to, from->said + first, n);
}

static void finish(struct end *e)
{
    tls_machine_release(&e->tls);
    free(e->said);
}

/* The order's first byte: what; its second and third: how many; its fourth:
 * how changed. */
static void obey(struct end end[2], const uint8_t *order, const char *more,
                 size_t left)
{
    size_t n = (size_t)(order[1] << 8 | order[2]);
    struct end *to = &end[order[0] & 1], *from = &end[!(order[0] & 1)];

    switch (order[0] >> 1 & 3) {
    case 0:
        carry(from, to, n, 0);
        break;
    case 1:
        carry(from, to, n, order[3]);
        break;
    case 2:
        hear(to, more, n < left ? n : left);
        break;
    case 3:
        if (n & 1)
            tell(to, (struct told){.kind = TOLD_END});
        else
            tell(to,
                 (struct told){.kind = TOLD_WAKE, .now_ns = n * 1000000000});
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct end end[2];

    if (len < 1)
        return 0;
    if (!setups[0][0])
        set_up();
    begin(&end[CLIENT], CLIENT, bytes[0]);
    begin(&end[SERVER], SERVER, bytes[0]);
    tell(&end[SERVER], (struct told){.kind = TOLD_OPENED});
    tell(&end[CLIENT], (struct told){.kind = TOLD_OPENED});
    for (int i = 0; i < (bytes[0] >> 4 & 7); i++) /* so far undisturbed */
        carry(&end[i & 1], &end[!(i & 1)], SIZE_MAX, 0);
    for (size_t i = 1; i + 4 <= len; i += 4)
        obey(end, bytes + i, (const char *)bytes + i + 4, len - i - 4);
    finish(&end[CLIENT]);
    finish(&end[SERVER]);
    return 0;
}
