/* SPDX-License-Identifier: BSD-2-Clause */
/* Every strategy, against servers that tell what recipients can take, in the
 * ideal world: waits, connections and decisions are those of the closed forms,
 * everybody gets one copy of the best form that his answer allows, and nobody
 * is lost, whatever the server does. */
#include "tests/bargain_stage.h"

/* clang-format off */
static const enum ability_kind all_tell[] = {ABILITY_TELLS};
static const enum ability_kind half_refused[] = {ABILITY_TELLS,
                                                 ABILITY_REFUSED};
static const enum ability_kind first_refused[] = {ABILITY_REFUSED,
    ABILITY_TELLS, ABILITY_TELLS, ABILITY_TELLS, ABILITY_TELLS};
static const enum ability_kind all_refused[] = {ABILITY_REFUSED};
static const enum ability_kind some_deferred[] = {ABILITY_TELLS, ABILITY_TELLS,
    ABILITY_DEFERRED};
static const struct mix {
    const enum ability_kind *answers;
    size_t count;
} mixes[] = {
    {all_tell, 1}, {half_refused, 2}, {first_refused, 5}, {all_refused, 1},
    {some_deferred, 3},
};

static const struct manner manners[] = {
    {MODE_PIPELINING, false}, {MODE_CHUNKING, true},
    {MODE_CHUNKING_LAST, true}, {MODE_CHUNKING_COLLECT, true},
    {MODE_EARLY, false}, {MODE_EARLY, true},
    {MODE_LOCKSTEP, false}, {MODE_LOCKSTEP, true},
};
static const struct { size_t n, classes; } sizes[] = {
    {1, 1}, {2, 2}, {3, 1}, {3, 2}, {5, 5}, {10, 2}, {10, 4}, {13, 3}, {50, 3},
};
/* clang-format on */

#define ROWS(t) (int)(sizeof(t) / sizeof((t)[0]))

static bool refuses(enum ability_kind k)
{
    return k == ABILITY_REFUSED || k == ABILITY_DEFERRED;
}

/* What there is to do, counted apart from the code that does it. */
static struct strategy_case case_of(const struct stage *s)
{
    struct strategy_case c = {.recipients = s->n};
    bool there[FORMS] = {false};

    for (size_t i = 0; i < s->n; i++) {
        if (refuses(s->answers[i % s->answer_count]))
            continue;
        c.willing++;
        c.classes += !there[i % s->classes];
        there[i % s->classes] = true;
    }
    if (s->bargain.strategy->common && c.classes > 1)
        c.classes = 1;
    if (s->bargain.strategy->asking == ASKING_NOT)
        c.classes = 1;
    return c;
}

static size_t form_due(const struct stage *s, size_t i)
{
    size_t worst = 0;

    if (s->bargain.strategy->asking == ASKING_NOT)
        return s->classes - 1;
    if (!s->bargain.strategy->common)
        return i % s->classes;
    for (size_t k = 0; k < s->n; k++)
        if (!refuses(s->answers[k % s->answer_count]) && k % s->classes > worst)
            worst = k % s->classes;
    return worst;
}

static void check_cost(struct stage *s, const char *what)
{
    const struct strategy *g = s->bargain.strategy;
    struct strategy_case k = case_of(s);
    const struct delivery *d = &s->delivery;
    struct strategy_cost c;

    c = strategy_cost(g, s->sending.session.manner, k);
    if (s->sending.session.manner.mode == MODE_CHUNKING_COLLECT) {
        ck_assert_uint_le(d->turnarounds, c.turnarounds);
        ck_assert_uint_eq(d->decisions, c.decisions);
        return;
    }
    ck_assert_msg(d->turnarounds == c.turnarounds &&
                      d->connections == c.connections &&
                      d->decisions == c.decisions,
                  "%s, %s: %zu waits of %zu, %zu connections of %zu, %zu "
                  "decisions of %zu",
                  g->mark, what, d->turnarounds, c.turnarounds, d->connections,
                  c.connections, d->decisions, c.decisions);
    if (s->sending.session.manner.mode != MODE_LOCKSTEP || !g->parallel ||
        g->sharing == SHARING_NONE)
        ck_assert_msg(d->closed_ns == (int64_t)c.round_trips * RTT_NS,
                      "%s, %s: %lld ns, not %zu round trips", g->mark, what,
                      (long long)d->closed_ns, c.round_trips);
}

static void play(enum strategy_id id, struct manner m, size_t n, size_t classes,
                 const struct mix *mix)
{
    struct stage *s = stage_new(id, m, n, classes, mix->answers, mix->count);
    struct reckoning r;
    char what[100];

    snprintf(what, sizeof what, "%s%s, n %zu, C %zu, mix %d",
             mode_of(m.mode)->name, m.bdat ? " bdat" : "", n, classes,
             (int)(mix - mixes));
    deliver(s);
    r = reckon(s);
    if (id != STRATEGY_S0) {
        ck_assert_msg(r.accepted == case_of(s).willing, "%s", what);
        check_cost(s, what);
    } else if (mix == mixes) {
        check_cost(s, what);
    }
    for (size_t i = 0; i < n; i++)
        if (s->copies[i])
            ck_assert_msg(s->got[i] == form_due(s, i), "%s, %s: %zu got %zu",
                          strategy_of(id)->mark, what, i, s->got[i]);
    stage_free(s);
}

START_TEST(machines_do_as_the_formulae_say)
{
    enum strategy_id id = (enum strategy_id)_i;
    bool lockstep = strategy_of(id)->lockstep;

    for (int m = 0; m < ROWS(manners); m++)
        for (int k = 0; k < ROWS(sizes); k++)
            for (int x = 0; x < ROWS(mixes); x++) {
                bool one_class = id == STRATEGY_S0;

                if (lockstep && manners[m].mode != MODE_LOCKSTEP)
                    continue;
                if (one_class && sizes[k].classes > 1 && x > 0)
                    continue;
                play(id, manners[m], sizes[k].n, sizes[k].classes, &mixes[x]);
            }
}
END_TEST

/* A word wrong in many ways: who cannot be understood gets the last form,
 * which anyone can take; who is refused is refused; the others are as ever. */
START_TEST(broken_servers_lose_nobody)
{
    static const enum ability_kind kinds[] = {
        ABILITY_TELLS,   ABILITY_UNSUPPORTED, ABILITY_SILENT,
        ABILITY_OTHER,   ABILITY_MALFORMED,   ABILITY_FLOODED,
        ABILITY_REFUSED, ABILITY_LATE,        ABILITY_DEFERRED};
    enum strategy_id id = (enum strategy_id)_i;
    struct manner m = {
        strategy_of(id)->lockstep ? MODE_LOCKSTEP : MODE_PIPELINING, false};

    for (int bdat = 0; bdat < 2; bdat++)
        for (int k = 0; k < ABILITY_COUNT; k++) {
            const enum ability_kind pair[] = {kinds[k], ABILITY_TELLS};
            const enum ability_kind *all = k == 0 ? kinds : pair;
            struct stage *s = stage_new(id, m, 27, 4, all, k ? 2 : 9);
            size_t refused = 0;

            s->sending.session.manner.bdat = bdat;
            if (bdat && m.mode == MODE_PIPELINING)
                s->sending.session.manner.mode = MODE_CHUNKING;
            deliver(s);
            for (size_t i = 0; i < s->n; i++) {
                enum ability_kind a = all[i % s->answer_count];
                bool out = refuses(a) || a == ABILITY_LATE;

                refused += out;
                ck_assert_uint_eq(s->copies[i], !out);
                if (!out && id != STRATEGY_S0 && id != STRATEGY_S3B)
                    ck_assert_uint_eq(s->got[i],
                                      a == ABILITY_TELLS ? i % 4 : 3);
            }
            ck_assert_uint_eq(reckon(s).accepted, s->n - refused);
            stage_free(s);
        }
}
END_TEST

/* It offered nothing of the kind, or no longer does: one copy for all. */
START_TEST(without_an_offer_nobody_is_asked)
{
    enum strategy_id id = (enum strategy_id)_i;
    bool lockstep = strategy_of(id)->lockstep;

    for (int early = 0; early < 2; early++) {
        struct manner m = {lockstep ? MODE_LOCKSTEP : MODE_PIPELINING, false};
        struct stage *s = stage_new(id, m, 7, 3, all_tell, 1);
        uint32_t told = s->offer;

        s->offer = OFFER_PIPELINING | OFFER_PIPECONNECT;
        if (early && !lockstep) {
            s->sending.session.manner.mode = MODE_EARLY;
            offer_remember(&s->offers, at, (struct offer){.has = told}, 0);
        }
        deliver(s);
        ck_assert_uint_eq(reckon(s).accepted, 7);
        for (size_t i = 0; i < s->n; i++)
            ck_assert_uint_eq(s->got[i], 2);
        stage_free(s);
    }
}
END_TEST

/* A memory that is older than its offer: everything is refused by words that
 * are not known any more, and all get through all the same. */
START_TEST(stale_offers_lose_nobody)
{
    enum strategy_id id = (enum strategy_id)_i;

    for (int bdat = 0; bdat < 2; bdat++) {
        struct stage *s =
            stage_new(id, (struct manner){MODE_EARLY, bdat}, 7, 3, all_tell, 1);
        uint32_t told = s->offer;

        if (strategy_of(id)->lockstep) {
            stage_free(s);
            continue;
        }
        s->offer &= ~(uint32_t)(OFFER_CONNEG | OFFER_XRCAP | OFFER_CONPERM);
        s->sending.session.manner.mode = MODE_EARLY;
        s->sending.memory = NULL;
        s->sending.session.remembered = NULL;
        {
            static struct offer_memory memory;

            memset(&memory, 0, sizeof memory);
            offer_remember(&memory, at, (struct offer){.has = told}, 0);
            s->sending.memory = &memory;
            deliver(s);
        }
        ck_assert_uint_eq(reckon(s).accepted, 7);
        stage_free(s);
    }
}
END_TEST

/* What may be remembered is not asked for again, for as long as it may. */
START_TEST(answers_are_remembered)
{
    static const enum strategy_id asking[] = {STRATEGY_S1, STRATEGY_S1_VRFY,
                                              STRATEGY_S1_XRCAP, STRATEGY_S2};
    enum strategy_id id = asking[_i];
    struct manner m = {
        strategy_of(id)->lockstep ? MODE_LOCKSTEP : MODE_PIPELINING, false};
    struct stage *s = stage_new(id, m, 10, 3, all_tell, 1);
    size_t first;

    s->ttl_s = 500;
    s->bargain.memory = &s->memory;
    deliver(s);
    first = s->delivery.turnarounds;
    deliver(s);
    ck_assert_uint_eq(reckon(s).accepted, 10);
    ck_assert_uint_eq(s->delivery.turnarounds,
                      plan_turnarounds(m, 3, 0) + (m.mode ? 0 : 10));
    for (size_t i = 0; i < s->n; i++)
        ck_assert_uint_eq(s->got[i], i % 3);
    for (size_t i = 0; i < s->n; i++)
        s->memory.at[i].learnt_ns -= INT64_C(501) * 1000000000;
    deliver(s);
    ck_assert_uint_eq(s->delivery.turnarounds, first);
    s->memory.at[4].learnt_ns = NEVER_NS;
    s->memory.at[7].address[0] = '\0';
    deliver(s);
    ck_assert_uint_eq(reckon(s).accepted, 10);
    for (size_t i = 0; i < s->n; i++)
        ck_assert_uint_eq(s->got[i], i % 3);
    stage_free(s);
}
END_TEST

/* Each spelling of the question has its answer. */
START_TEST(spellings_say_the_same)
{
    struct stage *s = stage_new(STRATEGY_S3, manners[0], 10, 4, all_tell, 1);

    s->bargain.spelling = (enum conneg_spelling)_i;
    deliver(s);
    ck_assert_uint_eq(reckon(s).accepted, 10);
    for (size_t i = 0; i < s->n; i++)
        ck_assert_uint_eq(s->got[i], i % 4);
    ck_assert_uint_eq(s->delivery.turnarounds, 8);
    stage_free(s);
}
END_TEST

/* Required, it is refused where it cannot be told; optional, it is not. */
START_TEST(optional_is_not_refused)
{
    static const enum ability_kind some[] = {ABILITY_TELLS,
                                             ABILITY_UNSUPPORTED};

    for (int i = 0; i < 2; i++) {
        struct stage *s = stage_new(STRATEGY_S3, manners[0], 4, 2, some, 2);

        s->bargain.spelling = i ? SPELLING_OPTIONAL : SPELLING_REQUIRED;
        deliver(s);
        ck_assert_uint_eq(reckon(s).accepted, 4);
        ck_assert_uint_eq(s->mails, 2);
        stage_free(s);
    }
}
END_TEST

/* No form is within anybody's reach: that is a refusal, and a clear one. */
START_TEST(nothing_fits)
{
    enum strategy_id id = (enum strategy_id)_i;
    struct manner m = {
        strategy_of(id)->lockstep ? MODE_LOCKSTEP : MODE_PIPELINING, false};
    struct stage *s = stage_new(id, m, 6, 3, all_tell, 1);

    for (size_t i = 0; i < 3; i++)
        must_read(&s->form[i].features, "(&(color=Full)(q=1))");
    deliver(s);
    if (id == STRATEGY_S0) {
        ck_assert_uint_eq(reckon(s).accepted, 6);
    } else {
        ck_assert_uint_eq(reckon(s).bounced, 6);
        for (size_t i = 0; i < 6; i++)
            ck_assert_int_eq(s->to[i].answer, ANSWER_UNFIT);
    }
    stage_free(s);
}
END_TEST

/* Forms that exclude one another: one copy for all there cannot be, and each
 * gets his own. */
START_TEST(common_form_there_is_none)
{
    struct stage *s = stage_new(STRATEGY_S3B, manners[0], 6, 3, all_tell, 1);

    must_read(&s->form[2].features, "(&(color=Full)(q=1))");
    deliver(s);
    ck_assert_uint_eq(reckon(s).accepted, 4);
    ck_assert_uint_eq(reckon(s).bounced, 2);
    stage_free(s);
}
END_TEST

/* Fewer sessions at once than there are: the others wait their turn. */
START_TEST(few_mates)
{
    struct stage *s =
        stage_new(STRATEGY_S4_PARALLEL, manners[0], 10, 4, all_tell, 1);

    s->sending.mate_count = 2;
    deliver(s);
    ck_assert_uint_eq(reckon(s).accepted, 10);
    ck_assert_uint_eq(s->delivery.turnarounds, 50);
    ck_assert_int_eq(s->delivery.closed_ns, INT64_C(4) * 6 * RTT_NS);
    stage_free(s);
}
END_TEST

/* Where nobody answers at all everybody is deferred. */
START_TEST(nobody_there)
{
    struct stage *s =
        stage_new((enum strategy_id)_i, manners[0], 5, 2, all_tell, 1);

    s->sending.peer.port = 26;
    if (strategy_of((enum strategy_id)_i)->lockstep)
        s->sending.session.manner.mode = MODE_LOCKSTEP;
    deliver(s);
    ck_assert_uint_eq(reckon(s).deferred, 5);
    stage_free(s);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/bargain");
    TCase *t = tcase_create("strategies");

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, machines_do_as_the_formulae_say, 0, STRATEGY_COUNT);
    tcase_add_loop_test(t, broken_servers_lose_nobody, 0, STRATEGY_COUNT);
    tcase_add_loop_test(t, without_an_offer_nobody_is_asked, 0, STRATEGY_COUNT);
    tcase_add_loop_test(t, stale_offers_lose_nobody, 0, STRATEGY_COUNT);
    tcase_add_loop_test(t, answers_are_remembered, 0, 4);
    tcase_add_loop_test(t, spellings_say_the_same, 0, SPELLING_COUNT);
    tcase_add_test(t, optional_is_not_refused);
    tcase_add_loop_test(t, nothing_fits, 0, STRATEGY_COUNT);
    tcase_add_test(t, common_form_there_is_none);
    tcase_add_test(t, few_mates);
    tcase_add_loop_test(t, nobody_there, 0, STRATEGY_COUNT);
    suite_add_tcase(s, t);
    return s;
}
