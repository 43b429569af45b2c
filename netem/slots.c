/* SPDX-License-Identifier: BSD-2-Clause */
/* netem's slots: see slots.h. */
#include "netem/slots.h"

#include "netem/pace.h"
#include "netem/scatter.h"

static void draw(struct slots *s)
{
    const struct link_slot *h = &s->how;
    const struct link_table *t = h->scatter.table;
    double unit = chance_unit(&s->chance);

    if (h->scattered)
        s->next_len_ns = scatter_pick(t ? t->value : NULL, t ? t->count : 0,
                                      h->delay_ns, h->jitter_ns, unit);
    else
        s->next_len_ns =
            h->min_ns + (int64_t)(unit * (double)(h->max_ns - h->min_ns));
    if (s->next_len_ns < 0)
        s->next_len_ns = 0;
}

static void open_slot(struct slots *s, int64_t at_ns)
{
    s->open_ns = at_ns;
    s->packets = s->bytes = 0;
    draw(s);
}

void slots_init(struct slots *s, const struct link_slot *how, uint64_t seed,
                uint32_t stream)
{
    *s = (struct slots){.how = *how};
    chance_init(&s->chance, seed, stream);
}

void slots_start(struct slots *s, int64_t now_ns)
{
    open_slot(s, now_ns);
}

int64_t slots_leave_ns(const struct slots *s, int64_t due_ns)
{
    if (!s->how.on)
        return due_ns;
    return due_ns <= s->open_ns ? s->open_ns
                                : pace_later(due_ns, s->next_len_ns);
}

void slots_use(struct slots *s, int64_t leave_ns, uint32_t bytes)
{
    const struct link_slot *h = &s->how;

    if (!h->on)
        return;
    if (leave_ns > s->open_ns)
        open_slot(s, leave_ns);
    s->packets++;
    s->bytes += bytes;
    if ((h->packets && s->packets >= h->packets) ||
        (h->bytes && s->bytes >= h->bytes))
        open_slot(s, pace_later(s->open_ns, s->next_len_ns));
}
