/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters about what recipients can take: read, checked and printed. */
#include "bench/run/inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "bench/run/scenario.h"
#include "smtp/bargain.h"

static const char *print_list(char *to, size_t room, size_t count,
                              const char *(*name)(size_t))
{
    size_t used = 0;

    for (size_t i = 0; i < count && used < room; i++)
        used += (size_t)snprintf(to + used, room - used, "%s%s", i ? ", " : "",
                                 name(i));
    return to;
}

static const char *strategy_at(size_t i)
{
    return strategy_of((enum strategy_id)i)->name;
}

static const char *spelling_at(size_t i)
{
    return conneg_spelling_name((enum conneg_spelling)i);
}

static const char *answer_at(size_t i)
{
    return ability_name((enum ability_kind)i);
}

static int refuse(char why[INQUIRY_WHY], const char *flag, const char *value,
                  size_t count, const char *(*name)(size_t))
{
    char names[300];

    snprintf(why, INQUIRY_WHY, "--%s: found \"%.100s\", wanted one of %s", flag,
             value, print_list(names, sizeof names, count, name));
    return -1;
}

static int set_strategy(struct inquiry *q, const char *value,
                        char why[INQUIRY_WHY])
{
    enum strategy_id id = strategy_named(value);

    if (id == STRATEGY_COUNT)
        return refuse(why, "strategy", value, STRATEGY_COUNT, strategy_at);
    q->strategy = (int)id + 1;
    return 0;
}

static int set_spelling(struct inquiry *q, const char *value,
                        char why[INQUIRY_WHY])
{
    for (size_t i = 0; i < SPELLING_COUNT; i++)
        if (strcmp(value, spelling_at(i)) == 0) {
            q->spelling = (int)i;
            return 0;
        }
    return refuse(why, "asking", value, SPELLING_COUNT, spelling_at);
}

size_t inquiry_answers(const char *text, enum ability_kind to[INQUIRY_ANSWERS],
                       char why[INQUIRY_WHY])
{
    size_t count = 0;

    for (const char *at = text; at; count++) {
        size_t len = strcspn(at, ","), i = 0;

        while (i < ABILITY_COUNT &&
               !span_is((struct span){at, len}, answer_at(i)))
            i++;
        if (i == ABILITY_COUNT)
            return refuse(why, "answers", at, ABILITY_COUNT, answer_at), 0;
        if (count == INQUIRY_ANSWERS) {
            snprintf(why, INQUIRY_WHY, "--answers: wanted at most %d words",
                     INQUIRY_ANSWERS);
            return 0;
        }
        to[count] = (enum ability_kind)i;
        at = at[len] ? at + len + 1 : NULL;
    }
    return count;
}

/* Up to where the parentheses are closed again; strings may hold some. */
static size_t expression_len(const char *at)
{
    size_t len = 0;
    int depth = 0;
    bool quoted = false;

    do {
        if (at[len] == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (at[len] == '(') - (at[len] == ')');
        if (at[len])
            len++;
    } while (at[len] && (depth > 0 || quoted));
    return len;
}

bool inquiry_expression(const char **rest, struct feature *f, struct span *text,
                        char why[INQUIRY_WHY])
{
    const char *at = *rest + strspn(*rest, " \t\n");
    size_t len = expression_len(at);
    struct feature_error e;

    *text = (struct span){at, len};
    if (!feature_read(f, *text, &e)) {
        snprintf(why, INQUIRY_WHY,
                 "found \"%.100s\", %s behind %zu octets; wanted an expression "
                 "of RFC 2533, such as (&(color=Binary)(dpi<=300))",
                 at, e.what, e.at);
        return false;
    }
    *rest = at + len + strspn(at + len, " \t\n");
    return true;
}

static int set_features(char **field, const char *flag, bool collections,
                        const char *value, char why[INQUIRY_WHY])
{
    const char *rest = value;
    char wrong[INQUIRY_WHY];
    struct feature f;
    struct span text;
    size_t count = 0;

    do {
        if (!inquiry_expression(&rest, &f, &text, wrong)) {
            snprintf(why, INQUIRY_WHY, "--%s: %.500s", flag, wrong);
            return -1;
        }
        if (collections && !feature_is_collection(&f)) {
            snprintf(why, INQUIRY_WHY,
                     "--%s: found \"%.*s\", wanted what a form is made of: "
                     "(tag=value), or several as (&(tag=value)(tag=value))",
                     flag, text.len < 100 ? (int)text.len : 100, text.at);
            return -1;
        }
    } while (++count < BARGAIN_FORMS && *rest);
    if (*rest) {
        snprintf(why, INQUIRY_WHY, "--%s: wanted at most %d expressions", flag,
                 BARGAIN_FORMS);
        return -1;
    }
    free(*field);
    *field = strdup(value);
    return 0;
}

int inquiry_set(struct inquiry *q, const struct parameter *p, const char *value,
                char why[INQUIRY_WHY])
{
    enum ability_kind kinds[INQUIRY_ANSWERS];

    switch (p->kind) {
    case PARAMETER_STRATEGY:
        return set_strategy(q, value, why);
    case PARAMETER_SPELLING:
        return set_spelling(q, value, why);
    case PARAMETER_ANSWERS:
        if (inquiry_answers(value, kinds, why) == 0)
            return -1;
        free(q->answers);
        q->answers = strdup(value);
        return 0;
    default:
        if (strcmp(p->name, "forms") == 0)
            return set_features(&q->forms, p->name, true, value, why);
        return set_features(&q->filters, p->name, false, value, why);
    }
}

void inquiry_print(FILE *to, const struct inquiry *q, const struct parameter *p)
{
    switch (p->kind) {
    case PARAMETER_STRATEGY:
        fputs(inquiry_strategy(q)->name, to);
        break;
    case PARAMETER_SPELLING:
        fputs(conneg_spelling_name((enum conneg_spelling)q->spelling), to);
        break;
    case PARAMETER_ANSWERS:
        fputs(q->answers, to);
        break;
    default:
        fprintf(to, "'%s'",
                strcmp(p->name, "forms") == 0 ? q->forms : q->filters);
    }
}

void inquiry_release(struct inquiry *q)
{
    free(q->answers);
    free(q->filters);
    free(q->forms);
}

static char *copied(const char *text)
{
    return text ? strdup(text) : NULL;
}

void inquiry_copy(struct inquiry *to, const struct inquiry *from)
{
    *to = *from;
    to->answers = copied(from->answers);
    to->filters = copied(from->filters);
    to->forms = copied(from->forms);
}

const struct strategy *inquiry_strategy(const struct inquiry *q)
{
    return q->strategy ? strategy_of((enum strategy_id)(q->strategy - 1))
                       : NULL;
}

/* Why it has no meaning without a strategy, or with it; NULL: it has. */
static const char *nonsense(const struct scenario *s)
{
    const struct inquiry *q = &s->ask;
    bool any = q->classes > 1 || q->answers || q->filters || q->forms ||
               q->ttl_ns || q->spelling;

    if (!q->strategy)
        return any ? "--classes, --answers, --asking, --ttl, --filters and "
                     "--forms need --strategy"
                   : NULL;
    if (s->messages > 1)
        return "--strategy is about one message: wanted --messages 1";
    if (s->helo)
        return "--helo brings no extension to ask by: wanted EHLO with "
               "--strategy";
    if (!q->filters != !q->forms)
        return "--filters and --forms go together";
    if (q->filters && q->classes > 1)
        return "--classes and --filters together: which one is it?";
    if (s->recipients > INQUIRY_RECIPIENTS)
        return "--strategy: wanted --recipients up to 1000, which is what a "
               "server takes in a transaction";
    return NULL;
}

/* What is naive waits for everything: where no mode was asked for, that is the
 * one. */
static int finish_mode(struct scenario *s, char why[INQUIRY_WHY])
{
    const struct strategy *g = inquiry_strategy(&s->ask);

    if (!g || !g->lockstep || s->mode == MODE_LOCKSTEP)
        return 0;
    if (s->mode == MODE_PIPELINING) {
        s->mode = MODE_LOCKSTEP;
        return 0;
    }
    snprintf(why, INQUIRY_WHY,
             "--strategy %s waits for every reply: --mode %s has no meaning "
             "with it, wanted lockstep",
             g->name, mode_of(s->mode)->name);
    return -1;
}

int inquiry_finish(struct scenario *s, char why[INQUIRY_WHY])
{
    const char *wrong = nonsense(s);

    if (wrong) {
        snprintf(why, INQUIRY_WHY, "%s", wrong);
        return -1;
    }
    return finish_mode(s, why);
}

void inquiry_help(FILE *to)
{
    /* clang-format off */
    static const char *const meanings[] = {
        [ABILITY_TELLS] = "what he can take",
        [ABILITY_REFUSED] = "550 to every question, and to RCPT",
        [ABILITY_DEFERRED] = "450 likewise",
        [ABILITY_LATE] = "tells, and refuses him at RCPT all the same",
        [ABILITY_UNSUPPORTED] = "504: it was offered, but not of him",
        [ABILITY_SILENT] = "accepts him, and tells nothing",
        [ABILITY_OTHER] = "tells of somebody else",
        [ABILITY_MALFORMED] = "tells what nobody can read",
        [ABILITY_FLOODED] = "tells ten thousand lines",
    };
    /* clang-format on */

    fputs("\nStrategies (docs/capability.md):\n", to);
    for (int i = 0; i < STRATEGY_COUNT; i++) {
        const struct strategy *g = strategy_of((enum strategy_id)i);

        fprintf(to, "  %-5s %s\n", g->name, g->what);
    }
    fputs("\nAnswers:\n", to);
    for (size_t i = 0; i < ABILITY_COUNT; i++)
        fprintf(to, "  %-11s %s\n", answer_at(i), meanings[i]);
}
