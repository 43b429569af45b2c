/* SPDX-License-Identifier: BSD-2-Clause */
/* The flaws of a server that are not of one verb. */
#include "smtp/server_flaw.h"

#include <string.h>

#include "smtp/verbs.h"

#define MS INT64_C(1000000)

/* As long as Linux keeps a corked segment back: tcp(7), TCP_CORK. */
#define CORK_NS (200 * MS)

static bool flawed(const struct server *s, uint32_t flaw)
{
    return s->config->flaws & flaw;
}

bool flaw_closes(struct server *s, enum verb v)
{
    if (v != VERB_RCPT)
        return false;
    if (flawed(s, FLAW_SILENT_CLOSE)) {
        s->out_len = s->dripped = 0;
        s->urgent = false;
        s->state = SERVER_LEAVING;
        s->half_close = true;
        return true;
    }
    if (flawed(s, FLAW_CLOSE_421)) {
        verbs_leave(s, "421 closing");
        return true;
    }
    return false;
}

/* clang-format off */
static const uint32_t handoffs[] = {
    [VERB_EHLO] = FLAW_HANDOFF_EHLO, [VERB_HELO] = FLAW_HANDOFF_EHLO,
    [VERB_MAIL] = FLAW_HANDOFF,      [VERB_RCPT] = FLAW_HANDOFF_RCPT,
    [VERB_DATA] = FLAW_HANDOFF_DATA, [VERB_RSET] = FLAW_HANDOFF_RSET,
    [VERB_UNKNOWN] = FLAW_HANDOFF_END,
};
/* clang-format on */

/* The octets of BDAT belong to the command. */
void flaw_behind(struct server *s, enum verb v)
{
    const size_t known = sizeof handoffs / sizeof handoffs[0];

    if (s->state != SERVER_CHUNK &&
        (flawed(s, FLAW_ONE_A_READ) ||
         ((size_t)v < known && flawed(s, handoffs[v]))))
        s->drop_input = true;
    if (v == VERB_QUIT && flawed(s, FLAW_QUIT_CORKED))
        s->gate_ns = s->now_ns + CORK_NS;
}

/* The reply that begins at `at`, up to its last line's end. */
static size_t reply_len(const char *at, size_t len)
{
    size_t used = 0;
    bool last = false;

    while (used < len && !last) {
        const char *end = memchr(at + used, '\n', len - used);

        last = len - used > 3 && at[used + 3] != '-';
        used = end ? (size_t)(end - at) + 1 : len;
    }
    return used;
}

void flaw_disorder(struct server *s)
{
    char was[SERVER_OUT];
    size_t first = reply_len(s->out, s->out_len), last = 0, at = 0;

    if (!flawed(s, FLAW_REORDER) || first == s->out_len)
        return;
    memcpy(was, s->out, s->out_len);
    while (at < s->out_len) {
        last = at;
        at += reply_len(was + at, s->out_len - at);
    }
    memcpy(s->out, was + last, s->out_len - last);
    memcpy(s->out + s->out_len - last, was + first, last - first);
    memcpy(s->out + s->out_len - first, was, first);
}

int64_t flaw_drip_ns(const struct server *s)
{
    if (flawed(s, FLAW_TARPIT))
        return 1000 * MS;
    return flawed(s, FLAW_SPLIT) ? MS : 0;
}
