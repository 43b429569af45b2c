/* SPDX-License-Identifier: BSD-2-Clause */
/* Media feature expressions written in one way only. */
#include <stdio.h>
#include <string.h>

#include "smtp/feature.h"

struct page {
    char *at;
    size_t len, room;
    bool full;
};

static void put(struct page *p, const char *at, size_t len, bool small)
{
    if (len >= p->room - p->len) {
        p->full = true;
        return;
    }
    for (size_t i = 0; i < len; i++)
        p->at[p->len++] =
            (char)(small && at[i] >= 'A' && at[i] <= 'Z' ? at[i] + ('a' - 'A')
                                                         : at[i]);
}

static int32_t common(int32_t a, int32_t b)
{
    while (b != 0) {
        int32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a < 0 ? -a : a;
}

static void put_value(struct page *p, const struct feature *f,
                      struct feature_value v)
{
    char number[32];
    int32_t by;
    int n;

    if (v.kind == FEATURE_STRING) {
        put(p, f->text + v.at - 1, v.len + 2u, false);
        return;
    }
    if (v.kind == FEATURE_TOKEN) {
        put(p, f->text + v.at, v.len, true);
        return;
    }
    by = common(v.over, v.under);
    n = v.under == by ? snprintf(number, sizeof number, "%d", v.over / by)
                      : snprintf(number, sizeof number, "%d/%d", v.over / by,
                                 v.under / by);
    put(p, number, (size_t)n, false);
}

static void put_test(struct page *p, const struct feature *f,
                     const struct feature_node *n)
{
    const char *sign = n->kind == FEATURE_AT_MOST    ? "<="
                       : n->kind == FEATURE_AT_LEAST ? ">="
                                                     : "=";

    put(p, "(", 1, false);
    put(p, f->text + n->tag_at, n->tag_len, true);
    put(p, sign, strlen(sign), false);
    if (n->kind == FEATURE_WITHIN)
        put(p, "[", 1, false);
    put_value(p, f, n->value);
    if (n->kind == FEATURE_WITHIN) {
        put(p, "..", 2, false);
        put_value(p, f, n->most);
        put(p, "]", 1, false);
    }
    put(p, ")", 1, false);
}

struct parts { /* what is parallel, as it stands on a page of its own */
    struct page page;
    size_t count;
    struct span part[FEATURE_NODES];
    char text[FEATURE_TEXT * 2];
};

static void put_node(struct page *, const struct feature *,
                     const struct feature_node *);

/* (&(&ab)c) is (&abc). */
static void gather(struct parts *all, const struct feature *f,
                   const struct feature_node *n)
{
    for (uint16_t i = n->child; i; i = f->node[i].sibling) {
        const struct feature_node *part = &f->node[i];
        size_t from = all->page.len;

        if (part->kind == n->kind) {
            gather(all, f, part);
            continue;
        }
        put_node(&all->page, f, part);
        all->part[all->count++] =
            (struct span){all->text + from, all->page.len - from};
    }
}

static int compare(struct span a, struct span b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static void sort(struct parts *all)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->count; i++) {
        struct span s = all->part[i];
        size_t k = kept;

        while (k > 0 && compare(all->part[k - 1], s) > 0)
            k--;
        if (k > 0 && compare(all->part[k - 1], s) == 0)
            continue;
        memmove(&all->part[k + 1], &all->part[k],
                (kept - k) * sizeof all->part[0]);
        all->part[k] = s;
        kept++;
    }
    all->count = kept;
}

static void put_parts(struct page *p, const struct feature *f,
                      const struct feature_node *n)
{
    struct parts all;

    all.count = 0;
    all.page = (struct page){.at = all.text, .room = sizeof all.text};
    gather(&all, f, n);
    sort(&all);
    p->full |= all.page.full;
    if (all.count > 1)
        put(p, n->kind == FEATURE_AND ? "(&" : "(|", 2, false);
    for (size_t i = 0; i < all.count; i++)
        put(p, all.part[i].at, all.part[i].len, false);
    if (all.count > 1)
        put(p, ")", 1, false);
}

static void put_node(struct page *p, const struct feature *f,
                     const struct feature_node *n)
{
    const struct feature_node *child = &f->node[n->child];

    if (n->kind > FEATURE_NOT) {
        put_test(p, f, n);
    } else if (n->kind != FEATURE_NOT) {
        put_parts(p, f, n);
    } else if (child->kind == FEATURE_NOT) {
        put_node(p, f, &f->node[child->child]);
    } else {
        put(p, "(!", 2, false);
        put_node(p, f, child);
        put(p, ")", 1, false);
    }
}

/* What has become one where it was many may now be parallel to what is around
 * it: again, until nothing changes. */
size_t feature_canonical(const struct feature *f, char *at, size_t room)
{
    struct page p = {.at = at, .room = room};
    struct feature_error error;
    struct feature again;

    if (room == 0)
        return 0;
    put_node(&p, f, &f->node[0]);
    at[p.len] = '\0';
    while (!p.full) {
        if (!feature_read(&again, (struct span){at, p.len}, &error))
            break;
        p.len = 0;
        put_node(&p, &again, &again.node[0]);
        at[p.len] = '\0';
        if (again.len == p.len && memcmp(again.text, at, p.len) == 0)
            return p.len;
    }
    at[0] = '\0';
    return 0;
}
