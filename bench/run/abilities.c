/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes recipients and forms of a scenario's words. */
#include "bench/run/abilities.h"

#include <stdlib.h>
#include <string.h>

/* Recipients of the first class can take every form, those of the last but the
 * last; each form is a fax of a resolution of its own. */
static int make_classes(struct abilities *a, size_t count)
{
    struct feature_error e;
    char form[100];

    a->class_count = a->form_count = count;
    for (size_t i = 0; i < count; i++) {
        int dpi = 100 * (int)(count - i);

        if (asprintf(&a->filter[i],
                     "(&(image-file-structure=TIFF-minimal)\n"
                     "  (color=Binary)\n  (dpi<=%d))",
                     dpi) < 0) {
            a->filter[i] = NULL;
            return -1;
        }
        snprintf(form, sizeof form,
                 "(&(image-file-structure=TIFF-minimal)(color=Binary)"
                 "(dpi=%d))",
                 dpi);
        feature_read(&a->form[i].features, span_of(form), &e);
    }
    return 0;
}

static int read_classes(struct abilities *a, const struct inquiry *q)
{
    const char *filters = q->filters, *forms = q->forms;
    char why[INQUIRY_WHY];
    struct feature f;
    struct span text;

    for (; *forms; a->form_count++)
        inquiry_expression(&forms, &a->form[a->form_count].features, &text,
                           why);
    for (; *filters; a->class_count++) {
        inquiry_expression(&filters, &f, &text, why);
        a->filter[a->class_count] = strndup(text.at, text.len);
        if (!a->filter[a->class_count])
            return -1;
    }
    return 0;
}

static void rate_classes(struct abilities *a)
{
    struct feature_error e;
    struct feature f;

    for (size_t i = 0; i < a->class_count; i++) {
        size_t form = 0;

        feature_read(&f, span_of(a->filter[i]), &e);
        while (form < a->form_count &&
               !feature_match(&f, &a->form[form].features))
            form++;
        a->best[i] = form;
    }
}

static int make_bodies(struct abilities *a, struct span body)
{
    size_t room = body.len + 3; /* the dot, for DATA */

    a->bodies = malloc(a->form_count * room);
    if (!a->bodies)
        return -1;
    for (size_t i = 0; i < a->form_count; i++) {
        char *at = a->bodies + i * room;

        memcpy(at, body.at, body.len);
        if (body.len >= 3)
            at[body.len - 3] = (char)('A' + i % 26);
        memcpy(at + body.len, ".\r\n", 3);
        a->form[i].plain = (struct span){at, body.len};
        a->form[i].stuffed = (struct span){at, room};
    }
    return 0;
}

size_t abilities_recipient(struct span address)
{
    size_t n = 0;

    for (size_t i = strlen("user"); i < address.len; i++) {
        if (address.at[i] < '0' || address.at[i] > '9')
            break;
        n = n * 10 + (size_t)(address.at[i] - '0');
    }
    return n - 1;
}

size_t abilities_best(const struct abilities *a, size_t recipient)
{
    return a->best[recipient % a->class_count];
}

static const struct ability *find(void *abilities, struct span address)
{
    struct abilities *a = abilities;
    size_t i = abilities_recipient(address);

    a->found = (struct ability){a->answer[i % a->answer_count],
                                a->filter[i % a->class_count], a->ttl_s};
    return &a->found;
}

int abilities_init(struct abilities *a, const struct scenario *s,
                   struct span body)
{
    const struct inquiry *q = &s->ask;
    char why[INQUIRY_WHY];

    *a = (struct abilities){.directory = {a, find},
                            .ttl_s = (uint32_t)(q->ttl_ns / 1000000000)};
    a->answer_count =
        inquiry_answers(q->answers ? q->answers : "tells", a->answer, why);
    if (q->filters ? read_classes(a, q) < 0
                   : make_classes(a, (size_t)q->classes) < 0)
        return -1;
    rate_classes(a);
    return make_bodies(a, body);
}

void abilities_release(struct abilities *a)
{
    for (size_t i = 0; i < BARGAIN_FORMS; i++)
        free(a->filter[i]);
    free(a->bodies);
}

struct count {
    size_t willing;
    bool form[BARGAIN_FORMS + 1];
    bool certain;
};

/* By what the server answers, not by what the client makes of it. */
static void count_one(struct count *c, const struct abilities *a,
                      const struct scenario *s, size_t i)
{
    const struct strategy *g = inquiry_strategy(&s->ask);
    bool asks_rcpt = g->asking == ASKING_RCPT;
    bool lockstep = s->manner.mode == MODE_LOCKSTEP;
    enum ability_kind k = a->answer[i % a->answer_count];
    size_t form = abilities_best(a, i);
    bool refused = k == ABILITY_REFUSED || k == ABILITY_DEFERRED ||
                   (k == ABILITY_LATE && asks_rcpt);

    c->certain &= k != ABILITY_LATE || asks_rcpt;
    if (refused)
        return;
    if (k == ABILITY_UNSUPPORTED && asks_rcpt && lockstep)
        c->certain = false; /* RCPT is said again */
    if (k != ABILITY_TELLS && k != ABILITY_LATE)
        form = a->form_count - 1;
    c->certain &= form < a->form_count || !lockstep || !asks_rcpt;
    if (form == a->form_count)
        return;
    c->willing++;
    c->form[form] = true;
}

bool abilities_case(const struct abilities *a, const struct scenario *s,
                    struct strategy_case *k)
{
    const struct strategy *g = inquiry_strategy(&s->ask);
    struct count c = {.certain = s->tls == TLS_USE_NONE &&
                                 s->auth == AUTH_NONE &&
                                 s->manner.mode != MODE_CHUNKING_COLLECT};

    *k = (struct strategy_case){.recipients = (size_t)s->recipients};
    for (size_t i = 0; i < k->recipients; i++)
        count_one(&c, a, s, i);
    if (g->asking == ASKING_NOT) {
        k->willing = k->recipients;
        k->classes = 1;
        return c.certain && c.willing > 0;
    }
    k->willing = c.willing;
    for (size_t i = 0; i < a->form_count; i++)
        k->classes += c.form[i];
    if (g->common && k->classes > 1)
        k->classes = 1;
    return c.certain && !(g->common && s->ask.filters) &&
           !(s->ask.ttl_ns && s->offer == OFFERING_WARM);
}
