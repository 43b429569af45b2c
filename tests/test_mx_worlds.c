/* SPDX-License-Identifier: BSD-2-Clause */
/* The same topologies in both virtual worlds: not only the counts are equal,
 * but every time, to the nanosecond. */
#include <check.h>
#include <glob.h>

#include "sim/ns3.h"
#include "tests/skip.h"
#include "tests/topology_help.h"

/* clang-format off */
static const char *const topologies[] = {
    /* Hosts of both families, some down, a resolver that advises TCP; the
     * first has the address that ns-3's client has by itself. */
    "domains: [{name: d, mx: [{preference: 1, host: a}, {preference: 1, host: b},"
    " {preference: 2, host: c}, {preference: 3, host: e}]}]\n"
    "hosts:\n"
    "  - {name: a, addresses: [192.0.2.1, '2001:db8::1'], rtt: 30ms, capabilities: [PIPELINING]}\n"
    "  - {name: b, state: refusing, addresses: [203.0.113.1]}\n"
    "  - {name: c, rtt: 70ms, capabilities: [FOOBAR, CHUNKING], think: 5ms}\n"
    "  - {name: e, state: silent}\n"
    "dns: {rtt: 20ms, delay: 3ms, udp: 512, faults: [{fault: truncate, name: d}]}\n"
    "messages: [{preferred: [FOOBAR]}, {required: [FOOBAR], recipients: 3, messages: 2}]\n",
    /* A tarpit, greetings that turn the client away, and a slow road. */
    "domains: [{name: d, mx: [{preference: 1, host: a}, {preference: 1, host: b}, {preference: 1, host: c}]}]\n"
    "hosts:\n"
    "  - {name: a, greeting: 421 busy, rtt: 15ms}\n"
    "  - {name: b, greeting: 554 no, rtt: 5ms, later: [{from-session: 2}]}\n"
    "  - {name: c, greeting-delay: 2s, think: 100ms, rtt: 600ms}\n"
    "messages: [{recipients: 2}]\n",
    /* As far away as the Moon, and farther: TCP is as patient as it must be. */
    "domains: [{name: d, mx: [{preference: 1, host: a}, {preference: 1, host: b}]}]\n"
    "hosts: [{name: a, rtt: 2560ms}, {name: b, rtt: 90s, capabilities: [FOOBAR]}]\n"
    "dns: {rtt: 2s}\n"
    "client: {patience: 1h, timeout: 1h, connect-timeout: 1h}\n"
    "messages: [{preferred: [FOOBAR]}]\n",
    /* Nobody takes it for six hours, and then it is too late. */
    "domains: [{name: d, mx: [{preference: 1, host: a}]}]\n"
    "hosts: [{name: a, recipients: 450 later}]\n"
    "client: {retry: 1h, fallback: 2h, bounce: 6h}\n",
};
/* clang-format on */

#define FIELDS(X)                                                              \
    X(end)                                                                     \
    X(why)                                                                     \
    X(found) X(code) X(recipients) X(accepted) X(deferred) X(bounced) X(taken) \
        X(attempts) X(questions) X(hosts) X(connections) X(turnarounds)        \
            X(longest_chain) X(bytes_out) X(bytes_in) X(dns_bytes) X(used)     \
                X(worse) X(mode_used) X(bdat_used) X(dns_ns) X(accepted_ns)    \
                    X(closed_ns) X(steps)

static void compare(const struct mx_part *part)
{
    char why[MX_WHY] = "";
    struct mx_tally ideal, ns3;

    ck_assert_msg(mx_ideal(part, &ideal, why) == 0, "%s", why);
    ck_assert_msg(mx_ns3(part, &ns3, why) == 0, "%s", why);
    tally_adds_up(&ideal);
    tally_adds_up(&ns3);
#define X(field)                                                               \
    ck_assert_msg(                                                             \
        ideal.field == ns3.field, "%s, %s, seed %d: " #field " %lld and %lld", \
        part->topology->name, policy_of(part->policy)->name, (int)part->seed,  \
        (long long)ideal.field, (long long)ns3.field);
    FIELDS(X)
#undef X
    for (size_t i = 0; i < MX_STEPS && i < ideal.steps; i++) {
        ck_assert_int_eq(ideal.step[i], ns3.step[i]);
        ck_assert_int_eq(ideal.step_ns[i], ns3.step_ns[i]);
    }
}

static void compare_all(const struct topology *t, uint64_t seeds)
{
    for (size_t i = 0; i < t->message_count; i++)
        for (int p = 0; p < POLICY_COUNT; p++)
            for (uint64_t seed = 1; seed <= seeds; seed++)
                compare(&(struct mx_part){t, &t->message[i], (enum policy_id)p,
                                          t->mode[0], seed, PORT_VETH});
}

#define NEEDS_NS3(why)                                                         \
    do {                                                                       \
        if (ns3_load(why) < 0)                                                 \
            SKIP("%s", why);                                                   \
    } while (0)

START_TEST(to_the_nanosecond)
{
    char why[MX_WHY] = "";
    struct topology *t;

    NEEDS_NS3(why);
    t = topology_of(topologies[_i], why);
    ck_assert_msg(t != NULL, "%s", why);
    compare_all(t, 2);
    topology_free(t);
}
END_TEST

START_TEST(examples)
{
    char why[MX_WHY] = "";
    glob_t g;

    NEEDS_NS3(why);
    ck_assert_int_eq(glob("docs/examples/*.yaml", 0, NULL, &g), 0);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        struct topology *t = topology_load(g.gl_pathv[i], why);

        ck_assert_msg(t != NULL, "%s", why);
        compare_all(t, 1);
        topology_free(t);
    }
    globfree(&g);
}
END_TEST

/* Modes over hosts that differ, one of them remembered wrongly. */
START_TEST(modes)
{
    char why[MX_WHY] = "";
    struct topology *t;

    if (!topology_mode((enum mode_id)_i))
        return;
    NEEDS_NS3(why);
    t = topology_load("docs/examples/two-primaries.yaml", why);
    ck_assert_msg(t != NULL, "%s", why);
    t->offer = OFFER_WARM;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        compare(&(struct mx_part){t, &t->message[1], POLICY_P1,
                                  (enum mode_id)_i, seed, PORT_VETH});
        compare(&(struct mx_part){t, &t->message[1], POLICY_P5,
                                  (enum mode_id)_i, seed, PORT_VETH});
    }
    topology_free(t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("run/mx_worlds");
    TCase *t = tcase_create("worlds");

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, to_the_nanosecond, 0,
                        sizeof topologies / sizeof topologies[0]);
    tcase_add_test(t, examples);
    tcase_add_loop_test(t, modes, 0, MODE_COUNT);
    suite_add_tcase(s, t);
    return s;
}
