/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines without rows, several at a time: most wait for real time to pass. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/book.h"
#include "bench/run/crew.h"
#include "bench/run/mx_claim.h"

/* A line that takes longer decides nothing, and holds nobody up. */
enum { PLAY_MOST_S = 90 };

/* As few as this are played again one at a time, which is the last word on
 * them; more would take too long. */
enum { FEW = 4 };

struct player { /* sends its line back whole */
    struct book *book;
    struct entry *entry;
    bool alone;
};

bool book_is_play(enum entry_kind kind)
{
    return kind == ENTRY_DIALOGUE || kind == ENTRY_CHECK ||
           kind == ENTRY_TOPOLOGY;
}

static void check(struct entry *e)
{
    char why[240] = "";

    if (!e->check(e->arg, e->line.ideal, why)) {
        e->line.verdict = CLAIM_FAILS;
        snprintf(e->line.note, sizeof e->line.note, "%s", why);
    } else if (e->remark) {
        snprintf(e->line.note, sizeof e->line.note, "%s", e->remark);
    }
}

static void play(void *player, FILE *to)
{
    const struct player *p = player;
    struct entry *e = p->entry;

    alarm(PLAY_MOST_S);
    if (e->kind == ENTRY_DIALOGUE)
        book_play(p->book, (size_t)(e - p->book->entry));
    else if (e->kind == ENTRY_CHECK)
        check(e);
    else
        mx_claim_play(e->topology,
                      (struct mx_worlds){.ns3 = p->book->ns3,
                                         .kernel = p->book->kernel,
                                         .spared = !p->alone},
                      &e->line);
    fwrite(&e->line, sizeof e->line, 1, to);
}

static size_t take(void *arg, void *player, const char *said, size_t len,
                   bool over)
{
    struct claim_line *l = &((struct player *)player)->entry->line;

    (void)arg;
    if (!over)
        return 0;
    if (len == sizeof *l) {
        memcpy(l, said, len);
    } else {
        l->verdict = CLAIM_UNDECIDED;
        snprintf(l->note, sizeof l->note,
                 "its process died, or took more than %d s", PLAY_MOST_S);
    }
    free(player);
    return len;
}

static int start(struct crew *c, struct book *b, struct entry *e, bool alone)
{
    struct player *p = malloc(sizeof *p);

    if (!p)
        return -1;
    *p = (struct player){b, e, alone};
    if (crew_start(c, play, p, p) == 0)
        return 0;
    free(p);
    return -1;
}

static int wait_for_one(struct crew *c)
{
    return crew_wait(c, -1, take, NULL) < 0 && errno != EINTR ? -1 : 0;
}

static int play_some(struct book *b, const bool *wanted, size_t parallel)
{
    struct crew *c = crew_new();
    int result = c ? 0 : -1;

    for (size_t i = 0; result == 0 && i < b->entries; i++) {
        if (!wanted[i])
            continue;
        while (result == 0 && crew_busy(c) == parallel)
            result = wait_for_one(c);
        if (result == 0)
            result = start(c, b, &b->entry[i], parallel == 1);
    }
    while (result == 0 && crew_busy(c) > 0)
        result = wait_for_one(c);
    crew_free(c, free);
    return result;
}

/* Marks those that a busy host left undecided, as if they had not been played.
 */
static size_t mark_again(struct book *b, bool *wanted,
                         const struct claim_line *before)
{
    size_t marked = 0;

    for (size_t i = 0; i < b->entries; i++) {
        wanted[i] = wanted[i] && b->entry[i].line.verdict == CLAIM_UNDECIDED;
        if (wanted[i])
            b->entry[i].line = before[i];
        marked += wanted[i];
    }
    return marked;
}

int book_play_all(struct book *b, size_t parallel)
{
    bool *wanted = calloc(b->entries + 1, sizeof *wanted);
    struct claim_line *before = calloc(b->entries + 1, sizeof *before);
    int result = wanted && before ? 0 : -1;

    for (size_t i = 0; result == 0 && i < b->entries; i++) {
        wanted[i] = book_is_play(b->entry[i].kind);
        before[i] = b->entry[i].line;
    }
    if (result == 0)
        result = play_some(b, wanted, parallel);
    for (int i = 0; result == 0 && i < b->tries; i++) {
        size_t marked = mark_again(b, wanted, before);
        bool alone = marked <= FEW || i == b->tries - 1;

        if (marked > 0)
            result = play_some(b, wanted, alone ? 1 : parallel);
    }
    free(wanted);
    free(before);
    return result;
}
