/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine that asks the DNS and the one that answers, over perfect pipes
 * of 100 ms there and back. */
#include "sim/ideal.h"
#include "smtp/zone.h"
#include "tests/dns_help.h"

#define MS INT64_C(1000000)
#define RTT (100 * MS)

enum { RECORDS = sizeof records / sizeof records[0] };

struct stage {
    struct zone_config config;
    struct zone zone, second;
    struct zone_stream *stream[8];
    size_t streams;
    bool no_tcp;
};

static struct machine *answer_stream(void *arg, struct endpoint client)
{
    struct stage *s = arg;
    struct zone_stream *z;

    (void)client;
    if (s->no_tcp)
        return NULL;
    ck_assert_int_lt(s->streams, 8);
    z = s->stream[s->streams++] = malloc(sizeof *z);
    zone_stream_init(z, &s->zone);
    return &z->machine;
}

static void prepare(struct stage *s)
{
    memset(s, 0, sizeof *s);
    s->config.records = records;
    s->config.record_count = RECORDS;
}

/* Runs a machine against the servers; returns when the world came to rest. */
static int64_t run(struct stage *s, struct machine *m)
{
    static const struct zone_config healthy = {records, RECORDS, NULL, 0,    0,
                                               0,       0,       0,    false};
    const struct ideal_road road = {RTT / 2, 0};
    const struct ideal_host hosts[] = {
        {.at = server_at,
         .up = road,
         .down = road,
         .accept = answer_stream,
         .datagrams = &s->zone.machine,
         .arg = s},
        {.at = second_at,
         .up = road,
         .down = road,
         .datagrams = &s->second.machine},
    };
    const struct ideal_config world = {hosts, 2, 0, NEVER_NS};
    int64_t end_ns;

    zone_init(&s->zone, &s->config);
    zone_init(&s->second, &healthy);
    end_ns = ideal_run(&world, m);
    ck_assert_int_ge(end_ns, 0);
    while (s->streams > 0)
        free(s->stream[--s->streams]);
    return end_ns;
}

static struct lookup *ask_as(struct stage *s, const struct lookup_config *c,
                             const char *name, enum dns_type type)
{
    struct lookup *l = malloc(sizeof *l);
    int streams = 0;

    lookup_init(l, c, name, type, 7, &streams);
    run(s, &l->machine);
    ck_assert_int_ne(l->end, LOOKUP_NOT_YET);
    return l;
}

static struct lookup *ask(struct stage *s, const char *name, enum dns_type type)
{
    const struct lookup_config c = asking();

    return ask_as(s, &c, name, type);
}

static void expect_end(struct lookup *l, enum lookup_end end, size_t questions,
                       size_t streams, int64_t took_ns)
{
    ck_assert_str_eq(lookup_end_name(l->end), lookup_end_name(end));
    ck_assert_int_eq(l->questions, questions);
    ck_assert_int_eq(l->streams, streams);
    ck_assert_int_eq(l->ended_ns - l->started_ns, took_ns);
    free(l);
}

START_TEST(exchangers_and_their_addresses)
{
    struct stage s;
    struct lookup *l;

    prepare(&s);
    l = ask(&s, "foo.example", DNS_MX);
    ck_assert_int_eq(l->answer.answers, 3);
    ck_assert_int_eq(l->answer.additional, 4);
    ck_assert_str_eq(l->answer.record[2].target, "backup.foo.example");
    ck_assert_int_eq(l->answer.record[0].ttl_s, 300);
    expect_end(l, LOOKUP_FOUND, 1, 0, RTT);
    prepare(&s);
    s.config.bare = true;
    l = ask(&s, "FOO.example.", DNS_MX);
    ck_assert_int_eq(l->answer.additional, 0);
    expect_end(l, LOOKUP_FOUND, 1, 0, RTT);
    l = ask(&s, "smtp2.foo.example", DNS_AAAA);
    ck_assert_mem_eq(l->answer.record[0].ip, records[5].ip, 16);
    expect_end(l, LOOKUP_FOUND, 1, 0, RTT);
}
END_TEST

/* clang-format off */
static const struct {
    const char *name;
    enum dns_type type;
    enum lookup_end end;
    size_t questions, streams;
    int rtts;
    struct zone_fault fault;
} answers[] = {
    {"foo.example", DNS_A, LOOKUP_NO_DATA, 1, 0, 1, {0}},
    {"example", DNS_A, LOOKUP_NO_DATA, 1, 0, 1, {0}}, /* RFC 8020 */
    {"bar.example", DNS_MX, LOOKUP_NO_NAME, 1, 0, 1, {0}},
    {"null.example", DNS_MX, LOOKUP_FOUND, 1, 0, 1, {0}},
    {"alias.example", DNS_MX, LOOKUP_FOUND, 1, 0, 1, {0}},
    {"alias.example", DNS_CNAME, LOOKUP_FOUND, 1, 0, 1, {0}},
    {"dangling.example", DNS_MX, LOOKUP_NO_NAME, 1, 0, 1, {0}},
    {"self.example", DNS_MX, LOOKUP_LOOP, 1, 0, 1, {0}},
    {"tick.example", DNS_MX, LOOKUP_LOOP, 1, 0, 1, {0}},
    /* Truncated: UDP 1, handshake 1, TCP 1. */
    {"foo.example", DNS_MX, LOOKUP_FOUND, 2, 1, 3,
     {NULL, 0, ZONE_TRUNCATE, 0}},
    {"foo.example", DNS_MX, LOOKUP_FAILED, 2, 0, 2,
     {NULL, 0, ZONE_SERVFAIL, 0}},
    {"foo.example", DNS_MX, LOOKUP_FOUND, 2, 0, 2,
     {NULL, DNS_MX, ZONE_SERVFAIL, 1}},
    {"foo.example", DNS_MX, LOOKUP_FOUND, 1, 0, 1,
     {"bar.example", 0, ZONE_SERVFAIL, 0}},
    {"foo.example", DNS_MX, LOOKUP_FAILED, 2, 0, 2,
     {"Foo.example", DNS_MX, ZONE_REFUSED, 0}},
    {"foo.example", DNS_MX, LOOKUP_TIMED_OUT, 2, 0, 100,
     {NULL, 0, ZONE_SILENT, 0}},
    {"foo.example", DNS_MX, LOOKUP_FOUND, 2, 0, 51,
     {NULL, 0, ZONE_SILENT, 1}},
};
/* clang-format on */

START_TEST(what_is_answered)
{
    struct stage s;

    prepare(&s);
    s.config.faults = &answers[_i].fault;
    s.config.fault_count = 1;
    expect_end(ask(&s, answers[_i].name, answers[_i].type), answers[_i].end,
               answers[_i].questions, answers[_i].streams,
               answers[_i].rtts * RTT);
}
END_TEST

/* A chain longer than the bound is as bad as an endless one; one up to it is
 * followed, also where the answer breaks off. */
START_TEST(chains_of_aliases)
{
    static char name[20][24];
    struct dns_record chain[20];
    struct stage s;

    for (int i = 0; i < 20; i++)
        snprintf(name[i], sizeof name[i], "a%d.example", i);
    for (int i = 0; i < 20; i++)
        chain[i] = (struct dns_record){name[i], DNS_CNAME,          60,
                                       0,       name[(i + 1) % 20], {0}};
    chain[LOOKUP_ALIASES] = (struct dns_record){
        name[LOOKUP_ALIASES], DNS_MX, 60, 10, "smtp.example", {0}};
    prepare(&s);
    s.config.records = chain;
    s.config.record_count = 20;
    expect_end(ask(&s, name[0], DNS_MX), LOOKUP_FOUND, 1, 0, RTT);
    expect_end(ask(&s, name[LOOKUP_ALIASES + 1], DNS_MX), LOOKUP_LOOP, 1, 0,
               RTT);
}
END_TEST

START_TEST(second_server)
{
    const struct endpoint both[] = {server_at, second_at};
    const struct zone_fault broken = {NULL, 0, ZONE_SERVFAIL, 0};
    struct lookup_config c = asking();
    struct stage s;

    c.servers = both;
    c.server_count = 2;
    prepare(&s);
    s.config.faults = &broken;
    s.config.fault_count = 1;
    expect_end(ask_as(&s, &c, "foo.example", DNS_MX), LOOKUP_FOUND, 2, 0,
               2 * RTT);
}
END_TEST

/* By TCP alone, refused by TCP, and answers that fit no datagram. */
START_TEST(by_tcp)
{
    const struct zone_fault cut = {NULL, 0, ZONE_TRUNCATE, 0};
    struct lookup_config c = asking();
    struct stage s;
    struct lookup *l;

    prepare(&s);
    c.tcp = true;
    l = ask_as(&s, &c, "foo.example", DNS_MX);
    ck_assert_int_eq(l->answer.answers, 3);
    expect_end(l, LOOKUP_FOUND, 1, 1, 2 * RTT);
    prepare(&s);
    s.no_tcp = true;
    s.config.faults = &cut;
    s.config.fault_count = 1;
    expect_end(ask(&s, "foo.example", DNS_MX), LOOKUP_TIMED_OUT, 2, 2, 4 * RTT);
}
END_TEST

START_TEST(more_than_fits)
{
    static char name[100][40];
    struct dns_record many[100];
    struct lookup_config c = asking();
    struct stage s;
    struct lookup *l;

    for (int i = 0; i < 100; i++) {
        snprintf(name[i], sizeof name[i], "exchanger-%02d.many.example", i);
        many[i] = (struct dns_record){"many.example", DNS_MX,  60,
                                      (uint16_t)i,    name[i], {0}};
    }
    prepare(&s);
    s.config.records = many;
    s.config.record_count = 40;
    c.udp_octets = 0; /* no EDNS: 512 octets */
    l = ask_as(&s, &c, "many.example", DNS_MX);
    ck_assert_int_eq(l->answer.answers, 40);
    expect_end(l, LOOKUP_FOUND, 2, 1, 3 * RTT);
    s.config.record_count = 100; /* the server tells of 64 */
    l = ask(&s, "many.example", DNS_MX);
    ck_assert_int_eq(l->answer.answers, DNS_RECORDS);
    expect_end(l, LOOKUP_FOUND, 2, 1, 3 * RTT);
}
END_TEST

START_TEST(delay_and_loss)
{
    size_t found = 0, lost = 0;
    struct stage s;

    prepare(&s);
    s.config.delay_ns = 30 * MS;
    expect_end(ask(&s, "foo.example", DNS_MX), LOOKUP_FOUND, 1, 0,
               RTT + 30 * MS);
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct lookup *l;

        prepare(&s);
        s.config.seed = seed;
        s.config.loss_ppm = 500000;
        l = ask(&s, "foo.example", DNS_MX);
        found += l->end == LOOKUP_FOUND;
        lost += l->end == LOOKUP_TIMED_OUT;
        free(l);
    }
    /* Either datagram of a try is lost by halves: 1 - (3/4)^2 are found. */
    ck_assert_int_eq(found + lost, 400);
    ck_assert_int_gt(found, 400 * 0.4375 - 40);
    ck_assert_int_lt(found, 400 * 0.4375 + 40);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("smtp/lookup, zone");
    TCase *t = tcase_create("lookups");

    tcase_set_timeout(t, 120); /* a busy host is slow */
    tcase_add_test(t, exchangers_and_their_addresses);
    tcase_add_loop_test(t, what_is_answered, 0,
                        sizeof answers / sizeof answers[0]);
    tcase_add_test(t, chains_of_aliases);
    tcase_add_test(t, second_server);
    tcase_add_test(t, by_tcp);
    tcase_add_test(t, more_than_fits);
    tcase_add_test(t, delay_and_loss);
    suite_add_tcase(s, t);
    return s;
}
