/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as QMTP: of a client to the server, and of a server to the client,
 * in pieces. The readers take what they say they take, however it is cut; the
 * server answers each recipient of a whole package once and takes no other
 * mail; the client comes to an end, and each mail of it to a fate. */
#include <assert.h>

#include "smtp/delivery.h"
#include "smtp/qmtp_server.h"
#include "tests/fuzz_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct counts {
    size_t recipients, packages, text;
    bool wrong;
};

/* What stands in the bytes, read in pieces of so many. */
static struct counts count(const uint8_t *data, size_t size, size_t step)
{
    struct qmtp_packages p = {0};
    struct counts c = {0};
    size_t at = 0, coming = 0;

    while (at < size && !c.wrong) {
        size_t n = size - at < step ? size - at : step;
        struct qmtp_read r =
            qmtp_read(&p, (struct span){(const char *)data + at, n});

        assert(r.taken <= n && (r.taken > 0 || r.event == QMTP_NO_PACKAGE));
        assert(r.part.len <= r.taken);
        at += r.taken;
        c.wrong = r.event == QMTP_NO_PACKAGE;
        c.text += r.event == QMTP_TEXT_PART ? r.part.len : 0;
        coming += r.event == QMTP_RECIPIENT_END;
        if (r.event != QMTP_PACKAGE_END)
            continue;
        assert(coming > 0);
        c.packages++;
        c.recipients += coming;
        coming = 0;
    }
    return c;
}

static const struct verdict verdict = {"no", "550 no"};

struct kept {
    size_t begun, ended;
};

static void from(void *arg, struct span sender)
{
    assert(sender.len <= QMTP_ADDRESS);
    ((struct kept *)arg)->begun++;
}

static bool end(void *arg, bool accepted)
{
    ((struct kept *)arg)->ended++;
    return accepted;
}

static void serve(const uint8_t *data, size_t size, size_t step)
{
    struct kept kept = {0};
    const struct mail_sink sink = {.arg = &kept, .from = from, .end = end};
    struct server_config config;
    struct qmtp_server *s = malloc(sizeof *s);
    struct world w = {.machine = &s->machine, .alarm_ns = NEVER_NS};
    struct counts c = count(data, size, step);
    size_t at = 0;

    server_defaults(&config, "s");
    config.sink = &sink;
    config.verdicts = &verdict;
    config.verdict_count = 1;
    config.offer.size_max = 1000;
    qmtp_server_init(s, &config);
    open_stream(&w);
    while (at < size && w.open) {
        size_t n = size - at < step ? size - at : step;
        char *exact = memcpy(malloc(n), data + at, n);

        at += machine_tell(&s->machine, &(struct told){.kind = TOLD_BYTES,
                                                       .bytes = {exact, n},
                                                       .now_ns = w.now_ns});
        free(exact);
        ask_all(&w);
    }
    assert(s->replies == c.recipients && s->mails <= c.packages);
    assert(s->recipients <= c.recipients && s->text_bytes <= 2 * c.text);
    if (w.open)
        tell(&w, (struct told){.kind = TOLD_END});
    run_out(&w);
    assert(kept.begun <= kept.ended && kept.ended <= c.packages + 1);
    free(s);
}

static void ask(const uint8_t *data, size_t size)
{
    struct recipient to[] = {
        {.address = "b"}, {.address = "c"}, {.address = "d"}};
    struct mail mail[] = {
        {.from = "a", .to = to, .recipients = 2, .plain = {"x\r\n", 3}},
        {.from = "", .to = to + 2, .recipients = 1, .plain = {"", 0}}};
    struct delivery_config config = {.peer = {{1}, 4, QMTP_PORT},
                                     .session = {.manner = {MODE_QMTP, false},
                                                 .name = "c",
                                                 .mails = mail,
                                                 .mail_count = 2}};
    struct delivery d;
    struct world w = {.machine = &d.machine, .alarm_ns = NEVER_NS};

    client_default_timeouts(&config.session);
    delivery_init(&d, &config);
    tell(&w, (struct told){.kind = TOLD_START});
    play(&w, data, size);
    run_out(&w);
    assert(d.client.end != CLIENT_NOT_YET && !w.connecting);
    assert(d.connections == 1 && d.turnarounds <= 1);
    for (int i = 0; i < 2; i++)
        assert(mail[i].fate != MAIL_PENDING);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct counts whole, cut;

    if (size < 1)
        return 0;
    whole = count(data + 1, size - 1, SIZE_MAX);
    cut = count(data + 1, size - 1, 1 + data[0] / 2u);
    assert(whole.recipients == cut.recipients && whole.text == cut.text);
    assert(whole.packages == cut.packages && whole.wrong == cut.wrong);
    serve(data + 1, size - 1, 1 + data[0] / 2u);
    ask(data + 1, size - 1);
    return 0;
}
