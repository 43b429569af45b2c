/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a client's commands, of SMTP or LMTP, to a server of any limits
 * and of policies that differ: replies are well-formed lines, what is
 * said does not depend on how the bytes were cut, nothing is left unsaid when
 * the input is empty, and the session ends with the client. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
    struct server server;
    int64_t alarm_ns, now_ns;
    char *said;
    size_t len, room;
    bool open, half_closed;
};

static void say(struct world *w, struct span s)
{
    assert(w->open && !w->half_closed && s.len > 0);
    if (w->len + s.len > w->room) {
        w->room = 2 * (w->len + s.len);
        w->said = realloc(w->said, w->room);
    }
    memcpy(w->said + w->len, s.at, s.len);
    w->len += s.len;
}

static size_t tell(struct world *w, struct told t)
{
    size_t taken;
    struct ask a;

    t.now_ns = w->now_ns;
    taken = machine_tell(&w->server.machine, &t);
    do {
        a = machine_ask(&w->server.machine);
        if (a.kind == ASK_SEND)
            say(w, a.bytes);
        else if (a.kind == ASK_HALF_CLOSE)
            w->half_closed = true;
        else if (a.kind == ASK_ABORT)
            w->open = false;
        else if (a.kind == ASK_WAKE)
            w->alarm_ns = a.at_ns;
    } while (a.kind != ASK_NOTHING);
    return taken;
}

static void hear(struct world *w, const uint8_t *data, size_t size)
{
    char *exact = memcpy(malloc(size), data, size);
    size_t at = 0, taken = 1;

    while (at < size && taken > 0) {
        taken = tell(w, (struct told){.kind = TOLD_BYTES,
                                      .bytes = {exact + at, size - at}});
        at += taken;
    }
    assert(at == size); /* it does not think: nothing is left */
    assert(w->server.out_len == 0 || w->server.out_taken);
    free(exact);
}

static void check_lines(const struct world *w)
{
    const char *at = w->said, *end = w->said + w->len;

    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));

        assert(lf && lf - at >= 4 && lf[-1] == '\r');
        assert(at[0] >= '2' && at[0] <= '5' && (at[3] == ' ' || at[3] == '-'));
        for (const char *c = at; c < lf - 1; c++)
            assert(*c != '\r' && *c != '\0');
        at = lf + 1;
    }
}

static void play(struct world *w, const struct server_config *config,
                 const uint8_t *data, size_t size, size_t step)
{
    *w = (struct world){.alarm_ns = NEVER_NS, .open = true};
    server_init(&w->server, config);
    tell(w, (struct told){.kind = TOLD_START});
    tell(w, (struct told){.kind = TOLD_OPENED});
    for (size_t at = 0; at < size; at += step)
        hear(w, data + at, size - at < step ? size - at : step);
    tell(w, (struct told){.kind = TOLD_END});
    assert(w->half_closed && w->alarm_ns == NEVER_NS);
    check_lines(w);
}

static size_t policy_of(void *none, struct span address)
{
    (void)none;
    return address.len % 3;
}

static const char *verdict_of(void *none, size_t policy)
{
    (void)none;
    return policy == 1 ? "552 not so" : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct verdict verdict = {"no", "550 no"};
    static const struct policies policies = {NULL, policy_of, verdict_of};
    struct server_config config;
    static struct world whole, cut;

    if (size < 2)
        return 0;
    server_defaults(&config, "s");
    config.offer = (struct offer){.has = data[0] & 1 ? ~0u : 0, .size_max = 50};
    config.offer.has &= (1u << OFFER_COUNT) - 1;
    config.qhlo_key = data[0] >> 7;
    config.verdicts = &verdict;
    config.verdict_count = 1;
    if (data[0] & 2)
        config.flaws = FLAW_DATA_ALWAYS;
    if (data[0] & 4)
        config.flaws |= FLAW_DATA_LAST_RCPT;
    if (data[0] & 8)
        server_speak_lmtp(&config);
    if (data[0] & 16)
        config.policies = &policies;
    if (data[0] & 32)
        config.offer.limits = (struct limits){2, 2, 0};
    if (data[0] & 64)
        config.offer.limits.rcpt_domain_max = 1;
    if (data[0] & 128)
        config.flaws |= FLAW_ONE_VERDICT | FLAW_UNASKED_353;
    play(&whole, &config, data + 2, size - 2, size);
    play(&cut, &config, data + 2, size - 2, 1 + data[1] % 16);
    assert(whole.len == cut.len &&
           memcmp(whole.said, cut.said, whole.len) == 0);
    assert(whole.server.mails == cut.server.mails);
    assert(whole.server.recipients == cut.server.recipients);
    free(whole.said);
    free(cut.said);
    return 0;
}
