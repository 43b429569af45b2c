/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/unseal.h"

#include <stdlib.h>
#include <string.h>

enum { CIPHER_CHANGE = 20, ALERT, HANDSHAKE, CONTENT };
enum { /* kinds of handshake messages */
       NEW_SESSION_TICKET = 4,
       END_OF_EARLY_DATA = 5,
       FINISHED = 20,
       KEY_UPDATE = 24
};
enum { HEAD = 5, MOST_LOST = 64, CONTEXT = 2048 };

/* Under which secret a side writes; TLS 1.2 has but one. */
enum stage { STAGE_EARLY, STAGE_HANDSHAKE, STAGE_TRAFFIC };

struct side {
    uint8_t head[HEAD];
    unsigned have;      /* of the head */
    uint8_t *body;      /* owned, while a sealed record is being gathered */
    uint8_t first;      /* of the body, where it is not sealed */
    uint32_t size, at;  /* of the body: in all, so far */
    bool holed;         /* bytes of it are not in the capture */
    bool astray;        /* where records begin is no longer known */
    bool lost;          /* how many have passed is no longer known */
    bool ciphered;      /* TLS 1.2: ChangeCipherSpec was sent */
    bool keyed, proven; /* a key is set; it has opened a record */
    bool borrowed;      /* room for the context */
    enum stage stage;
    struct keylog_secret secret; /* of the stage */
    struct cipher cipher;
    uint8_t message[4]; /* the head of a handshake message ... */
    unsigned message_have;
    uint32_t message_left; /* ... and what is to come of it */
};

struct unseal {
    struct keylog *keys;
    struct keylog_session session; /* a copy */
    bool sought, found;
    const char *why;
    bool early_used, early_refused;
    struct side side[2];
};

struct unseal *unseal_new(struct keylog *k)
{
    struct unseal *u =
        keylog_borrow(k, sizeof *u) ? calloc(1, sizeof *u) : NULL;

    if (u)
        u->keys = k;
    return u;
}

static void drop_body(struct unseal *u, struct side *s)
{
    if (s->body)
        keylog_give_back(u->keys, s->size);
    free(s->body);
    s->body = NULL;
    s->have = 0;
}

void unseal_free(struct unseal *u)
{
    if (!u)
        return;
    for (int i = 0; i < 2; i++) {
        drop_body(u, &u->side[i]);
        cipher_release(&u->side[i].cipher);
        if (u->side[i].borrowed)
            keylog_give_back(u->keys, CONTEXT);
    }
    keylog_give_back(u->keys, sizeof *u);
    free(u);
}

bool unseal_early_refused(const struct unseal *u)
{
    return u->early_refused;
}

const char *unseal_why(const struct unseal *u)
{
    return u->why ? u->why : "";
}

static enum unseal_what fail(struct unseal *u, const char *why)
{
    u->why = why;
    return UNSEAL_FAILED;
}

static const struct keylog_secret *
secret_of(struct unseal *u, enum tls_from from, enum stage stage)
{
    static const enum keylog_label label[2][3] = {
        [TLS_CLIENT] = {KEYLOG_CLIENT_EARLY, KEYLOG_CLIENT_HANDSHAKE,
                        KEYLOG_CLIENT_TRAFFIC},
        [TLS_SERVER] = {KEYLOG_LABELS, KEYLOG_SERVER_HANDSHAKE,
                        KEYLOG_SERVER_TRAFFIC}};
    enum keylog_label l = label[from][stage];
    const struct keylog_session *found;

    if (l == KEYLOG_LABELS)
        return NULL;
    if (u->session.secret[l].len == 0 && stage == STAGE_TRAFFIC) {
        found = keylog_find(u->keys, u->session.random); /* by now, perhaps */
        if (found)
            u->session = *found;
    }
    return u->session.secret[l].len ? &u->session.secret[l] : NULL;
}

/* The session's secrets, once they are needed: a log that is being written has
 * them no sooner. */
static bool seek(struct unseal *u, const struct tls *t)
{
    const struct keylog_session *found;

    if (u->sought)
        return u->found;
    u->sought = true;
    found = t->hello_from[TLS_CLIENT]
                ? keylog_find(u->keys, t->random[TLS_CLIENT])
                : NULL;
    u->found = found != NULL;
    if (found)
        u->session = *found;
    return u->found;
}

static bool may_key(struct unseal *u, struct side *s)
{
    if (!s->borrowed)
        s->borrowed = keylog_borrow(u->keys, CONTEXT);
    return s->borrowed;
}

/* Sets the key of a stage, by this suite. */
static bool set_stage(struct unseal *u, enum tls_from from, enum stage stage,
                      unsigned suite)
{
    struct side *s = &u->side[from];
    const struct cipher_suite *c = cipher_suite_of(suite);
    const struct keylog_secret *secret = secret_of(u, from, stage);

    if (!secret || !c || !may_key(u, s) ||
        !cipher_set_13(&s->cipher, c, secret))
        return false;
    s->secret = *secret;
    s->stage = stage;
    return true;
}

/* Opens what was gathered by the key that is set, into the body itself. */
static long open_record(struct side *s, uint8_t *out)
{
    long n = cipher_open(&s->cipher, s->cipher.number, s->head, s->body,
                         s->size, out);

    /* Behind a gap nobody knows how many records it held. */
    for (int i = 1; n < 0 && s->lost && i <= MOST_LOST; i++) {
        n = cipher_open(&s->cipher, s->cipher.number + (uint64_t)i, s->head,
                        s->body, s->size, out);
        if (n >= 0)
            s->cipher.number += (uint64_t)i;
    }
    if (n >= 0) {
        s->cipher.number++;
        s->proven = true;
    }
    return n;
}

/* Tries the stages from the one that is at work on: a side goes on to the
 * next without a word where its handshake cannot be read. */
static long open_13(struct unseal *u, const struct tls *t, enum tls_from from,
                    uint8_t *out)
{
    struct side *s = &u->side[from];
    static const unsigned early[] = {0x1301, 0x1303, 0x1302};
    long n = s->keyed ? open_record(s, out) : -1;
    int stage = s->keyed ? (int)s->stage + 1 : STAGE_EARLY;

    for (; n < 0 && stage <= STAGE_TRAFFIC; stage++) {
        bool guess = stage == STAGE_EARLY && !t->hello_done;

        /* 0-RTT goes by the suite of the session that it resumes. */
        for (size_t i = 0; n < 0 && i < (guess ? 3 : 1); i++)
            if (set_stage(u, from, (enum stage)stage,
                          guess ? early[i] : t->suite)) {
                s->keyed = true;
                n = open_record(s, out);
            }
    }
    if (n >= 0 && s->stage == STAGE_EARLY)
        u->early_used = true;
    return n;
}

static long open_12(struct unseal *u, const struct tls *t, enum tls_from from,
                    uint8_t *out)
{
    struct side *s = &u->side[from];
    const struct keylog_secret *master = &u->session.secret[KEYLOG_MASTER];
    const struct cipher_suite *c = cipher_suite_of(t->suite);

    if (!s->keyed)
        s->keyed = t->hello_done && t->hello_from[TLS_SERVER] && c &&
                   master->len && may_key(u, s) &&
                   cipher_set_12(&s->cipher, c, master,
                                 t->random[TLS_CLIENT], t->random[TLS_SERVER],
                                 from == TLS_SERVER);
    return s->keyed ? open_record(s, out) : -1;
}

/* What a whole handshake message changes. */
static void message_ends(struct unseal *u, struct tls *t, enum tls_from from)
{
    struct side *s = &u->side[from];
    uint8_t kind = s->message[0];

    if (!t->v13)
        return;
    if (kind == FINISHED && from == TLS_CLIENT) {
        u->early_refused = u->early_used;
        tls_finished(t);
    }
    if (kind == END_OF_EARLY_DATA && s->stage == STAGE_EARLY) {
        u->early_used = false; /* it was taken */
        s->keyed = set_stage(u, from, STAGE_HANDSHAKE, t->suite);
    } else if (kind == FINISHED && s->stage == STAGE_HANDSHAKE) {
        s->keyed = set_stage(u, from, STAGE_TRAFFIC, t->suite);
    } else if (kind == KEY_UPDATE && s->stage == STAGE_TRAFFIC) {
        cipher_next_secret(s->cipher.suite, &s->secret);
        s->keyed = cipher_set_13(&s->cipher, s->cipher.suite, &s->secret);
    }
}

/* Walks over handshake messages, which need not end where records do. True:
 * there is more than tickets in them. */
static bool take_messages(struct unseal *u, struct tls *t, enum tls_from from,
                          const uint8_t *at, size_t len)
{
    struct side *s = &u->side[from];
    bool speech = false;

    while (len > 0) {
        size_t n;

        if (s->message_have < sizeof s->message) {
            s->message[s->message_have++] = *at++;
            len--;
            speech = speech || s->message[0] != NEW_SESSION_TICKET;
            if (s->message_have < sizeof s->message)
                continue;
            s->message_left = (uint32_t)s->message[1] << 16 |
                              (uint32_t)s->message[2] << 8 | s->message[3];
        }
        n = len < s->message_left ? len : s->message_left;
        at += n;
        len -= n;
        s->message_left -= (uint32_t)n;
        if (s->message_left == 0) {
            s->message_have = 0;
            message_ends(u, t, from);
        }
    }
    return speech;
}

/* What a record held, by the kind that stood in it or in its head. */
static enum unseal_what take_content(struct unseal *u, struct tls *t,
                                     enum tls_from from, uint8_t kind,
                                     const uint8_t *at, size_t len,
                                     unseal_tell_fn *tell, void *arg)
{
    if (kind == HANDSHAKE) {
        if (!take_messages(u, t, from, at, len))
            return UNSEAL_QUIET;
        tell(arg, from, at, 0);
        return UNSEAL_SPEECH;
    }
    if (kind != CONTENT || len == 0)
        return UNSEAL_QUIET;
    tell(arg, from, at, len);
    return UNSEAL_SPEECH;
}

/* A record that no key opens: part of a handshake whose secrets are not in the
 * log, or 0-RTT without its own; else the log does not fit. */
static enum unseal_what not_opened(struct unseal *u, const struct tls *t,
                                   enum tls_from from, unseal_tell_fn *tell,
                                   void *arg)
{
    struct side *s = &u->side[from];

    if (s->lost) {
        s->astray = true;
        return UNSEAL_SPEECH;
    }
    if (t->v13 && !s->proven && !secret_of(u, from, STAGE_HANDSHAKE)) {
        tell(arg, from, s->body, 0);
        return UNSEAL_SPEECH;
    }
    if (!t->hello_done && !secret_of(u, from, STAGE_EARLY)) {
        tell(arg, from, NULL, s->size);
        return UNSEAL_SPEECH;
    }
    return fail(u, "its secrets in the key log do not fit it");
}

/* Bytes of it are missing. What was in it cannot be known, but how long it was,
 * and that it was one. */
static enum unseal_what take_holed(struct unseal *u, const struct tls *t,
                                   enum tls_from from, unseal_tell_fn *tell,
                                   void *arg)
{
    struct side *s = &u->side[from];
    const struct cipher_suite *c = cipher_suite_of(t->suite);
    size_t over = c ? cipher_suite_overhead(c) : 0;
    bool content = s->head[0] == CONTENT &&
                   (!t->v13 || (s->keyed && s->stage == STAGE_TRAFFIC));

    s->holed = false;
    s->message_have = 0;
    s->message_left = 0;
    if (s->keyed)
        s->cipher.number++;
    else
        s->lost = true;
    if (content && s->size > over)
        tell(arg, from, NULL, s->size - over);
    else
        tell(arg, from, s->head, 0);
    return UNSEAL_SPEECH;
}

static enum unseal_what take_sealed(struct unseal *u, struct tls *t,
                                    enum tls_from from, unseal_tell_fn *tell,
                                    void *arg)
{
    struct side *s = &u->side[from];
    bool early = s->head[0] == CONTENT && !t->hello_done;
    uint8_t kind = s->head[0], *out;
    enum unseal_what what;
    long n;

    if (s->holed)
        return take_holed(u, t, from, tell, arg);
    out = malloc(s->size + 1);
    if (!out)
        return fail(u, "there is no memory to read it");
    n = t->v13 || early ? open_13(u, t, from, out) : open_12(u, t, from, out);
    if (n >= 0 && s->lost) {
        s->lost = false;
        tell(arg, from, NULL, 1);
    }
    if (n >= 0 && (t->v13 || early)) { /* RFC 8446, 5.4: zeros are padding */
        while (n > 0 && out[n - 1] == 0)
            n--;
        kind = n > 0 ? out[--n] : 0;
    }
    what = n < 0 ? not_opened(u, t, from, tell, arg)
                 : take_content(u, t, from, kind, out, (size_t)n, tell, arg);
    free(out);
    return what;
}

/* In the clear. */
static enum unseal_what take_open(struct side *s, enum tls_from from,
                                  unseal_tell_fn *tell, void *arg)
{
    bool ticket = from == TLS_SERVER && s->first == NEW_SESSION_TICKET;

    if (s->head[0] == CIPHER_CHANGE)
        s->ciphered = true;
    if (s->head[0] != HANDSHAKE || ticket)
        return UNSEAL_QUIET;
    tell(arg, from, &s->first, 0);
    return UNSEAL_SPEECH;
}

static bool is_sealed(const struct tls *t, const struct side *s)
{
    return s->head[0] == CONTENT ||
           (s->ciphered && !t->v13 && s->head[0] != CIPHER_CHANGE);
}

/* The head is whole: is there what it takes to read the record? */
static enum unseal_what begin_record(struct unseal *u, const struct tls *t,
                                     struct side *s)
{
    s->size = (uint32_t)(s->head[3] << 8 | s->head[4]);
    s->at = 0;
    s->holed = false;
    s->first = 0;
    if (!is_sealed(t, s))
        return UNSEAL_NOTHING;
    if (!seek(u, t))
        return fail(u, "its secrets are not in the key log");
    if (t->hello_done && !cipher_suite_of(t->suite))
        return fail(u, "its cipher suite is none that can be read (AES-GCM, "
                       "ChaCha20-Poly1305)");
    if (!keylog_borrow(u->keys, s->size))
        return fail(u, "too much of other sessions is held");
    s->body = malloc((size_t)s->size + 1);
    if (!s->body)
        keylog_give_back(u->keys, s->size);
    return s->body ? UNSEAL_NOTHING : fail(u, "there is no memory to read it");
}

static enum unseal_what end_record(struct unseal *u, struct tls *t,
                                   enum tls_from from, unseal_tell_fn *tell,
                                   void *arg)
{
    struct side *s = &u->side[from];
    enum unseal_what what = s->body ? take_sealed(u, t, from, tell, arg)
                                    : take_open(s, from, tell, arg);

    drop_body(u, s);
    return what;
}

/* Takes bytes of a record's body, or of a hole in it (NULL). */
static size_t take_body(struct side *s, const uint8_t *at, size_t len)
{
    size_t n = len < s->size - s->at ? len : s->size - s->at;

    if (!at)
        s->holed = true;
    else if (s->body)
        memcpy(s->body + s->at, at, n);
    else if (s->at == 0 && n > 0)
        s->first = *at;
    s->at += (uint32_t)n;
    return n;
}

/* Takes a byte of a record's head. */
static enum unseal_what take_head(struct unseal *u, const struct tls *t,
                                  struct side *s, uint8_t byte)
{
    s->head[s->have++] = byte;
    if (s->have < HEAD)
        return UNSEAL_NOTHING;
    if (!tls_head_plausible(s->head))
        return fail(u, "its records are damaged");
    return begin_record(u, t, s);
}

static void go_astray(struct unseal *u, struct side *s)
{
    drop_body(u, s);
    s->astray = s->lost = true;
}

enum unseal_what unseal_take(struct unseal *u, struct tls *t,
                             enum tls_from from, const uint8_t *at, size_t len,
                             unseal_tell_fn *tell, void *arg)
{
    struct side *s = &u->side[from];
    enum unseal_what all = UNSEAL_NOTHING, what;

    if (s->astray && at && len >= HEAD && tls_head_plausible(at))
        s->astray = false;
    while (len > 0 && !s->astray) {
        size_t n = 1;

        if (s->have == HEAD) {
            n = take_body(s, at, len);
            what = UNSEAL_NOTHING;
        } else if (at) {
            what = take_head(u, t, s, *at);
        } else {
            go_astray(u, s);
            return UNSEAL_SPEECH;
        }
        at = at ? at + n : NULL;
        len -= n;
        if (what != UNSEAL_FAILED && s->have == HEAD && s->at == s->size)
            what = end_record(u, t, from, tell, arg);
        if (what == UNSEAL_FAILED)
            return what;
        all = what > all ? what : all;
    }
    return s->astray ? UNSEAL_SPEECH : all;
}
