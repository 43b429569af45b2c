/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as what a server says of recipients, by any strategy in any mode:
 * it ends, and every recipient is accounted for, once. */
#include <assert.h>

#include "smtp/delivery.h"
#include "tests/fuzz_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RCPTS = 3, FORMS = 3 };

static void make_forms(struct form *form)
{
    static const char *const made_of[FORMS] = {"(&(a=1)(dpi=300))",
                                               "(&(a=1)(dpi=200))", "(a=2)"};
    struct feature_error e;

    for (int i = 0; i < FORMS; i++) {
        feature_read(&form[i].features, span_of(made_of[i]), &e);
        form[i].stuffed = span_of("x\r\n.\r\n");
        form[i].plain = span_of("x\r\n");
    }
}

static struct client_config session_of(const uint8_t *data, struct mail *mails,
                                       const struct bargain *b)
{
    struct client_config c = {
        .name = "c", .mails = mails, .mail_count = 1, .bargain = b};

    c.manner.mode = (enum mode_id)(data[1] % MODE_COUNT);
    if (b->strategy->lockstep)
        c.manner.mode = MODE_LOCKSTEP;
    c.manner.bdat = !mode_of(c.manner.mode)->sends_by_data || data[2] & 1;
    client_default_timeouts(&c);
    return c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct form form[FORMS];
    static struct bargain_memory known;
    struct recipient to[RCPTS] = {
        {.address = "b"}, {.address = "c"}, {.address = "d"}};
    struct mail mail[RCPTS] = {
        {.from = "a", .to = to, .recipients = RCPTS, .form = FORMS - 1}};
    struct offer_memory memory = {0};
    struct bargain bargain = {
        .forms = form, .form_count = FORMS, .mail_room = RCPTS};
    struct delivery_config config = {.memory = &memory, .peer = {{1}, 4, 25}};
    struct delivery d;
    struct world w = {.machine = &d.machine, .alarm_ns = NEVER_NS};

    if (size < 3)
        return 0;
    make_forms(form);
    mail[0].stuffed = form[FORMS - 1].stuffed;
    mail[0].plain = form[FORMS - 1].plain;
    bargain.strategy =
        strategy_of((enum strategy_id)(data[0] % STRATEGY_COUNT));
    bargain.spelling = (enum conneg_spelling)(data[2] >> 1 & 3);
    known = (struct bargain_memory){0};
    bargain.memory = data[2] & 8 ? &known : NULL;
    config.session = session_of(data, mail, &bargain);
    if (data[2] & 16)
        offer_remember(&memory, config.peer, (struct offer){.has = ~0u}, 0);
    delivery_init(&d, &config);
    tell(&w, (struct told){.kind = TOLD_START});
    play(&w, data + 3, size - 3);
    run_out(&w);
    assert(d.client.end != CLIENT_NOT_YET && !w.connecting);
    bargain_reckon(mail, d.mail_count, to, RCPTS); /* it asserts the sum */
    client_forget(&d.client);
    return 0;
}
