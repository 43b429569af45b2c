/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading media feature expressions, and matching them: RFC 2533, 4.1, with
 * the grammar as RFC 2738, 2 mends it. */
#include "smtp/feature.h"

#include <string.h>

struct reader {
    struct feature *f;
    size_t at;
    unsigned depth;
    struct feature_error *error;
};

static bool wrong(struct reader *r, const char *what)
{
    *r->error = (struct feature_error){what, r->at};
    return false;
}

static int look(struct reader *r)
{
    return r->at < r->f->len ? r->f->text[r->at] : -1;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Blanks may stand between any two words. */
static int look_on(struct reader *r)
{
    while (is_blank(look(r)))
        r->at++;
    return look(r);
}

static bool take(struct reader *r, char c)
{
    if (look_on(r) != c)
        return false;
    r->at++;
    return true;
}

static struct feature_node *node_new(struct reader *r, uint16_t *number)
{
    if (r->f->nodes == FEATURE_NODES) {
        wrong(r, "too many parts");
        return NULL;
    }
    *number = (uint16_t)r->f->nodes++;
    r->f->node[*number] = (struct feature_node){.kind = FEATURE_AND};
    return &r->f->node[*number];
}

/* A tag is letters, digits and some signs (RFC 2506, 3); a token has fewer. */
static bool in_word(int c, bool tag)
{
    return is_letter(c) || is_digit(c) || c == '-' ||
           (tag && c > ' ' && strchr(".!%*+_", c));
}

static void read_word(struct reader *r, bool tag, uint16_t *at, uint16_t *len)
{
    *at = (uint16_t)r->at;
    while (in_word(look(r), tag))
        r->at++;
    *len = (uint16_t)(r->at - *at);
}

static bool read_integer(struct reader *r, bool sign, int32_t *n)
{
    bool minus = sign && look(r) == '-';
    int digits = 0;

    if (sign && (look(r) == '-' || look(r) == '+'))
        r->at++;
    for (*n = 0; is_digit(look(r)); r->at++) {
        if (++digits > FEATURE_DIGITS)
            return wrong(r, "a number of too many digits");
        *n = *n * 10 + (look(r) - '0');
    }
    if (digits == 0)
        return wrong(r, "a number was expected");
    if (minus)
        *n = -*n;
    return true;
}

static bool read_number(struct reader *r, struct feature_value *v)
{
    v->kind = FEATURE_NUMBER;
    v->under = 1;
    if (!read_integer(r, true, &v->over))
        return false;
    if (look(r) != '/')
        return true;
    r->at++;
    if (!read_integer(r, false, &v->under))
        return false;
    return v->under > 0 || wrong(r, "a ratio over nothing");
}

static bool read_string(struct reader *r, struct feature_value *v)
{
    v->kind = FEATURE_STRING;
    v->at = (uint16_t)++r->at;
    while (look(r) >= ' ' && look(r) <= '~' && look(r) != '"')
        r->at++;
    v->len = (uint16_t)(r->at - v->at);
    return take(r, '"') || wrong(r, "a string without its end");
}

static bool read_value(struct reader *r, struct feature_value *v)
{
    int c = look_on(r);

    *v = (struct feature_value){.kind = FEATURE_TOKEN};
    if (is_digit(c) || c == '+' || c == '-')
        return read_number(r, v);
    if (c == '"')
        return read_string(r, v);
    if (!is_letter(c))
        return wrong(r, "a value was expected");
    read_word(r, false, &v->at, &v->len);
    return true;
}

/* An entry of a set: a value, or a range low..high. */
static bool read_entry(struct reader *r, struct feature_node *n)
{
    n->kind = FEATURE_EQUAL;
    if (!read_value(r, &n->value))
        return false;
    if (look_on(r) != '.')
        return true;
    r->at++;
    n->kind = FEATURE_WITHIN;
    if (!take(r, '.') || !read_value(r, &n->most))
        return wrong(r, "a range is low..high");
    return (n->value.kind == FEATURE_NUMBER &&
            n->most.kind == FEATURE_NUMBER) ||
           wrong(r, "a range is of numbers");
}

/* (tag=[a,b..c]) is (|(tag=a)(tag=b..c)). */
static bool read_set(struct reader *r, struct feature_node *all)
{
    uint16_t *link = &all->child, number;

    all->kind = FEATURE_OR;
    do {
        struct feature_node *n = node_new(r, &number);

        if (!n)
            return false;
        n->tag_at = all->tag_at;
        n->tag_len = all->tag_len;
        *link = number;
        link = &n->sibling;
        if (!read_entry(r, n))
            return false;
    } while (take(r, ','));
    return take(r, ']') || wrong(r, "a set ends with ]");
}

static bool read_test(struct reader *r, struct feature_node *n)
{
    int sign;

    read_word(r, true, &n->tag_at, &n->tag_len);
    if (n->tag_len == 0)
        return wrong(r, "a tag was expected");
    sign = look_on(r);
    if (sign == '<' || sign == '>')
        r->at++;
    if (!take(r, '='))
        return wrong(r, "=, <= or >= was expected");
    if (sign == '=' && take(r, '['))
        return read_set(r, n);
    n->kind = sign == '<'   ? FEATURE_AT_MOST
              : sign == '>' ? FEATURE_AT_LEAST
                            : FEATURE_EQUAL;
    if (!read_value(r, &n->value))
        return false;
    return sign == '=' || n->value.kind == FEATURE_NUMBER ||
           wrong(r, "<= and >= are of numbers");
}

static bool read_filter(struct reader *r, uint16_t *number);

static bool read_list(struct reader *r, struct feature_node *n, bool one)
{
    uint16_t *link = &n->child;

    do {
        if (!read_filter(r, link))
            return false;
        link = &r->f->node[*link].sibling;
    } while (!one && look_on(r) == '(');
    return true;
}

/* `;q=0.5` tells what is preferred, which nobody here asks. */
static bool read_parameters(struct reader *r)
{
    uint16_t at, len;

    while (take(r, ';')) {
        look_on(r);
        read_word(r, false, &at, &len);
        if (len == 0 || !take(r, '='))
            return wrong(r, "a parameter is name=value");
        while (look(r) > ' ' && look(r) <= '~' && !strchr("();", look(r)))
            r->at++;
    }
    return true;
}

static bool read_filter(struct reader *r, uint16_t *number)
{
    struct feature_node *n;
    bool ok;

    if (!take(r, '('))
        return wrong(r, "( was expected");
    if (++r->depth > FEATURE_DEPTH)
        return wrong(r, "parentheses too deep");
    n = node_new(r, number);
    if (!n)
        return false;
    switch (look_on(r)) {
    case '&':
    case '|':
    case '!':
        n->kind = look(r) == '&'   ? FEATURE_AND
                  : look(r) == '|' ? FEATURE_OR
                                   : FEATURE_NOT;
        r->at++;
        ok = read_list(r, n, n->kind == FEATURE_NOT);
        break;
    default:
        ok = read_test(r, n);
    }
    if (ok && !take(r, ')'))
        ok = wrong(r, ") was expected");
    r->depth--;
    return ok && read_parameters(r);
}

bool feature_read(struct feature *f, struct span text, struct feature_error *e)
{
    struct reader r = {.f = f, .error = e};
    uint16_t whole;

    f->nodes = f->len = 0;
    if (text.len > sizeof f->text)
        return wrong(&r, "too long");
    memcpy(f->text, text.at, text.len);
    f->len = text.len;
    if (!read_filter(&r, &whole))
        return false;
    return look_on(&r) == -1 || wrong(&r, "more than one expression");
}

static bool is_equality(const struct feature_node *n)
{
    return n->kind == FEATURE_EQUAL;
}

bool feature_is_collection(const struct feature *f)
{
    const struct feature_node *all = &f->node[0];

    if (is_equality(all))
        return true;
    for (uint16_t i = all->child; i; i = f->node[i].sibling)
        if (!is_equality(&f->node[i]))
            return false;
    return all->kind == FEATURE_AND;
}

static int small(int c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool words_alike(const char *a, size_t a_len, const char *b,
                        size_t b_len)
{
    if (a_len != b_len)
        return false;
    for (size_t i = 0; i < a_len; i++)
        if (small(a[i]) != small(b[i]))
            return false;
    return true;
}

/* Nine digits times nine digits are within 64 bits. */
static int number_compare(struct feature_value a, struct feature_value b)
{
    int64_t left = (int64_t)a.over * b.under;
    int64_t right = (int64_t)b.over * a.under;

    return left < right ? -1 : left > right;
}

static bool values_equal(const struct feature *f, struct feature_value a,
                         const struct feature *g, struct feature_value b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == FEATURE_NUMBER)
        return number_compare(a, b) == 0;
    if (a.kind == FEATURE_TOKEN)
        return words_alike(f->text + a.at, a.len, g->text + b.at, b.len);
    return a.len == b.len && memcmp(f->text + a.at, g->text + b.at, a.len) == 0;
}

/* A test of the filter against one feature of the collection. */
static bool test_holds(const struct feature *filter,
                       const struct feature_node *test,
                       const struct feature *collection,
                       const struct feature_node *has)
{
    bool numbers = has->value.kind == FEATURE_NUMBER;

    if (!words_alike(filter->text + test->tag_at, test->tag_len,
                     collection->text + has->tag_at, has->tag_len))
        return false;
    switch (test->kind) {
    case FEATURE_EQUAL:
        return values_equal(filter, test->value, collection, has->value);
    case FEATURE_AT_MOST:
        return numbers && number_compare(has->value, test->value) <= 0;
    case FEATURE_AT_LEAST:
        return numbers && number_compare(has->value, test->value) >= 0;
    case FEATURE_WITHIN:
        return numbers && number_compare(has->value, test->value) >= 0 &&
               number_compare(has->value, test->most) <= 0;
    default:
        return false;
    }
}

static bool any_holds(const struct feature *filter,
                      const struct feature_node *test,
                      const struct feature *collection)
{
    const struct feature_node *all = &collection->node[0];

    if (is_equality(all))
        return test_holds(filter, test, collection, all);
    for (uint16_t i = all->child; i; i = collection->node[i].sibling)
        if (test_holds(filter, test, collection, &collection->node[i]))
            return true;
    return false;
}

static bool node_holds(const struct feature *filter,
                       const struct feature_node *n,
                       const struct feature *collection)
{
    bool all = n->kind != FEATURE_OR;

    if (n->kind > FEATURE_NOT)
        return any_holds(filter, n, collection);
    if (n->kind == FEATURE_NOT)
        return !node_holds(filter, &filter->node[n->child], collection);
    for (uint16_t i = n->child; i; i = filter->node[i].sibling)
        if (node_holds(filter, &filter->node[i], collection) != all)
            return !all;
    return all;
}

bool feature_match(const struct feature *filter,
                   const struct feature *collection)
{
    return node_holds(filter, &filter->node[0], collection);
}
