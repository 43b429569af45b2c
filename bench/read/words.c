/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void words_release(struct words *w)
{
    free(w->word);
    *w = (struct words){0};
}

void words_clear(struct words *w)
{
    w->count = 0;
}

static struct word *last(const struct words *w)
{
    return w->count ? &w->word[w->count - 1] : NULL;
}

static void append(struct words *w, const char *text, unsigned times)
{
    if (w->count == WORDS)
        return;
    if (w->count == w->room) {
        size_t room = w->room ? w->room * 2 : 4;
        struct word *more = realloc(w->word, room * sizeof *more);

        if (!more)
            return;
        w->word = more;
        w->room = room;
    }
    if (w->count == WORDS - 1)
        text = "...";
    w->word[w->count].times = times;
    snprintf(w->word[w->count].text, WORD, "%s", text);
    w->count++;
}

/* Repeats of these tell nothing. */
static bool uncounted(const char *text)
{
    return strcmp(text, "body") == 0 || strcmp(text, "TLS") == 0 ||
           strcmp(text, "...") == 0;
}

static void add(struct words *w, const char *text, unsigned times)
{
    if (!last(w) || strncmp(last(w)->text, text, WORD - 1) != 0)
        append(w, text, times);
    else if (!uncounted(text))
        last(w)->times += times;
}

void words_add(struct words *w, const char *text)
{
    add(w, text, 1);
}

void words_move(struct words *to, struct words *from)
{
    for (size_t i = 0; i < from->count; i++)
        add(to, from->word[i].text, from->word[i].times);
    words_clear(from);
}

char *words_text(const struct words *w)
{
    size_t room = w->count * (WORD + 12) + 1, len = 0;
    char *out = malloc(room);

    if (!out)
        return NULL;
    out[0] = 0;
    for (size_t i = 0; i < w->count; i++) {
        const char *blank = i ? " " : "";

        len += (size_t)(w->word[i].times > 1
                            ? snprintf(out + len, room - len, "%s%sx%u", blank,
                                       w->word[i].text, w->word[i].times)
                            : snprintf(out + len, room - len, "%s%s", blank,
                                       w->word[i].text));
    }
    return out;
}
