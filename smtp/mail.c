/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a message. */
#include "smtp/mail.h"

/* clang-format off */
#define X(name, text) text,
static const char *const fates[] = {MAIL_FATES(X)};
#undef X
/* clang-format on */

const char *mail_fate_name(enum mail_fate f)
{
    return fates[f];
}

static enum mail_fate fate_by(int code)
{
    if (code / 100 == 2)
        return MAIL_DELIVERED;
    return code / 100 == 4 ? MAIL_DEFERRED : MAIL_REFUSED;
}

void mail_decide(struct mail *m, int code)
{
    if (m->fate != MAIL_PENDING)
        return;
    m->code = code;
    m->fate = fate_by(code);
}

void mail_decide_by_recipients(struct mail *m)
{
    int code = m->to[0].code;

    for (size_t i = 1; i < m->recipients; i++)
        if (m->to[i].code / 100 == 4)
            code = m->to[i].code;
    mail_decide(m, code);
}

void mail_settle(struct mail *m, bool sent, int code)
{
    if (m->fate != MAIL_PENDING)
        return;
    m->fate = sent ? MAIL_UNCERTAIN : MAIL_DEFERRED;
    m->code = code;
}

enum recipient_fate mail_recipient(const struct mail *m, size_t recipient)
{
    const struct recipient *r = &m->to[recipient];

    if (r->taken || (m->fate == MAIL_DELIVERED && r->code / 100 == 2))
        return RECIPIENT_ACCEPTED;
    return r->code / 100 == 5 || m->fate == MAIL_REFUSED ? RECIPIENT_BOUNCED
                                                         : RECIPIENT_DEFERRED;
}

/* A recipient who has it has it, whatever the others' mails come to. */
static void keep_taken(struct mail *m)
{
    for (size_t i = 0; i < m->recipients; i++)
        m->to[i].taken |= mail_recipient(m, i) == RECIPIENT_ACCEPTED;
}

void mail_join(struct mail *mails, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct mail *whole = &mails[mails[i].number];

        if (mails[i].fate == MAIL_DELIVERED || whole->fate != MAIL_DELIVERED)
            continue;
        keep_taken(whole);
        whole->fate = mails[i].fate;
        whole->code = mails[i].code;
    }
}

void mail_retry(struct mail *m)
{
    m->repeated |= m->fate == MAIL_UNCERTAIN && m->code < 400;
    m->fate = MAIL_PENDING;
    m->code = 0;
    m->prdr = false;
    for (size_t i = 0; i < m->recipients; i++) {
        m->to[i].code = 0;
        m->to[i].taken = false;
    }
}
