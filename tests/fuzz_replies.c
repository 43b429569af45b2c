/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a server's replies to a delivery in any mode: it ends, every
 * mail's fate is known, and nothing is said on a stream that is closed. */
#include <assert.h>

#include "smtp/delivery.h"
#include "tests/fuzz_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAILS = 2, RCPTS = 2, ROOM = MAILS * RCPTS };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recipient to[MAILS][RCPTS] = {{{.address = "b"}, {.address = "c"}},
                                         {{.address = "d"}, {.address = "e"}}};
    struct mail mail[ROOM];
    struct offer_memory memory = {0};
    struct delivery_config config = {.memory = &memory,
                                     .peer = {{1}, 4, 25},
                                     .session = {.name = "c", .mails = mail}};
    struct delivery d;
    size_t rcpts = 0; /* nobody is lost by dividing */
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
    if (data[1] & 16)
        config.session.mail_room = ROOM;
    config.session.mails_max = data[1] >> 5 & 1;
    config.session.lmtp = data[1] & 64;
    if (data[1] & 128)
        config.session.extensions = OFFER_PRDR | OFFER_SIZE;
    config.session.manner.mode = (enum mode_id)(data[0] % MODE_COUNT);
    config.session.manner.bdat =
        !mode_of(config.session.manner.mode)->sends_by_data || data[1] & 4;
    if (data[1] & 8)
        offer_remember(&memory, config.peer,
                       (struct offer){.has = ~0u,
                                      .qhlo_id = "id",
                                      .limits = {1, 1, 1}},
                       0);
    client_default_timeouts(&config.session);
    delivery_init(&d, &config);
    tell(&w, (struct told){.kind = TOLD_START});
    play(&w, data + 2, size - 2);
    run_out(&w);
    assert(d.client.end != CLIENT_NOT_YET && !w.connecting);
    for (size_t i = 0; i < config.session.mail_count; i++)
        assert(mail[i].fate != MAIL_PENDING);
    for (size_t i = config.session.mail_count; i < d.mail_count; i++) {
        assert(mail[i].fate != MAIL_PENDING && mail[i].recipients > 0);
        rcpts += mail[i].recipients;
    }
    for (size_t i = 0; i < config.session.mail_count; i++)
        rcpts += mail[i].recipients;
    assert(rcpts == config.session.mail_count * (1 + (data[1] >> 1 & 1)));
    return 0;
}
