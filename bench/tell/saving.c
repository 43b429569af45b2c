/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/saving.h"

#include "bench/tell/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct sample {
    char rest[400];
    double x, ms;
    bool fast;
    int64_t repeat;
};

struct timed {
    double ms;
    size_t round; /* which of the curve's rounds it is of */
};

struct point { /* all samples of one number */
    double x;
    const struct timed *slow, *fast; /* in one array for all */
    size_t slows, fasts;
};

/* A round is what has one number of repetition, at every point and on both
 * sides. */
struct curve {
    struct point *point;
    size_t count;
    struct timed *timed; /* of all points */
    int64_t *repeat;     /* of each round, in order */
    size_t rounds;
    size_t most; /* samples of one side of a point, if each round were there
                  * as often as the one that is there the most */
};

static void *room_for(size_t count, size_t size)
{
    void *room = calloc(count + 1, size);

    if (!room)
        abort();
    return room;
}

static bool take(const struct saving_question *q, const struct row *r,
                 struct sample *s, char unit[VARIED_UNIT])
{
    struct varied v;

    if (r->valid != FLAG_TRUE || !r->outcome ||
        strncmp(r->outcome, "delivered", 9) != 0 || isnan(r->closed_ms) ||
        !varied_get(r->varied, q->between, &v))
        return false;
    s->fast = strcmp(v.value, q->fast) == 0;
    if (!s->fast && strcmp(v.value, q->slow) != 0)
        return false;
    if (!varied_get(r->varied, q->over, &v))
        return false;
    s->x = varied_number(v.value, unit);
    s->ms = r->closed_ms;
    s->repeat = r->repeat;
    varied_without(r->varied, q->between, q->over, s->rest, sizeof s->rest);
    return !isnan(s->x);
}

static int by_rest_and_x(const void *a, const void *b)
{
    const struct sample *p = a, *q = b;
    int order = strcmp(p->rest, q->rest);

    if (!order)
        order = (p->x > q->x) - (p->x < q->x);
    if (!order)
        order = p->fast - q->fast;
    return order ? order : (p->repeat > q->repeat) - (p->repeat < q->repeat);
}

static bool same_side(const struct sample *a, const struct sample *b)
{
    return a->x == b->x && a->fast == b->fast;
}

/* Rows that do not say which repetition they are are counted. */
static void number_repeats(struct sample *s, size_t count)
{
    int64_t next = 1;

    for (size_t i = 0; i < count; i++) {
        if (i > 0 && !same_side(s + i, s + i - 1))
            next = 1;
        if (s[i].repeat == ROW_NO_COUNT)
            s[i].repeat = next++;
    }
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void find_rounds(struct curve *c, const struct sample *s, size_t count)
{
    size_t most = 0, n = 0, kept = 0;

    c->repeat = room_for(count, sizeof *c->repeat);
    for (size_t i = 0; i < count; i++) {
        bool again = i > 0 && same_side(s + i, s + i - 1) &&
                     s[i].repeat == s[i - 1].repeat;

        c->repeat[i] = s[i].repeat;
        n = again ? n + 1 : 1;
        most = n > most ? n : most;
    }
    qsort(c->repeat, count, sizeof *c->repeat, by_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || c->repeat[i] != c->repeat[kept - 1])
            c->repeat[kept++] = c->repeat[i];
    c->rounds = kept;
    c->most = most * kept;
}

static size_t round_of(const struct curve *c, int64_t repeat)
{
    const int64_t *at =
        bsearch(&repeat, c->repeat, c->rounds, sizeof *c->repeat, by_number);

    return (size_t)(at - c->repeat);
}

/* The curve of samples that share the rest. Numbers at which either side has
 * no row that counts are left out. */
static struct curve curve_of(struct sample *s, size_t count)
{
    struct curve c = {.point = room_for(count, sizeof *c.point),
                      .timed = room_for(count, sizeof *c.timed)};

    number_repeats(s, count);
    find_rounds(&c, s, count);
    for (size_t i = 0; i < count; i++)
        c.timed[i] = (struct timed){s[i].ms, round_of(&c, s[i].repeat)};
    for (size_t at = 0, n, slows; at < count; at += n) {
        struct point *p = &c.point[c.count];

        for (n = slows = 0; at + n < count && s[at + n].x == s[at].x; n++)
            slows += !s[at + n].fast;
        *p = (struct point){s[at].x, c.timed + at, c.timed + at + slows, slows,
                            n - slows};
        c.count += p->slows > 0 && p->fasts > 0;
    }
    return c;
}

static void curve_release(struct curve *c)
{
    free(c->point);
    free(c->timed);
    free(c->repeat);
}

/* The nearest by least squares that never falls, in place. */
static void fit(double *y, size_t count)
{
    double *mean = room_for(count, sizeof *mean);
    size_t *width = room_for(count, sizeof *width), blocks = 0, at = 0;

    for (size_t i = 0; i < count; i++) {
        mean[blocks] = y[i];
        width[blocks++] = 1;
        while (blocks > 1 && mean[blocks - 2] > mean[blocks - 1]) {
            size_t a = width[blocks - 2], b = width[blocks - 1];

            mean[blocks - 2] =
                (mean[blocks - 2] * (double)a + mean[blocks - 1] * (double)b) /
                (double)(a + b);
            width[blocks - 2] = a + b;
            blocks--;
        }
    }
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = 0; i < width[b]; i++)
            y[at++] = mean[b];
    free(mean);
    free(width);
}

/* Which way savings go, by the sum of signs over all pairs (Kendall). */
static bool falls(const double *y, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count && j < i + 200; j++)
            sum += (y[j] > y[i]) - (y[j] < y[i]);
    return sum < 0;
}

static void turn(double *y, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        double one = y[i];

        y[i] = y[count - 1 - i];
        y[count - 1 - i] = one;
    }
}

/* Where fitted savings `y` at `x` reach `ms`; they rise, or fall. */
static enum saving_state place(const double *x, const double *y, size_t n,
                               bool falling, double ms, double *at)
{
    *at = NAN;
    if (n == 0)
        return SAVING_UNKNOWN;
    if (fmax(y[0], y[n - 1]) < ms)
        return SAVING_NEVER;
    if (fmin(y[0], y[n - 1]) >= ms)
        return SAVING_ALWAYS;
    for (size_t i = 1; i < n; i++)
        if (falling ? y[i] < ms : y[i] >= ms) {
            double share = (ms - y[i - 1]) / (y[i] - y[i - 1]);

            *at = x[i - 1] + share * (x[i] - x[i - 1]);
            break;
        }
    return SAVING_FROM;
}

/* The median of a side, each sample as often as its round was drawn; NaN: none
 * of them was. */
static double median_of(const struct timed *from, size_t count,
                        const size_t *drawn, double *room)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = drawn ? drawn[from[i].round] : 1; k > 0; k--)
            room[n++] = from[i].ms;
    return samples_median(room, n);
}

/* Savings at each point, of the rounds that were drawn (NULL: all, once).
 * Points of which none was drawn are left out. Returns how many there are. */
static size_t savings(const struct curve *c, const size_t *drawn, double *room,
                      double *x, double *y)
{
    size_t n = 0;

    for (size_t i = 0; i < c->count; i++) {
        const struct point *p = &c->point[i];

        x[n] = p->x;
        y[n] = median_of(p->slow, p->slows, drawn, room) -
               median_of(p->fast, p->fasts, drawn, room);
        n += !isnan(y[n]);
    }
    return n;
}

static void fit_either(double *y, size_t count, bool falling)
{
    if (falling)
        turn(y, count);
    fit(y, count);
    if (falling)
        turn(y, count);
}

/* Whole rounds are drawn, not each point's rows by themselves: repetition 3
 * has the same seed at every point and on both sides, so the same packets of
 * it are lost, and what it is off by is common to all of them. Were each point
 * drawn by itself, the fit would level out as noise what is none, and the
 * interval would be too narrow. Where rows have nothing in common, as in the
 * kernel world without loss, drawing rounds does no harm. */
static void resample(const struct saving_question *q, const struct curve *c,
                     double *room, struct saving_answer *a)
{
    double at[INFER_ROUNDS], *x = room_for(c->count, sizeof *x);
    double *y = room_for(c->count, sizeof *y);
    size_t *drawn = room_for(c->rounds, sizeof *drawn), same = 0, n;
    uint64_t state = q->seed;

    for (int i = 0; i < INFER_ROUNDS; i++) {
        memset(drawn, 0, c->rounds * sizeof *drawn);
        for (size_t k = 0; k < c->rounds; k++)
            drawn[infer_next(&state) % c->rounds]++;
        n = savings(c, drawn, room, x, y);
        fit_either(y, n, a->falls);
        same += place(x, y, n, a->falls, q->ms, &at[i]) == a->state;
    }
    a->agree = (double)same / INFER_ROUNDS;
    a->of_at = infer_interval(at, INFER_ROUNDS);
    free(drawn);
    free(x);
    free(y);
}

/* What the curve says, without its sureness. */
static void read_off(const struct saving_question *q, const struct curve *c,
                     double *room, struct saving_answer *a)
{
    double *x = room_for(c->count, sizeof *x);
    double *y = room_for(c->count, sizeof *y);
    size_t n = savings(c, NULL, room, x, y);

    a->falls = falls(y, n);
    fit_either(y, n, a->falls);
    a->state = place(x, y, n, a->falls, q->ms, &a->at);
    a->first = x[0];
    a->last = x[n - 1];
    a->least_ms = y[0];
    a->most_ms = y[n - 1];
    free(x);
    free(y);
}

static void answer(const struct saving_question *q, struct sample *s,
                   size_t count, struct saving_answer *a)
{
    struct curve c = curve_of(s, count);
    double *room = room_for(count > c.most ? count : c.most, sizeof *room);
    bool repeated = c.rounds > 1;

    snprintf(a->rest, sizeof a->rest, "%s", s->rest);
    a->points = c.count;
    a->rows = count;
    a->state = SAVING_UNKNOWN;
    a->agree = a->of_at.low = a->of_at.high = NAN;
    if (c.count > 0) {
        read_off(q, &c, room, a);
        for (size_t i = 0; i < c.count; i++)
            repeated &= c.point[i].slows > 1 && c.point[i].fasts > 1;
        if (repeated)
            resample(q, &c, room, a);
    }
    curve_release(&c);
    free(room);
}

size_t saving_answer(const struct saving_question *q, const struct rows *rows,
                     struct saving_answer **answers)
{
    struct sample *s = room_for(rows->count, sizeof *s);
    char unit[VARIED_UNIT] = "";
    size_t count = 0, found = 0;

    for (size_t i = 0; i < rows->count; i++)
        count += take(q, &rows->row[i], &s[count], unit);
    qsort(s, count, sizeof *s, by_rest_and_x);
    *answers = room_for(count, sizeof **answers);
    for (size_t at = 0, n; at < count; at += n) {
        struct saving_answer *a = &(*answers)[found++];

        for (n = 1; at + n < count; n++)
            if (strcmp(s[at].rest, s[at + n].rest) != 0)
                break;
        strcpy(a->unit, unit);
        answer(q, s + at, n, a);
    }
    free(s);
    return found;
}

static const char *blank(const char *unit)
{
    return *unit && *unit != '%' ? " " : "";
}

enum { NUMBER = 32 };

/* Four digits count, and no power of ten is printed: 12346000, 30.77. */
static const char *four_digits(double n, char room[NUMBER])
{
    double unit = 1;

    while (fabs(n) / unit >= 10000 && unit < 1e15)
        unit *= 10;
    if (unit > 1)
        snprintf(room, NUMBER, "%.15g", round(n / unit) * unit);
    else
        snprintf(room, NUMBER, "%.4g", n);
    return room;
}

static void print_sureness(FILE *to, const struct saving_answer *a)
{
    char low[NUMBER], high[NUMBER];

    if (isnan(a->agree))
        fputs("  one row a point: no interval; --repeat 5 or more gives one\n",
              to);
    else if (a->state == SAVING_FROM)
        fprintf(to, "  95 %%: %s%s%s to %s%s%s, in %.1f %% of %d resamples\n",
                four_digits(a->of_at.low, low), blank(a->unit), a->unit,
                four_digits(a->of_at.high, high), blank(a->unit), a->unit,
                100 * a->agree, INFER_ROUNDS);
    else
        fprintf(to, "  so in %.1f %% of %d resamples\n", 100 * a->agree,
                INFER_ROUNDS);
}

void saving_print(FILE *to, const struct saving_question *q,
                  const struct saving_answer *a)
{
    const char *gap = blank(a->unit);
    char at[NUMBER];

    fprintf(to, "%s%s%s saves %.15g ms against %s ", a->rest,
            *a->rest ? ": " : "", q->fast, q->ms, q->slow);
    switch (a->state) {
    case SAVING_FROM:
        fprintf(to, "%s %s %s%s%s%s\n", a->falls ? "up to" : "from", q->over,
                four_digits(a->at, at), gap, a->unit, a->falls ? "" : " on");
        break;
    case SAVING_ALWAYS:
        fprintf(to, "at every %s from %.10g to %.10g%s%s\n", q->over, a->first,
                a->last, gap, a->unit);
        break;
    case SAVING_NEVER:
        fprintf(to, "at no %s from %.10g to %.10g%s%s\n", q->over, a->first,
                a->last, gap, a->unit);
        break;
    case SAVING_UNKNOWN:
        fputs("where? rows of both that count are missing\n", to);
        return;
    }
    print_sureness(to, a);
    fprintf(
        to,
        "  %s %.10g%s%s saves %.3f ms, %.10g%s%s saves %.3f ms; %zu numbers, "
        "%zu rows\n",
        q->over, a->first, gap, a->unit, a->least_ms, a->last, gap, a->unit,
        a->most_ms, a->points, a->rows);
}

static json_t *real(double n)
{
    return isnan(n) ? json_null() : json_real(n);
}

json_t *saving_to_json(const struct saving_question *q,
                       const struct saving_answer *a, size_t count)
{
    static const char *const state[] = {"from", "always", "never", "unknown"};
    json_t *all = json_array();

    for (; count-- > 0; a++)
        json_array_append_new(
            all,
            json_pack(
                "{s:f, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o, "
                "s:I, s:I, s:f, s:f}",
                "saves_ms", q->ms, "slow", q->slow, "fast", q->fast, "over",
                q->over, "where", a->rest, "state", state[a->state], "unit",
                a->unit, "falls", (int)a->falls, "at",
                real(a->state == SAVING_FROM ? a->at : NAN), "at_low",
                real(a->of_at.low), "at_high", real(a->of_at.high),
                "resamples_that_agree", real(a->agree), "numbers",
                (json_int_t)a->points, "rows", (json_int_t)a->rows,
                "saved_at_first_ms", a->least_ms, "saved_at_last_ms",
                a->most_ms));
    return all;
}
