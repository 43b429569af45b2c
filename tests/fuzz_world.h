/* SPDX-License-Identifier: BSD-2-Clause */
/* A world for a fuzzed machine that has a stream at a time: what is said to it
 * are any bytes, and nobody keeps to any order. */
#ifndef TESTS_FUZZ_WORLD_H
#define TESTS_FUZZ_WORLD_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/machine.h"

struct world {
    struct machine *machine;
    int64_t now_ns, alarm_ns;
    int stream;
    bool connecting, open, half_closed;
};

static inline void ask_all(struct world *w)
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

static inline void tell(struct world *w, struct told t)
{
    t.stream = w->stream;
    t.now_ns = w->now_ns;
    machine_tell(w->machine, &t);
    ask_all(w);
}

static inline void open_stream(struct world *w)
{
    w->connecting = false;
    w->open = true;
    tell(w, (struct told){.kind = TOLD_OPENED});
}

/* A byte below 8 is an event; others are said, up to the next such byte. */
static inline void play(struct world *w, const uint8_t *data, size_t size)
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

/* Nothing more is said: only alarms are left. */
static inline void run_out(struct world *w)
{
    for (int i = 0; w->alarm_ns != NEVER_NS; i++) {
        assert(i < 1000);
        w->now_ns = w->alarm_ns;
        w->alarm_ns = NEVER_NS;
        tell(w, (struct told){.kind = TOLD_WAKE});
    }
}

#endif
