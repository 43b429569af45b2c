/* SPDX-License-Identifier: BSD-2-Clause */
/* Picks the server that a session meets, and stands aside. */
#include "smtp/guise.h"

#include <assert.h>
#include <string.h>

/* Sessions of this client before this one; who is not known, and finds no
 * place, is as one who was never here. */
static size_t count_session(struct guise_host *h, struct endpoint client)
{
    client.port = 0;
    h->sessions++;
    for (int i = 0; i < GUISE_CLIENTS; i++) {
        struct guise_client *c = &h->client[i];

        if (c->at.family == 0)
            c->at = client;
        if (endpoint_equal(c->at, client))
            return c->sessions++;
    }
    return 0;
}

static const struct guise *pick(struct guise_host *h, struct endpoint client,
                                int64_t now_ns)
{
    size_t last = h->guise_count - 1, i = 0, before;

    if (h->sessions == 0)
        h->first_ns = now_ns;
    before = count_session(h, client);
    if (h->pooled)
        return &h->guises[(h->sessions - 1) % h->guise_count];
    while (i < last && before >= h->guises[i].sessions &&
           now_ns - h->first_ns >= h->guises[i].for_ns)
        i++;
    return &h->guises[i];
}

static size_t guise_tell(struct machine *m, const struct told *t)
{
    struct guise_session *s = (struct guise_session *)m;

    if (t->kind == TOLD_START) {
        s->guise = pick(s->host, s->client, t->now_ns);
        server_init(&s->server, s->guise->config);
    }
    if (t->kind == TOLD_OPENED && t->secure && s->guise->secure)
        s->server.config = s->guise->secure;
    return machine_tell(&s->server.machine, t);
}

static struct ask guise_ask(struct machine *m)
{
    return machine_ask(&((struct guise_session *)m)->server.machine);
}

void guise_init(struct guise_session *s, struct guise_host *host,
                struct endpoint client)
{
    assert(host->guise_count > 0);
    memset(s, 0, sizeof *s);
    s->machine = (struct machine){guise_tell, guise_ask};
    s->host = host;
    s->client = client;
}
