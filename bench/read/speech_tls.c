/* SPDX-License-Identifier: BSD-2-Clause */
/* What speech.h says of TLS: where it begins, and what a key log lets read of
 * it. */
#include "bench/read/speech_inner.h"

#include <string.h>

void speech_begin_tls(struct speech *s)
{
    memset(&s->tls, 0, sizeof s->tls);
    /* The last that was asked for: a greeting that is yet to come may be one
     * of before. */
    s->tls.greeting_owed =
        s->owed.count > 0 && owed_last(&s->owed, 0) == OWED_GREETING;
    s->facts.tls = true;
    s->facts.starttls = !s->tls.greeting_owed || s->client_lines > 0;
    s->before_early = s->owed.pushed;
    s->facts_before_early = s->facts;
    if (s->keys && keylog_helps(s->keys) && s->server_mode == MODE_LINES)
        s->unseal = unseal_new(s->keys);
    if (!s->unseal)
        s->client_mode = MODE_TLS;
}

bool speech_sealed(const struct speech *s)
{
    return s->client_mode == MODE_TLS || s->unseal;
}

/* The server would not have what was said by 0-RTT: it is said once more. */
static void forget_early(struct speech *s)
{
    owed_forget(&s->owed, s->before_early);
    s->facts = s->facts_before_early;
    s->client_mode = MODE_LINES;
    s->command.len = 0;
}

static void take_unsealed(void *arg, enum tls_from from, const uint8_t *at,
                          size_t len)
{
    struct speech *s = arg;

    s->facts.tls_read = s->facts.tls_read || (at && len > 0);
    if (from == TLS_SERVER && len > 0) {
        speech_server_clear(s, at, len);
    } else if (from == TLS_SERVER) {
        words_add(&s->replied, "TLS");
    } else if (len > 0) {
        speech_client_clear(s, at, len);
    } else {
        words_add(&s->said, "TLS");
        if (unseal_early_refused(s->unseal))
            forget_early(s);
    }
}

bool speech_tls(struct speech *s, enum tls_from from, const uint8_t *at,
                size_t len)
{
    struct words *words = from == TLS_CLIENT ? &s->said : &s->replied;
    bool guess = tls_take(&s->tls, from, at, len);
    enum unseal_what what = s->unseal ? unseal_take(s->unseal, &s->tls, from,
                                                    at, len, take_unsealed, s)
                                      : UNSEAL_FAILED;

    s->facts.tls13 = s->tls.v13;
    if (what == UNSEAL_FAILED && s->unseal) {
        s->facts.tls_why = unseal_why(s->unseal);
        unseal_free(s->unseal);
        s->unseal = NULL;
        s->client_mode = MODE_TLS;
        s->server_mode = s->server_sealed ? MODE_TLS : s->server_mode;
    }
    if (what == UNSEAL_FAILED && guess)
        words_add(words, "TLS");
    return what == UNSEAL_QUIET    ? tls_inside(&s->tls, from) && guess
           : what == UNSEAL_SPEECH ? true
                                   : guess;
}
