/* SPDX-License-Identifier: BSD-2-Clause */
/* Mail to a domain when things go wrong: in the DNS, at the hosts, in the
 * middle of a session. Whatever happens, every recipient is accounted for. */
#include "smtp/seed.h"
#include "tests/town.h"

static int64_t took(const struct town *t)
{
    return t->d.accepted_ns - t->d.started_ns;
}

static void mx(struct town *t, uint16_t preference, const char *target)
{
    town_record(t, (struct dns_record){.owner = "foo.example",
                                       .type = DNS_MX,
                                       .preference = preference,
                                       .target = target});
}

static void expect_bounce(struct town *t, enum mx_end found, size_t questions)
{
    town_run(t);
    town_end(t, DISPATCH_BOUNCED);
    ck_assert_str_eq(mx_end_name(t->d.found), mx_end_name(found));
    ck_assert_int_eq(t->d.connections, 0);
    ck_assert_int_eq(t->d.questions, questions);
    ck_assert_int_eq(t->d.why, WHY_DNS);
    free(t);
}

START_TEST(null_mx) /* RFC 7505 */
{
    struct town *t = town_new();

    mx(t, 0, "");
    town_record(t, (struct dns_record){.owner = "foo.example",
                                       .type = DNS_A,
                                       .ip = {192, 0, 2, 9}});
    town_run(t);
    ck_assert_int_eq(t->d.code, 556);
    ck_assert_int_eq(t->end_ns, RTT);
    town_again(t);
    free(t);
    t = town_new();
    mx(t, 0, "");
    expect_bounce(t, MX_NULL, 1);
    t = town_new(); /* beside others it is a contradiction, and left out */
    mx(t, 0, "");
    town_host(t, "smtp", 10, OFFERED);
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(t->d.connections, 1);
    free(t);
}
END_TEST

START_TEST(implicit_mx)
{
    struct town *t = town_new();
    struct town_host *h = town_stranger(t, "x", OFFERED);

    strcpy(h->name, "foo.example");
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert(t->d.mx.implicit);
    ck_assert_int_eq(t->d.connections, 1);
    ck_assert_int_eq(t->d.questions, 3); /* MX, AAAA, A */
    ck_assert_int_eq(took(t), 7 * RTT);  /* a round trip more */
    mx(t, 10, "nowhere.foo.example");    /* only where there is no MX */
    town_again(t);
    town_end(t, DISPATCH_BOUNCED);
    ck_assert_int_eq(t->d.found, MX_NO_HOST);
    ck_assert_int_eq(t->d.connections, 0);
    free(t);
}
END_TEST

START_TEST(no_way)
{
    struct town *t = town_new();

    expect_bounce(t, MX_NO_DOMAIN, 1);
    t = town_new();
    mx(t, 10, "nowhere.foo.example");
    mx(t, 20, "192.0.2.1"); /* not a name that has an address */
    expect_bounce(t, MX_NO_HOST, 5);
    t = town_new();
    town_record(t, (struct dns_record){.owner = "foo.example",
                                       .type = DNS_CNAME,
                                       .target = "bar.example"});
    town_record(t, (struct dns_record){.owner = "bar.example",
                                       .type = DNS_CNAME,
                                       .target = "foo.example"});
    expect_bounce(t, MX_LOOP, 1);
}
END_TEST

START_TEST(an_alias)
{
    struct town *t = town_new();

    town_host(t, "smtp", 10, OFFERED);
    town_record(t, (struct dns_record){.owner = "www.example",
                                       .type = DNS_CNAME,
                                       .target = "foo.example"});
    t->sending.domain = "WWW.example.";
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(took(t), 6 * RTT);
    free(t);
}
END_TEST

/* What is temporary in the DNS defers the mail: half an hour later it is
 * tried again. Once the server answers, all is well. */
START_TEST(dns_faults)
{
    static const struct {
        struct zone_fault fault;
        int64_t attempt_ns; /* spent on the failing one */
        size_t attempts;
    } rows[] = {
        {{NULL, DNS_MX, ZONE_SERVFAIL, 2}, 2 * RTT, 2},
        {{NULL, DNS_MX, ZONE_SERVFAIL, 1}, RTT, 1},
        {{NULL, DNS_MX, ZONE_SILENT, 2}, 10 * SECOND, 2},
        {{NULL, 0, ZONE_REFUSED, 4}, 2 * RTT, 3},
        {{NULL, 0, ZONE_TRUNCATE, 0}, 2 * RTT, 1},
    };
    struct town *t = town_new();

    town_host(t, "smtp", 10, OFFERED);
    t->zone.faults = &rows[_i].fault;
    t->zone.fault_count = 1;
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(t->d.attempts, rows[_i].attempts);
    ck_assert_int_eq(took(t),
                     6 * RTT + (rows[_i].attempts == 1
                                    ? rows[_i].attempt_ns
                                    : (int64_t)(rows[_i].attempts - 1) *
                                          (rows[_i].attempt_ns + 30 * MINUTE)));
    free(t);
}
END_TEST

/* Addresses beside the answer are used; without them they are asked for, all
 * at once; where the address of one cannot be had, the others serve. */
START_TEST(addresses)
{
    static const struct zone_fault one = {"a.foo.example", 0, ZONE_SERVFAIL, 0};
    struct town *t = town_new();

    town_host(t, "a", 10, OFFERED);
    town_host(t, "b", 20, OFFERED);
    t->zone.bare = true;
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(t->d.questions, 5);
    ck_assert_int_eq(took(t), 7 * RTT);
    t->finding.family = MX_IP4_ONLY;
    town_again(t);
    ck_assert_int_eq(t->d.questions, 3);
    t->zone.faults = &one;
    t->zone.fault_count = 1;
    town_again(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert(t->d.worse);
    t->zone.record_count--; /* and b has none */
    t->zone.record_count--;
    town_again(t);
    ck_assert_int_eq(t->d.found, MX_TEMPORARY);
    ck_assert_int_eq(t->d.why, WHY_EXPIRED);
    free(t);
}
END_TEST

START_TEST(refused_and_black_holed)
{
    struct town *t = town_new();

    town_host(t, "a", 10, OFFERED)->refuses = true;
    town_host(t, "b", 20, OFFERED)->silent = true;
    town_host(t, "c", 30, OFFERED);
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(took(t), 7 * RTT + 30 * SECOND);
    ck_assert_int_eq(t->d.hosts, 3);
    ck_assert(t->d.worse);
    free(t);
}
END_TEST

/* All refuse: each is tried in each attempt, for five days. */
START_TEST(nobody_there)
{
    struct town *t = town_new();

    town_host(t, "a", 10, OFFERED)->refuses = true;
    town_host(t, "b", 10, OFFERED)->refuses = true;
    t->sending.attempts = 1;
    town_run(t);
    town_end(t, DISPATCH_DEFERRED);
    ck_assert_int_eq(t->d.connections, 2);
    ck_assert_int_eq(t->d.next_ns, 3 * RTT + 30 * MINUTE);
    ck_assert_int_eq(t->mails[0].fate, MAIL_DEFERRED);
    ck_assert_int_eq(t->to[0].fate, RECIPIENT_DEFERRED);
    t->sending.attempts = 0;
    town_again(t);
    town_end(t, DISPATCH_BOUNCED);
    ck_assert_int_eq(t->d.why, WHY_EXPIRED);
    ck_assert_int_eq(t->d.attempts, 241); /* one at the deadline */
    ck_assert_int_eq(t->d.connections, 482);
    free(t);
}
END_TEST

START_TEST(greetings)
{
    struct town *t = town_new();

    town_host(t, "a", 10, OFFERED)->server.refusal = "421 too busy";
    town_host(t, "b", 20, OFFERED)->server.refusal = "554 no mail here";
    town_host(t, "c", 30, OFFERED);
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(took(t), (2 + 2 + 6) * RTT);
    free(t);
    t = town_new();
    town_host(t, "b", 20, OFFERED)->server.refusal = "554 no mail here";
    town_run(t);
    town_end(t, DISPATCH_BOUNCED); /* for good */
    ck_assert_int_eq(t->d.why, WHY_REFUSED);
    ck_assert_int_eq(t->d.code, 554);
    ck_assert_int_eq(t->d.attempts, 1);
    free(t);
}
END_TEST

static const struct verdict come_back = {NULL, "450 come back later"};

START_TEST(greylisting) /* RFC 6647 */
{
    struct town *t = town_new();
    struct town_host *h = town_host(t, "smtp", 10, OFFERED);

    h->server.verdicts = &come_back;
    h->server.verdict_count = 1;
    h->guises[0].for_ns = 5 * MINUTE;
    h->guise.guise_count = 2;
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(t->d.attempts, 2);
    ck_assert_int_eq(t->d.why, WHY_TEMPORARY);
    ck_assert_int_eq(t->d.connections, 2);
    ck_assert_int_gt(took(t), 30 * MINUTE);
    ck_assert_int_lt(took(t), 30 * MINUTE + 20 * RTT);
    ck_assert_int_eq(t->taken, 1);
    free(t);
}
END_TEST

/* As postscreen does: who is new is told of less, and put off. */
START_TEST(known_by_history)
{
    struct town *t = town_new();
    struct town_host *h = town_host(t, "smtp", 10, OFFER_8BITMIME);

    h->server.verdicts = &come_back;
    h->server.verdict_count = 1;
    h->later.offer.has = OFFERED;
    h->guises[0] = (struct guise){.config = &h->server, .sessions = 1};
    h->guise.guise_count = 2;
    town_run(t);
    town_end(t, DISPATCH_DELIVERED);
    ck_assert_int_eq(t->d.attempts, 2);
    town_again(t);
    ck_assert_int_eq(took(t), 6 * RTT);
    free(t);
}
END_TEST

/* A pool behind one address: what one of them offered is wrong of the next.
 * The mail gets through, once. */
START_TEST(a_pool)
{
    struct town *t = town_new();
    struct town_host *h = town_host(t, "smtp", 10, OFFERED);
    struct offer_memory memory = {0};

    h->later.offer.has = OFFER_8BITMIME;
    h->guise.guise_count = 2;
    h->guise.pooled = true;
    t->sending.memory = &memory;
    t->sending.session.manner = (struct manner){MODE_EARLY, true};
    for (int i = 0; i < 6; i++) {
        if (i == 0)
            town_run(t);
        else
            town_again(t);
        town_end(t, DISPATCH_DELIVERED);
        ck_assert_int_eq(t->taken, 1);
    }
    free(t);
}
END_TEST

/* One accepted, one bounced, one put off until later: each by itself, and what
 * was accepted is not sent again. */
START_TEST(each_by_himself)
{
    static const struct verdict first[] = {{"no@foo.example", "550 nobody"},
                                           {"soon@foo.example", "450 later"}};
    struct town *t = town_new();
    struct town_host *h = town_host(t, "smtp", 10, OFFERED);

    h->server.verdicts = first;
    h->server.verdict_count = 2;
    h->guises[0] = (struct guise){.config = &h->server, .sessions = 1};
    h->later.verdicts = first;
    h->later.verdict_count = 1;
    h->guise.guise_count = 2;
    t->sending.session.mail_count = 3;
    t->mails[0].recipients = 2;
    t->to[1].address = t->to[2].address = "soon@foo.example";
    t->to[3].address = t->to[4].address = t->to[5].address = "no@foo.example";
    town_run(t);
    town_end(t, DISPATCH_BOUNCED);
    ck_assert_int_eq(t->d.recipients, 6);
    ck_assert_int_eq(t->d.accepted, 3);
    ck_assert_int_eq(t->d.bounced, 3);
    ck_assert_int_eq(t->taken, 3);
    ck_assert_int_eq(t->d.attempts, 2);
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(t->to[i].fate, t->to[i].address[0] == 'n'
                                            ? RECIPIENT_BOUNCED
                                            : RECIPIENT_ACCEPTED);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(t->mails[i].recipients, 2);
    free(t);
}
END_TEST

/* Towns of every kind, one per seed. */
/* Replies octet by octet are millions of events; tests/test_flaws.c has them.
 */
static uint32_t any_flaws(uint64_t *seed)
{
    uint32_t any = (uint32_t)seed_below(seed, 1u << FLAW_COUNT) &
                   (uint32_t)seed_below(seed, 1u << FLAW_COUNT);

    return any & ~(uint32_t)(FLAW_SPLIT | FLAW_TARPIT);
}

static struct town *any_town(uint64_t *seed)
{
    static const char *const refusals[] = {NULL, NULL, NULL, "421 busy",
                                           "554 no"};
    static const struct verdict verdicts[] = {
        {"user@foo.example", "450 later"}, {"user@foo.example", "550 nobody"}};
    static const struct zone_fault faults[] = {
        {NULL, 0, ZONE_TRUNCATE, 1},
        {NULL, 0, ZONE_SERVFAIL, 3},
        {"b.foo.example", 0, ZONE_SILENT, 0},
        {NULL, DNS_MX, ZONE_HEALTHY, 0}};
    static const char *const names[] = {"a", "b", "c", "d"};
    struct town *t = town_new();
    size_t n = seed_below(seed, 5);

    for (size_t i = 0; i < n; i++) {
        struct town_host *h =
            town_host(t, names[i], (uint16_t)(10 * seed_below(seed, 3)),
                      OFFERED | (seed_below(seed, 2) ? OFFER_FOOBAR : 0));

        h->refuses = seed_below(seed, 5) == 0;
        h->silent = seed_below(seed, 6) == 0;
        h->rtt_ns = (int64_t)(1 + seed_below(seed, 400)) * 2 * MS;
        h->server.refusal = refusals[seed_below(seed, 5)];
        h->server.flaws = any_flaws(seed);
        h->server.verdicts = &verdicts[seed_below(seed, 2)];
        h->server.verdict_count = seed_below(seed, 3) == 0;
        h->guises[0].sessions = seed_below(seed, 3);
        h->guises[0].for_ns = (int64_t)seed_below(seed, 40) * MINUTE;
        h->guise.guise_count = 1 + seed_below(seed, 2);
        h->guise.pooled = seed_below(seed, 4) == 0;
    }
    t->zone.faults = &faults[seed_below(seed, 4)];
    t->zone.fault_count = 1;
    t->zone.bare = seed_below(seed, 2);
    t->zone.loss_ppm = (uint32_t)seed_below(seed, 2) * 100000;
    return t;
}

START_TEST(no_message_is_lost)
{
    uint64_t seed = 77 + (uint64_t)_i;

    for (int i = 0; i < 150; i++) {
        struct town *t = any_town(&seed);
        struct offer_memory memory = {0}, offers = {0};
        struct route_need *need = &t->sending.route.need;

        t->sending.seed = seed;
        t->sending.session.manner.mode =
            (enum mode_id)seed_below(&seed, MODE_COUNT);
        t->sending.session.manner.bdat =
            mode_of(t->sending.session.manner.mode)->sends_by_bdat;
        t->sending.session.mail_count = 1 + seed_below(&seed, 3);
        t->sending.memory = &memory;
        t->sending.offers = &offers;
        t->sending.attempts = seed_below(&seed, 4);
        t->sending.route.policy = (enum policy_id)_i;
        t->sending.route.bounce_ns = 3 * 60 * MINUTE;
        t->sending.route.fallback_ns = 60 * MINUTE;
        t->sending.route.enforce = seed_below(&seed, 4) == 0;
        need->chase = true;
        *(i % 3 == 0   ? &need->required
          : i % 3 == 1 ? &need->preferred
                       : &need->performance) = OFFER_FOOBAR;
        town_run(t);   /* asserts that the sums are right, ... */
        town_again(t); /* ... and that everything ends */
        free(t);
    }
}
END_TEST

static size_t content_policy(void *calls, struct span address)
{
    (void)calls;
    return address.len == strlen("later@foo.example");
}

/* Not now, the first time. */
static const char *content_verdict(void *calls, size_t policy)
{
    return policy == 1 && (*(int *)calls)++ < 2 ? "450 later" : NULL;
}

/* LMTP: of two recipients of one message one has it, and the other alone is
 * tried again. */
START_TEST(lmtp_each)
{
    struct town *t = town_new();
    struct town_host *h = town_host(t, "smtp", 10, OFFERED);
    int calls = 0;
    const struct policies policies = {&calls, content_policy, content_verdict};

    t->sending.session.lmtp = true;
    t->mails[0].recipients = 2;
    t->to[1].address = "later@foo.example";
    h->server.policies = &policies;
    server_speak_lmtp(&h->server);
    town_run(t);
    ck_assert_int_eq(t->d.end, DISPATCH_DELIVERED);
    ck_assert_uint_eq(t->d.attempts, 2);
    ck_assert_uint_eq(t->d.accepted, 2);
    ck_assert_uint_eq(t->taken, 2); /* once each */
    ck_assert_int_gt(calls, 2);
    free(t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/dispatch: what goes wrong");
    TCase *t = tcase_create("mx");

    tcase_set_timeout(t, 120); /* a busy host is slow */
    tcase_add_test(t, null_mx);
    tcase_add_test(t, lmtp_each);
    tcase_add_test(t, implicit_mx);
    tcase_add_test(t, no_way);
    tcase_add_test(t, an_alias);
    tcase_add_loop_test(t, dns_faults, 0, 5);
    tcase_add_test(t, addresses);
    tcase_add_test(t, refused_and_black_holed);
    tcase_add_test(t, nobody_there);
    tcase_add_test(t, greetings);
    tcase_add_test(t, greylisting);
    tcase_add_test(t, known_by_history);
    tcase_add_test(t, a_pool);
    tcase_add_test(t, each_by_himself);
    tcase_add_loop_test(t, no_message_is_lost, 0, POLICY_COUNT);
    suite_add_tcase(s, t);
    return s;
}
