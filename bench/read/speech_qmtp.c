/* SPDX-License-Identifier: BSD-2-Clause */
/* What speech.h says of QMTP: packages and the replies to them, which no
 * greeting tells from other protocols, but the length and the first octet of a
 * text do. */
#include "bench/read/speech_inner.h"

static struct span span_at(const uint8_t *at, size_t len)
{
    return (struct span){(const char *)at, len};
}

/* Seen from its first byte; and the greeting that was thought to be owed is
 * none. */
static void begin(struct speech *s)
{
    s->client_mode = s->server_mode = MODE_QMTP;
    s->mail = s->facts.qmtp = true;
    s->command.len = 0;
    owed_pop(&s->owed);
}

size_t speech_begins_qmtp(struct speech *s, const uint8_t *at, size_t len)
{
    if (owed_first(&s->owed) != OWED_GREETING)
        return 0;
    for (size_t i = 0; i < len && s->packages.at <= QMTP_ENCODING; i++) {
        qmtp_read(&s->packages, span_at(at + i, 1));
        if (s->packages.at > QMTP_ENCODING && s->packages.at < QMTP_WRONG) {
            begin(s);
            return i + 1;
        }
    }
    return 0;
}

static void end_package(struct speech *s)
{
    for (; s->unanswered > 0; s->unanswered--)
        owed_push(&s->owed, OWED_END);
    s->facts.messages++;
}

static void take_event(struct speech *s, const struct qmtp_read *r)
{
    switch (r->event) {
    case QMTP_TEXT_PART:
        words_add(&s->said, "body");
        s->facts.body_bytes += r->part.len;
        break;
    case QMTP_SENDER_END:
        words_add(&s->said, "sender");
        break;
    case QMTP_RECIPIENT_END:
        words_add(&s->said, "recipient");
        s->facts.recipients++;
        s->unanswered++;
        break;
    case QMTP_PACKAGE_END:
        end_package(s);
        break;
    case QMTP_NO_PACKAGE:
        words_add(&s->said, "...");
        s->client_mode = MODE_OTHER;
        break;
    case QMTP_SENDER_PART:
    case QMTP_RECIPIENT_PART:
    case QMTP_NOTHING:
        break;
    }
}

size_t speech_take_package(struct speech *s, const uint8_t *at, size_t len)
{
    struct qmtp_read r = qmtp_read(&s->packages, span_at(at, len));

    if (s->saying == PHASE_COUNT)
        s->saying = PHASE_BODY;
    take_event(s, &r);
    return r.event == QMTP_NO_PACKAGE ? len : r.taken;
}

void speech_skip_package(struct speech *s, size_t len)
{
    bool known = s->packages.at == QMTP_TEXT && len < s->packages.left;

    words_add(&s->said, known ? "body" : "...");
    if (!known)
        s->client_mode = MODE_OTHER;
    else
        s->packages.left -= len;
    s->facts.body_bytes += known ? len : 0;
}

bool speech_inside_package(const struct speech *s)
{
    return s->packages.at != QMTP_TEXT_LEN || s->packages.number.begun;
}

void speech_take_answers(struct speech *s, const uint8_t *at, size_t len)
{
    size_t taken = 0;
    char letter;

    while (taken < len) {
        taken +=
            qmtp_hear(&s->answers, span_at(at + taken, len - taken), &letter);
        if (letter == '?') {
            s->server_mode = MODE_OTHER;
            return;
        }
        if (!letter)
            continue;
        words_add(&s->replied, (char[]){letter, '\0'});
        s->accepted += letter == 'K';
        owed_pop(&s->owed);
    }
}
