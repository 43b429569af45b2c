/* SPDX-License-Identifier: BSD-2-Clause */
/* Topologies from files: the examples as they are, what is refused and with
 * which words, and what the closed form says of them. */
#include <check.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/ns3.h"
#include "tests/topology_help.h"

#define HOST "hosts:\n  - name: a.example\n"
#define DOMAIN                                                                 \
    "domains:\n  - {name: d, mx: [{preference: 1, host: a.example}]}\n"

/* clang-format off */
static const struct { const char *text, *why; } bad[] = {
    {"", "the file is empty"},
    {"a: [", "a"},
    {"hosts: []\n", "domains"},
    {"domains: []\nhosts: []\n", ":1: domains: there must be one"},
    {DOMAIN HOST "colour: blue\n", "Unexpected key: colour; wanted domains,"},
    {DOMAIN HOST "    colour: blue\n", ":5: hosts: Unexpected key: colour; wanted a list of {name, addresses"},
    {DOMAIN HOST "    rtt: 1ms\nclient:\n  mode: [early]\n  colour: blue\n", ":8: client: Unexpected key: colour; wanted {mode"},
    {DOMAIN HOST "   rtt: 1ms\n", ":5: hosts: libyaml: did not find"},
    {DOMAIN HOST "    rtt: 100\n", ":5: hosts[0].rtt: found \"100\", wanted a time with a unit"},
    {DOMAIN HOST "    rtt: [1ms]\n", ":5: rtt: Expecting STRING"},
    {DOMAIN HOST "    rtt: 1ms\n    uplink: delay 2ms\n", ":5: hosts[0].rtt: found \"1ms\", beside uplink"},
    {DOMAIN HOST "    uplink: delay x\n", ":5: hosts[0].uplink: found \"delay x\", column 7"},
    {DOMAIN HOST "    state: down\n", "found \"down\", wanted up, refusing or silent"},
    {DOMAIN HOST "    check: maybe\n", "wanted passes, fails or fails-by-name"},
    {DOMAIN HOST "    capabilities: [PIPELINING, FOO]\n", "hosts[0].capabilities: found \"FOO\", wanted EHLO keywords"},
    {DOMAIN HOST "    greeting: 220 welcome\n", "wanted a refusal such as"},
    {DOMAIN HOST "    secure-capabilities: [FOOBAR]\n", ":5: hosts[0].secure-capabilities: without STARTTLS"},
    {DOMAIN HOST "client: {tls: perhaps}\n", "client.tls: found \"perhaps\", wanted no, opportunistic or required"},
    {DOMAIN HOST "    addresses: [192.0.2.300]\n", ":5: hosts[0].addresses: found \"192.0.2.300\", wanted IPv4"},
    {DOMAIN HOST "    addresses: [192.0.2.1, 192.0.2.1]\n", "which is there already"},
    {DOMAIN HOST "    addresses: [127.0.0.2]\n", ":5: hosts[0].addresses: found \"127.0.0.2\", which is each machine's own"},
    {DOMAIN HOST "    addresses: [239.255.255.255]\n", "which is a group's"},
    {DOMAIN HOST "    addresses: [255.255.255.255]\n", "which is nobody's"},
    {DOMAIN HOST "    addresses: [198.51.101.255]\n", "which is the client's own network"},
    {DOMAIN HOST "    addresses: ['2001:db8:c:1::2']\n", "which is the client's own network"},
    {DOMAIN HOST "    addresses: ['::1']\n", "which is each machine's own"},
    {DOMAIN HOST "    addresses: ['fe80::1']\n", "which is good on one link only"},
    {DOMAIN HOST "    addresses: ['::ffff:192.0.2.1']\n", "which is an IPv4 address"},
    {DOMAIN HOST "dns: {address: 127.0.0.53}\n", ":5: dns.address: found \"127.0.0.53\", which is each"},
    {DOMAIN HOST "    uplink: drop sun\n", ":5: hosts[0].uplink: found \"drop sun\", drop: found \"sun\", which means nothing; accepted"},
    {DOMAIN HOST "    later: [{greeting: 421 no}]\n", ":5: hosts[0].later[0].from-session: is missing"},
    {DOMAIN HOST "    later:\n    - {from-session: 5}\n    - {from-session: 4}\n", ":7: hosts[0].later[1].from-session: found \"4\", which must be above the one before"},
    {DOMAIN HOST "    pooled: yes\n    later: [{from-session: 2}]\n", ":6: hosts[0].later[0].from-session: found \"2\", beside pooled"},
    {DOMAIN HOST "    later:\n    - {from-time: 5s}\n    - {from-time: 5s}\n", ":7: hosts[0].later[1].from-time: found \"5s\", which must be above the one before"},
    {DOMAIN HOST "  - name: A.example\n", ":5: hosts[1].name: found \"A.example\", which is there already"},
    {DOMAIN HOST "  - name: a b\n", "wanted a name"},
    {DOMAIN "hosts:\n  - rtt: 1ms\n", "Missing required mapping field: name"},
    {"domains: [{name: d, mx: [{preference: 1, host: b}]}]\n" HOST, "domains[0].mx[0].host: found \"b\", which is none of the hosts"},
    {"domains: [{name: d, mx: [{preference: 70000, host: a.example}]}]\n" HOST, "found \"70000\", wanted a number from 0 to 65535"},
    {"domains: [{name: d, mx: [{preference: 1, host: a.example}, {preference: 2, host: A.example}]}]\n" HOST, "domains[0].mx[1].host: found \"A.example\", which this domain has"},
    {"domains: [{name: d, alias: e, mx: [{preference: 1, host: a.example}]}]\n" HOST, "an alias has no other records"},
    {"domains: [{name: d}, {name: D}]\n" HOST, "domains[1].name: found \"D\", which is there already"},
    {DOMAIN HOST "client: {mode: [fast]}\n", "client.mode: found \"fast\", wanted modes"},
    {DOMAIN HOST "client: {policy: [P9]}\n", "client.policy: found \"P9\", wanted policies"},
    {DOMAIN HOST "client: {retry: 0s}\n", "which must be above 0"},
    {DOMAIN HOST "client: {fallback: 10h, bounce: 5h}\n", "must not be beyond bounce"},
    {DOMAIN HOST "client: {enforce: perhaps}\n", "wanted yes or no"},
    {DOMAIN HOST "dns: {faults: [{fault: gone}]}\n", "dns.faults[0].fault: found \"gone\", wanted servfail"},
    {DOMAIN HOST "dns: {loss: 101%}\n", "wanted a percentage"},
    {DOMAIN HOST "messages: [{domain: e}]\n", "messages[0].domain: found \"e\", wanted the name of one of the domains"},
    {DOMAIN HOST "messages: [{messages: 0}]\n", "messages[0].messages: found \"0\""},
    {DOMAIN HOST "seed: -1\n", ":5: seed: found \"-1\", wanted a number"},
    {DOMAIN HOST DOMAIN, "already seen"},
    {DOMAIN "hosts: &x [*x]\n", "lias"},
};
/* clang-format on */

START_TEST(refused)
{
    char why[YAMLFILE_WHY] = "";

    ck_assert_ptr_null(topology_of(bad[_i].text, why));
    ck_assert_msg(strstr(why, bad[_i].why) && strncmp(why, "/proc/", 6) == 0,
                  "%s\nshould have said: %s", why, bad[_i].why);
}
END_TEST

/* Next to what is refused. */
START_TEST(addresses)
{
    char why[YAMLFILE_WHY] = "";
    struct topology *t = topology_of(
        DOMAIN HOST "    addresses: [126.255.255.255, 128.0.0.1, 198.51.102.1, "
                    "223.255.255.1, '::2', 'fec0::1', '2001:db8:d::1']\n",
        why);

    ck_assert_msg(t != NULL, "%s", why);
    ck_assert_int_eq(t->host[0].address_count, 7);
    topology_free(t);
}
END_TEST

START_TEST(defaults)
{
    char why[YAMLFILE_WHY] = "";
    struct topology *t = topology_of(DOMAIN HOST, why);

    ck_assert_msg(t != NULL, "%s", why);
    ck_assert_int_eq(t->hosts, 1);
    ck_assert_int_eq(t->host[0].address_count, 1);
    ck_assert_int_eq(t->host[0].road.rtt_ns, 100000000);
    ck_assert_int_eq(t->policies, POLICY_COUNT);
    ck_assert_int_eq(t->modes, 1);
    ck_assert_int_eq(t->message_count, 1);
    ck_assert_str_eq(t->message[0].domain, "d");
    topology_free(t);
}
END_TEST

/* Each example runs, by every policy, and accounts for all that it sends. */
static void play(const char *file)
{
    char why[MX_WHY] = "";
    struct topology *t = topology_load(file, why);

    ck_assert_msg(t != NULL, "%s", why);
    ck_assert_msg(mx_check(t, WORLD_IDEAL, why) == 0, "%s", why);
    for (size_t i = 0; i < t->message_count; i++)
        for (int p = 0; p < POLICY_COUNT; p++) {
            struct mx_part part = {
                t, &t->message[i], (enum policy_id)p, t->mode[0], 1, PORT_VETH};
            struct mx_tally tally;

            ck_assert_msg(mx_ideal(&part, &tally, why) == 0, "%s", why);
            tally_adds_up(&tally);
        }
    topology_free(t);
}

START_TEST(examples)
{
    glob_t g;

    ck_assert_int_eq(glob("docs/examples/*.yaml", 0, NULL, &g), 0);
    ck_assert_int_ge(g.gl_pathc, 6);
    for (size_t i = 0; i < g.gl_pathc; i++)
        play(g.gl_pathv[i]);
    globfree(&g);
}
END_TEST

/* Hosts that a search meets, over seeds, against the formula of the topology
 * that it is run on. */
START_TEST(expected_hosts)
{
    char why[MX_WHY] = "";
    struct topology *t = topology_load("docs/examples/two-primaries.yaml", why);

    ck_assert_msg(t != NULL, "%s", why);
    for (int p = 0; p < POLICY_COUNT; p++) {
        struct mx_part part = {
            t, &t->message[1], (enum policy_id)p, MODE_PIPELINING,
            1, PORT_VETH};
        double should = mx_hosts_expected(&part), met = 0;
        struct mx_tally tally;

        ck_assert_int_eq(isnan(should), p == POLICY_P4 || p == POLICY_P6);
        for (part.seed = 1; part.seed <= 400; part.seed++) {
            ck_assert_int_eq(mx_ideal(&part, &tally, why), 0);
            met += (double)tally.hosts / 400;
        }
        ck_assert_msg(isnan(should) || fabs(met - should) < 0.1,
                      "%s: %.3f hosts, should be %.3f",
                      policy_of(part.policy)->name, met, should);
    }
    topology_free(t);
}
END_TEST

START_TEST(worlds)
{
    char why[MX_WHY] = "";
    struct topology *t =
        topology_of(DOMAIN HOST "    uplink: delay 1ms loss 1%\n", why);

    ck_assert_msg(t != NULL, "%s", why);
    ck_assert_int_eq(mx_check(t, WORLD_IDEAL, why), -1);
    ck_assert_ptr_nonnull(
        strstr(why, "a.example: the ideal world knows delay"));
    ck_assert_int_eq(mx_check(t, WORLD_KERNEL, why), 0);
    if (ns3_load(why) == 0)
        ck_assert_int_eq(mx_check(t, WORLD_NS3, why), 0);
    topology_free(t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("run/topology");
    TCase *t = tcase_create("topology");

    tcase_set_timeout(t, 120); /* a busy host is slow */
    tcase_add_loop_test(t, refused, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(t, addresses);
    tcase_add_test(t, defaults);
    tcase_add_test(t, examples);
    tcase_add_test(t, expected_hosts);
    tcase_add_test(t, worlds);
    suite_add_tcase(s, t);
    return s;
}
