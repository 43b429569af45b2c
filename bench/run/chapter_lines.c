/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/run/chapter_lines.h"

#include <assert.h>
#include <stdio.h>

struct settings {
    char text[400];
};

static struct settings join(const char *before, const char *own)
{
    struct settings s;
    int len = snprintf(s.text, sizeof s.text, "%s%s%s", before,
                       *before ? " " : "", own);

    assert(len >= 0 && (size_t)len < sizeof s.text);
    (void)len;
    return s;
}

/* Both rows in one world, then both in the next. */
static void add_pair(struct book *b, size_t entry, const char *before,
                     const struct line *l)
{
    const bool here[WORLD_COUNT] = {
        [WORLD_IDEAL] = true, [WORLD_NS3] = b->ns3, [WORLD_KERNEL] = b->kernel};
    struct settings first = join(before, l->settings);
    struct settings second = join(before, l->second);

    for (int world = 0; world < WORLD_COUNT; world++) {
        enum world w = (enum world)world;

        if (!here[w] || (w != WORLD_IDEAL && w == l->without))
            continue;
        book_add_in(b, entry, l->turnarounds, first.text, w);
        book_add_in(b, entry, l->second_turnarounds, second.text, w);
    }
}

static void add(struct book *b, const char *before, const struct line *l)
{
    struct settings own = join(before, l->settings);
    size_t entry = book_entry(b, l->kind, l->says, l->expected);

    if (l->second)
        add_pair(b, entry, before, l);
    else if (l->kind == ENTRY_ENDING)
        book_add_ending(b, entry, l->turnarounds, own.text, l->ending);
    else if (l->kind == ENTRY_OPENING)
        book_add_opening(b, entry, l->turnarounds, l->opening, own.text);
    else
        book_add_but(b, entry, l->turnarounds, own.text, l->without);
    if (l->remark)
        book_remark(b, entry, l->refuted, l->remark);
    if (l->captured)
        book_capture(b, entry);
}

void lines_add(struct book *b, const char *before, const struct line *lines,
               size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(b, before, &lines[i]);
}

void lines_add_dialogue(struct book *b, const struct dialogue *d)
{
    char expected[40];
    size_t entry;

    snprintf(expected, sizeof expected, "%zu, byte for byte", d->turnarounds);
    entry = book_entry(b, ENTRY_DIALOGUE, d->name, expected);
    if (!b->failed)
        b->entry[entry].dialogue = d;
}
