/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/words.h"

#include <stdbool.h>
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
    size_t len;

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
    len = strnlen(text, WORD - 1);
    memcpy(w->word[w->count].text, text, len);
    w->word[w->count++].text[len] = 0;
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

/* The digits of a number. */
static size_t put_number(char *out, unsigned n)
{
    char digit[12];
    size_t count = 0;

    do {
        digit[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    for (size_t i = 0; i < count; i++)
        out[i] = digit[count - 1 - i];
    return count;
}

char *words_text(const struct words *w)
{
    char *out = malloc(w->count * (WORD + 12) + 1);
    size_t len = 0;

    if (!out)
        return NULL;
    for (size_t i = 0; i < w->count; i++) {
        size_t size = strlen(w->word[i].text);

        if (i)
            out[len++] = ' ';
        memcpy(out + len, w->word[i].text, size);
        len += size;
        if (w->word[i].times > 1) {
            out[len++] = 'x';
            len += put_number(out + len, w->word[i].times);
        }
    }
    out[len] = 0;
    return out;
}
