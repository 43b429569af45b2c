/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions that a client may resume, the newest first. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/tls_inner.h"

struct kept {
    SSL_SESSION *session; /* owned */
    struct kept *next;
    char peer[];
};

struct tls_store {
    size_t limit, count;
    struct kept *first;
};

struct tls_store *tls_store_new(size_t limit)
{
    struct tls_store *s = calloc(1, sizeof *s);

    assert(limit > 0);
    if (s)
        s->limit = limit;
    return s;
}

static SSL_SESSION *unlink_kept(struct tls_store *s, struct kept **at)
{
    struct kept *k = *at;
    SSL_SESSION *session = k->session;

    *at = k->next;
    free(k);
    s->count--;
    return session;
}

void tls_store_free(struct tls_store *s)
{
    while (s && s->first)
        SSL_SESSION_free(unlink_kept(s, &s->first));
    free(s);
}

size_t tls_store_count(const struct tls_store *s, const char *peer)
{
    size_t n = 0;

    for (const struct kept *k = s->first; k; k = k->next)
        n += strcmp(k->peer, peer) == 0;
    return n;
}

void tls_store_put(struct tls_store *s, const char *peer, SSL_SESSION *session)
{
    size_t size = strlen(peer) + 1;
    struct kept *k = malloc(sizeof *k + size);

    if (!k) { /* then it is not resumed */
        SSL_SESSION_free(session);
        return;
    }
    k->session = session;
    memcpy(k->peer, peer, size);
    k->next = s->first;
    s->first = k;
    if (++s->count > s->limit) {
        struct kept **last = &s->first;

        while ((*last)->next)
            last = &(*last)->next;
        SSL_SESSION_free(unlink_kept(s, last));
    }
}

SSL_SESSION *tls_store_take(struct tls_store *s, const char *peer)
{
    struct kept **at = &s->first;

    while (*at) {
        SSL_SESSION *session = (*at)->session;

        if (strcmp((*at)->peer, peer) != 0) {
            at = &(*at)->next;
        } else if (!SSL_SESSION_is_resumable(session)) {
            SSL_SESSION_free(unlink_kept(s, at));
        } else if (SSL_SESSION_get_protocol_version(session) >= TLS_V13) {
            return unlink_kept(s, at);
        } else {
            SSL_SESSION_up_ref(session);
            return session;
        }
    }
    return NULL;
}
