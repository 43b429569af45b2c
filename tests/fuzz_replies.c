/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a server's replies to a delivery in any mode: it ends, every
 * mail's fate is known, and nothing is said on a stream that is closed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/delivery.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAILS = 2, RCPTS = 2 };

struct world {
    struct machine *machine;
    int64_t now_ns, alarm_ns;
    int stream;
    bool connecting, open, half_closed;
};

static void ask_all(struct world *w)
{
    struct ask a;

    do {
        a = machine_ask(w->machine);
        if (a.kind == ASK_OPEN) {
            w->connecting = true;
            w->open = w->half_closed = false;
            w->stream = a.stream;
        } else if (a.kind == ASK_SEND) {
            assert(w->open && !w->half_closed && a.stream == w->stream);
        } else if (a.kind == ASK_HALF_CLOSE) {
            assert(!w->half_closed);
            w->half_closed = true;
        } else if (a.kind == ASK_ABORT) {
            w->open = w->connecting = false;
        } else if (a.kind == ASK_WAKE) {
            w->alarm_ns = a.at_ns;
        }
    } while (a.kind != ASK_NOTHING);
}

static void tell(struct world *w, struct told t)
{
    t.stream = w->stream;
    t.now_ns = w->now_ns;
    machine_tell(w->machine, &t);
    ask_all(w);
}

static void open_stream(struct world *w)
{
    w->connecting = false;
    w->open = true;
    tell(w, (struct told){.kind = TOLD_OPENED});
}

/* A byte below 8 is an event; others are said, up to the next such byte. */
static void play(struct world *w, const uint8_t *data, size_t size)
{
    size_t i = 0;

    while (i < size) {
        size_t len = 0;

        if (w->connecting && data[i] != 1)
            open_stream(w);
        while (i + len < size && data[i + len] >= 8)
            len++;
        if (len > 0 && w->open) {
            char *exact = memcpy(malloc(len), data + i, len);

            tell(w, (struct told){.kind = TOLD_BYTES, .bytes = {exact, len}});
            free(exact);
        } else if (len == 0 && w->connecting) {
            w->connecting = false;
            tell(w, (struct told){.kind = TOLD_REFUSED, .error = 111});
        } else if (len == 0 && w->open && data[i] < 3) {
            w->open = false;
            tell(w, (struct told){.kind = data[i] ? TOLD_END : TOLD_RESET});
        }
        i += len ? len : 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recipient to[MAILS][RCPTS] = {{{.address = "b"}, {.address = "c"}},
                                         {{.address = "d"}, {.address = "e"}}};
    struct mail mail[MAILS];
    struct offer_memory memory = {0};
    struct delivery_config config = {.memory = &memory,
                                     .peer = {{1}, 4, 25},
                                     .session = {.name = "c", .mails = mail}};
    struct delivery d;
    struct world w = {.machine = &d.machine, .alarm_ns = NEVER_NS};

    if (size < 2)
        return 0;
    for (int i = 0; i < MAILS; i++)
        mail[i] = (struct mail){.from = "a",
                                .to = to[i],
                                .recipients = 1 + (data[1] >> 1 & 1),
                                .stuffed = span_of("x\r\n.\r\n"),
                                .plain = span_of("x\r\n")};
    config.session.mail_count = 1 + (data[1] & 1);
    config.session.manner.mode = (enum mode_id)(data[0] % MODE_COUNT);
    config.session.manner.bdat =
        !mode_of(config.session.manner.mode)->sends_by_data || data[1] & 4;
    if (data[1] & 8)
        offer_remember(&memory, config.peer, (struct offer){.has = ~0u}, 0);
    client_default_timeouts(&config.session);
    delivery_init(&d, &config);
    tell(&w, (struct told){.kind = TOLD_START});
    play(&w, data + 2, size - 2);
    for (int i = 0; w.alarm_ns != NEVER_NS; i++) {
        assert(i < 100);
        w.now_ns = w.alarm_ns;
        w.alarm_ns = NEVER_NS;
        tell(&w, (struct told){.kind = TOLD_WAKE});
    }
    assert(d.client.end != CLIENT_NOT_YET && !w.connecting);
    for (size_t i = 0; i < config.session.mail_count; i++)
        assert(mail[i].fate != MAIL_PENDING);
    return 0;
}
