/* SPDX-License-Identifier: BSD-2-Clause */
/* The one schema of parameters: good and bad values of each, what has no
 * meaning together, and flags that make the same scenario again. */
#include "bench/run/scenario.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/flaw.h"
#include "smtp/offer.h"

#define ROWS(t) (int)(sizeof(t) / sizeof(t)[0])
#define MS INT64_C(1000000)
#define TIME                                                                   \
    "a time with a unit, such as 100ms (ns, us, ms, s, m or h; at most 720h)"

/* clang-format off */
static const struct {
    const char *name, *value;
    size_t offset;
    int64_t is;
    char size; /* bytes of the field: 4 or 8 */
} good[] = {
#define F(field) offsetof(struct scenario, field)
    {"mode",           "lockstep",   F(mode),       MODE_LOCKSTEP, 4},
    {"mode",           "chunking-collect", F(mode), MODE_CHUNKING_COLLECT, 4},
    {"body-by",        "data",       F(body_by),    BODY_BY_DATA, 4},
    {"body-by",        "bdat",       F(body_by),    BODY_BY_BDAT, 4},
    {"offer",          "cold",       F(offer),      OFFERING_COLD, 4},
    {"offer",          "warm",       F(offer),      OFFERING_WARM, 4},
    {"world",          "ideal",      F(world),      WORLD_IDEAL, 4},
    {"world",          "kernel",     F(world),      WORLD_KERNEL, 4},
    {"road",           "ferry",      F(road),       ROAD_FERRY, 4},
    {"port",           "veth",       F(port),       PORT_VETH, 4},
    {"port",           "tun",        F(port),       PORT_TUN, 4},
    {"rtt",            "0ms",        F(rtt_ns),     0, 8},
    {"rtt",            "1.5s",       F(rtt_ns),     1500 * MS, 8},
    {"rtt",            "720h",       F(rtt_ns),     MS * 720 * 3600000, 8},
    {"recipients",     "1",          F(recipients), 1, 8},
    {"recipients",     "100000",     F(recipients), 100000, 8},
    {"messages",       "7",          F(messages),   7, 8},
    {"body",           "2",          F(body_bytes), 2, 8},
    {"body",           "64k",        F(body_bytes), 65536, 8},
    {"body",           "64KiB",      F(body_bytes), 65536, 8},
    {"body",           "64kB",       F(body_bytes), 64000, 8},
    {"body",           "1M",         F(body_bytes), 1 << 20, 8},
    {"body",           "3MB",        F(body_bytes), 3000000, 8},
    {"body",           "1G",         F(body_bytes), 1 << 30, 8},
    {"think",          "10us",       F(think_ns),   10000, 8},
    {"greeting-delay", "24h",        F(greeting_delay_ns), 86400000 * MS, 8},
    {"tls",            "none",       F(tls),        TLS_USE_NONE, 4},
    {"tls",            "opportunistic", F(tls),     TLS_USE_OPPORTUNISTIC, 4},
    {"tls-version",    "1.2",        F(tls_version), TLS_RELEASE_12, 4},
    {"tls-session",    "0rtt",       F(tls_session), TLS_SESSION_0RTT, 4},
    {"auth",           "login,no-initial", F(auth), AUTH_LOGIN_LATER, 4},
    {"flaw",           "none",       F(flaws),      0, 4},
    {"flaw",           "handoff",    F(flaws),      FLAW_HANDOFF, 4},
    {"flaw",           "handoff,data-always", F(flaws),
                       FLAW_HANDOFF | FLAW_DATA_ALWAYS, 4},
    {"capabilities",   "none",       F(capabilities), 0, 4},
    {"capabilities",   "pipelining,SIZE", F(capabilities),
                       OFFER_PIPELINING | OFFER_SIZE, 4},
    {"timeout",        "1ms",        F(timeout_ns), MS, 8},
    {"seed",           "0",          F(seed),       0, 8},
    {"seed",           "9223372036854775807", F(seed), INT64_MAX, 8},
    {"repeat",         "1000000",    F(repeat),     1000000, 8},
#undef F
};

static const struct {
    const char *name, *value, *why;
} bad[] = {
    {"mode", "turbo", "--mode: found \"turbo\", wanted one of lockstep, "
     "pipelining, chunking, chunking-last, chunking-collect, early, bsmtp, "
     "quickstart-a, quickstart-b, qmtp, pipelining-probe"},
    {"mode", "", "--mode: found \"\", wanted one of lockstep, pipelining, "
     "chunking, chunking-last, chunking-collect, early, bsmtp, "
     "quickstart-a, quickstart-b, qmtp, pipelining-probe"},
    {"body-by", "bda", "--body-by: found \"bda\", wanted data|bdat"},
    {"offer", "tepid", "--offer: found \"tepid\", wanted cold|warm"},
    {"road", "sea", "--road: found \"sea\", wanted ferry|ns3|qdisc|none"},
    {"port", "wifi", "--port: found \"wifi\", wanted veth|tun"},
    {"rtt", "200", "--rtt: found \"200\", which has no unit, wanted " TIME},
    {"rtt", "-5ms", "--rtt: found \"-5ms\", which is negative, wanted " TIME},
    {"rtt", "721h", "--rtt: found \"721h\", which is too long, wanted " TIME},
    {"think", "25h", "--think: found \"25h\", wanted 0ms to 86400s"},
    {"greeting-delay", "2d", NULL},
    {"timeout", "1us", "--timeout: found \"1us\", wanted 1ms to 2592000s"},
    {"recipients", "0", "--recipients: found \"0\", wanted a whole number "
     "from 1 to 100000"},
    {"recipients", "100001", "--recipients: found \"100001\", wanted a whole "
     "number from 1 to 100000"},
    {"recipients", "3.5", "--recipients: found \"3.5\", wanted a whole number "
     "from 1 to 100000"},
    {"messages", "-1", "--messages: found \"-1\", wanted a whole number from 1 "
     "to 100000"},
    {"messages", "two", "--messages: found \"two\", wanted a whole number from "
     "1 to 100000"},
    {"repeat", "1e3", "--repeat: found \"1e3\", wanted a whole number from 1 "
     "to 1000000"},
    {"seed", "9223372036854775808", "--seed: found \"9223372036854775808\", "
     "wanted a whole number from 0 to 9223372036854775807"},
    {"body", "0", "--body: found \"0\", wanted octets, such as 1000, 64k or "
     "1M; 2 to 1G"},
    {"body", "1", "--body: found \"1\", wanted octets, such as 1000, 64k or "
     "1M; 2 to 1G"},
    {"body", "2G", "--body: found \"2G\", wanted octets, such as 1000, 64k or "
     "1M; 2 to 1G"},
    {"body", "64kbit", "--body: found \"64kbit\", wanted octets, such as 1000, "
     "64k or 1M; 2 to 1G"},
    {"body", "k", "--body: found \"k\", wanted octets, such as 1000, 64k or "
     "1M; 2 to 1G"},
    {"body", "99999999999999999999", "--body: found \"99999999999999999999\", "
     "wanted octets, such as 1000, 64k or 1M; 2 to 1G"},
    {"flaw", "handoff,charm", "--flaw: found \"charm\", wanted none, or names "
     "parted by commas: handoff-ehlo handoff handoff-rcpt handoff-data "
     "handoff-end handoff-rset flush-on-error data-last-rcpt data-always "
     "one-a-read early-talker helo-only pix reorder split tarpit hold-replies "
     "stale-id quit-corked silent-close unknown-554 unknown-mute close-421 "
     "one-verdict unasked-353 odd-limits"},
    {"flaw", "", NULL},
    {"capabilities", "PIPELINING,,SIZE", NULL},
    {"capabilities", "TURN", "--capabilities: found \"TURN\", wanted none, or "
     "names parted by commas: PIPELINING CHUNKING PIPECONNECT SIZE 8BITMIME "
     "SMTPUTF8 DSN ENHANCEDSTATUSCODES STARTTLS AUTH REQUIRETLS "
     "CONPERM CONNEG CAPABILITIES BSMTP XRCAP CHECKPOINT "
     "QUICKSTART PRDR LIMITS FOOBAR BARFOO"},
    {"strategy", "S5", "--strategy: found \"S5\", wanted one of S0, S1, S1v, "
     "S1x, S2, S3, S3s, S3sp, S3b, S4, S4p, S4l, S4lp"},
    {"asking", "politely", "--asking: found \"politely\", wanted one of "
     "conneg, required, optional, caps"},
    {"answers", "tells,nods", "--answers: found \"nods\", wanted one of tells, "
     "refused, deferred, late, unsupported, silent, other, malformed, flooded"},
    {"answers", "", "--answers: found \"\", wanted one of tells, refused, "
     "deferred, late, unsupported, silent, other, malformed, flooded"},
    {"classes", "33", "--classes: found \"33\", wanted a whole number from 1 to "
     "32"},
    {"filters", "(a=1) (b", "--filters: found \"(b\", =, <= or >= was expected "
     "behind 2 octets; wanted an expression of RFC 2533, such as "
     "(&(color=Binary)(dpi<=300))"},
    {"forms", "(a<=1)", "--forms: found \"(a<=1)\", wanted what a form is made "
     "of: (tag=value), or several as (&(tag=value)(tag=value))"},
    {"forms", "", NULL},
    {"uplink", "delay 100", NULL},
    {"downlink", "fast", NULL},
};

/* "key=value;key=value", and what is said of it; NULL: it is fine. A reason
 * that ends in "..." goes on. */
static const struct {
    const char *settings, *why;
} together[] = {
    {"", NULL},
    {"mode=chunking;body-by=data", "--mode chunking sends bodies by BDAT: "
     "--body-by data has no meaning with it"},
    {"mode=chunking-last;body-by=data", "--mode chunking-last sends bodies by "
     "BDAT: --body-by data has no meaning with it"},
    {"mode=pipelining;body-by=bdat", NULL},
    {"mode=early;body-by=bdat", NULL},
    {"mode=early;offer=cold", NULL},
    {"mode=lockstep;helo=", NULL},
    {"tls=starttls;tls-version=1.2;tls-session=resumed;auth=plain", NULL},
    {"tls=implicit;tls-session=0rtt;mode=early", NULL},
    {"tls=implicit;tls-session=0rtt;mode=chunking;auth=plain", NULL},
    {"tls-version=1.2", "--tls-version, --tls-session and --tls-early-banner "
     "need --tls"},
    {"tls=implicit;tls-version=1.2;tls-session=0rtt", "--tls-session 0rtt: TLS "
     "1.2 has none; wanted --tls-version 1.3"},
    {"tls=starttls;tls-early-banner=", "--tls-early-banner goes with --tls "
     "implicit and TLS 1.3"},
    {"mode=lockstep;helo=;auth=plain", "--helo brings no STARTTLS and no AUTH"},
    {"mode=lockstep;helo=;tls=starttls", "--helo brings no STARTTLS and no "
     "AUTH"},
    {"extensions=SIZE,SMTPUTF8", NULL},
    {"extensions=SIZE,CHUNKING", "--extensions: found \"CHUNKING\", wanted "
     "what MAIL can say: SIZE, 8BITMIME, SMTPUTF8, REQUIRETLS, CHECKPOINT, "
     "PRDR"},
    {"tls=opportunistic;auth=login", "--auth with --tls opportunistic could "
     "tell a password in the clear: wanted --tls starttls or implicit"},
    {"tls=implicit;tls-session=0rtt;mode=early;body-by=bdat", "--tls-session "
     "0rtt with --mode early, or quickstart-b, and --body-by bdat would send "
     "the message as 0-RTT data, which can be replayed: wanted --body-by data"},
    {"tls=implicit;tls-session=0rtt;mode=early;auth=plain", "--tls-session "
     "0rtt with --mode early, or quickstart-b, and --auth would send the password as 0-RTT "
     "data, which can be replayed"},
    {"mode=pipelining;helo=", "--helo goes with --mode lockstep and DATA: HELO "
     "brings no extension that --mode pipelining could use"},
    {"mode=lockstep;body-by=bdat;helo=", "--helo goes with --mode lockstep and "
     "DATA: HELO brings no extension that --mode lockstep could use"},
    {"rtt=200ms;uplink=delay 100ms", "--rtt and a delay in --uplink together: "
     "which one is it?"},
    {"rtt=200ms;downlink=delay 100ms rate 1mbit", "--rtt and a delay in "
     "--downlink together: which one is it?"},
    {"rtt=200ms;uplink=rate 1mbit", NULL},
    {"flaw=early-talker", "--flaw early-talker needs --greeting-delay: a "
     "server that greets at once has heard nobody before"},
    {"flaw=early-talker;greeting-delay=1ms", NULL},
    {"flaw=early-talker;think=1ms", NULL},
    {"world=ideal;uplink=delay 100ms 10ms", "--uplink: the ideal world knows "
     "delay and rate alone, not jitter..."},
    {"world=ideal;uplink=loss 1%", "--uplink: the ideal world knows delay and "
     "rate alone, not loss..."},
    {"world=ideal;downlink=limit 10", "--downlink: the ideal world knows delay "
     "and rate alone, not limit..."},
    {"world=ideal;downlink=duplicate 1%", "--downlink: the ideal world knows "
     "delay and rate alone, not duplicate..."},
    {"world=ideal;uplink=delay 1s rate 1kbit", NULL},
    {"world=kernel;uplink=delay 100ms 10ms loss 1%", NULL},
    {"world=ns3;tcp=rfc", NULL},
    {"world=ideal;tcp=linux;road=ferry;port=veth", NULL},
    {"world=kernel;tcp=patient",
     "--tcp patient has no meaning with --world kernel, which has this "
     "kernel's TCP: use --world ns3"},
    {"world=ideal;tcp=rfc",
     "--tcp rfc has no meaning with --world ideal, which has no TCP: use "
     "--world ns3"},
    {"world=ns3;road=ns3",
     "--road ns3 has no meaning with --world ns3: roads carry the packets of "
     "--world kernel"},
    {"world=ideal;road=none",
     "--road none has no meaning with --world ideal: roads carry the packets "
     "of --world kernel"},
    {"world=ns3;port=tun",
     "--port tun has no meaning with --world ns3: use --world kernel"},
    {"strategy=S3;mode=early;recipients=1000;classes=32", NULL},
    {"strategy=S1", NULL},
    {"strategy=S1;body-by=bdat", NULL},
    {"strategy=S1;mode=early", "--strategy S1 waits for every reply: --mode "
     "early has no meaning with it, wanted lockstep"},
    {"classes=2", "--classes, --answers, --asking, --ttl, --filters and "
     "--forms need --strategy"},
    {"answers=tells", "--classes, --answers, --asking, --ttl, --filters and "
     "--forms need --strategy"},
    {"strategy=S2;messages=2", "--strategy is about one message: wanted "
     "--messages 1"},
    {"strategy=S2;mode=lockstep;helo=", "--helo brings no extension to ask by: "
     "wanted EHLO with --strategy"},
    {"strategy=S2;recipients=1001", "--strategy: wanted --recipients up to "
     "1000, which is what a server takes in a transaction"},
    {"strategy=S2;filters=(a=1)", "--filters and --forms go together"},
    {"strategy=S2;filters=(a=1);forms=(a=1);classes=2", "--classes and "
     "--filters together: which one is it?"},
};
/* clang-format on */

static void set(struct scenario *s, const char *name, const char *value)
{
    char why[SCENARIO_WHY];
    const struct parameter *p = parameter_named(name);

    ck_assert_msg(p != NULL, "no parameter %s", name);
    ck_assert_msg(scenario_set(s, p, value, why) == 0, "%s", why);
}

START_TEST(good_value)
{
    struct scenario s;
    const char *at = (const char *)&s + good[_i].offset;

    scenario_init(&s);
    set(&s, good[_i].name, good[_i].value);
    if (good[_i].size == 4)
        ck_assert_int_eq(*(const int32_t *)(const void *)at, good[_i].is);
    else
        ck_assert_int_eq(*(const int64_t *)(const void *)at, good[_i].is);
    scenario_release(&s);
}
END_TEST

START_TEST(bad_value)
{
    const struct parameter *p = parameter_named(bad[_i].name);
    char why[SCENARIO_WHY] = "";
    struct scenario s;

    scenario_init(&s);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(scenario_set(&s, p, bad[_i].value, why), -1);
    if (bad[_i].why)
        ck_assert_str_eq(why, bad[_i].why);
    scenario_release(&s);
}
END_TEST

/* Of every parameter that there is or will be: nonsense is refused by name,
 * and told with what would be accepted. */
START_TEST(nonsense_is_refused)
{
    for (const struct parameter *p = parameters; p->name; p++) {
        char why[SCENARIO_WHY] = "", begin[60];
        struct scenario s;

        ck_assert_ptr_eq(parameter_named(p->name), p);
        ck_assert_uint_gt(strlen(p->help), 0);
        if (!p->value)
            continue;
        scenario_init(&s);
        ck_assert_int_eq(scenario_set(&s, p, "-1 wibble", why), -1);
        snprintf(begin, sizeof begin, "--%s: ", p->name);
        ck_assert_msg(strncmp(why, begin, strlen(begin)) == 0, "%s", why);
        ck_assert_uint_gt(strlen(why), strlen(begin) + 10);
        scenario_release(&s);
    }
    ck_assert_ptr_null(parameter_named("wibble"));
    ck_assert_ptr_null(parameter_named(""));
}
END_TEST

/* A word of a link is pointed at. */
START_TEST(words_are_pointed_at)
{
    char why[SCENARIO_WHY];
    struct scenario s;

    scenario_init(&s);
    ck_assert_int_eq(scenario_set(&s, parameter_named("uplink"),
                                  "delay 100ms rate 1furlong", why),
                     -1);
    ck_assert_ptr_nonnull(strstr(why, "--uplink: "));
    ck_assert_ptr_nonnull(strstr(why, "\n  delay 100ms rate 1furlong\n"));
    ck_assert_ptr_nonnull(strstr(why, "\n                   ^"));
    scenario_release(&s);
}
END_TEST

/* Sets "key=value;..."; returns what scenario_finish() does. */
static int finish(struct scenario *s, const char *settings,
                  char why[SCENARIO_WHY])
{
    char *copy = strdup(settings), *rest = copy, *one;
    int result;

    scenario_init(s);
    while ((one = strsep(&rest, ";")) && *one) {
        char *equals = strchr(one, '=');

        *equals = '\0';
        set(s, one, equals + 1);
    }
    free(copy);
    result = scenario_finish(s, why);
    return result;
}

START_TEST(meaning)
{
    char why[SCENARIO_WHY] = "";
    const char *due = together[_i].why, *dots;
    struct scenario s;
    int result = finish(&s, together[_i].settings, why);

    ck_assert_msg(result == (due ? -1 : 0), "%s", why);
    if (due && (dots = strstr(due, "...")))
        ck_assert_msg(strncmp(why, due, (size_t)(dots - due)) == 0, "%s", why);
    else if (due)
        ck_assert_str_eq(why, due);
    scenario_release(&s);
}
END_TEST

START_TEST(what_follows)
{
    char why[SCENARIO_WHY];
    struct scenario s;

    ck_assert_int_eq(finish(&s, "rtt=5ns", why), 0);
    ck_assert_int_eq(s.up.base.delay.ns, 2);
    ck_assert_int_eq(s.down.base.delay.ns, 3);
    ck_assert_uint_eq(s.up.base.rate.bps, 100000000);
    ck_assert_int_eq(s.offer, OFFERING_COLD);
    ck_assert_int_eq(s.manner.mode, MODE_PIPELINING);
    scenario_release(&s);
    ck_assert_int_eq(finish(&s, "world=ideal;mode=early", why), 0);
    ck_assert_int_eq(s.up.base.delay.ns, 100 * MS);
    ck_assert_uint_eq(s.up.base.rate.bps, 0);
    ck_assert_int_eq(s.offer, OFFERING_WARM);
    ck_assert(!s.manner.bdat);
    scenario_release(&s);
    ck_assert_int_eq(
        finish(&s, "mode=chunking;uplink=delay 7ms rate 1mbit", why), 0);
    ck_assert_int_eq(s.down.base.delay.ns, 7 * MS);
    ck_assert_uint_eq(s.down.base.rate.bps, 1000000);
    ck_assert(s.manner.bdat);
    scenario_release(&s);
}
END_TEST

/* "--key value --key 'more words'" into a scenario. */
static void parse_flags(struct scenario *s, char *flags)
{
    scenario_init(s);
    while (*flags == ' ') {
        char *key = flags + 3, *value = key + strcspn(key, " "), *end;
        const struct parameter *p;

        ck_assert_int_eq(memcmp(flags, " --", 3), 0);
        end = value;
        if (*value && value[1] != '-') {
            bool quoted = value[1] == '\'';

            *value = '\0';
            value += 1 + quoted;
            end = value + strcspn(value, quoted ? "'" : " ");
            if (quoted)
                *end++ = '\0';
        }
        flags = end;
        if (*flags) { /* what follows is the next flag's blank */
            *flags = '\0';
            p = parameter_named(key);
            ck_assert_msg(p != NULL, "%s", key);
            set(s, key, p->value ? value : "");
            *flags = ' ';
        } else {
            set(s, key, value);
        }
    }
}

static const char *const round_trips[] = {
    "",
    "mode=lockstep;helo=",
    "tls=starttls;tls-version=1.2;tls-session=resumed;auth=plain,no-initial",
    "tls=implicit;tls-early-banner=",
    "extensions=SIZE,8BITMIME",
    "mode=early;body-by=bdat;offer=cold",
    "world=ideal;rtt=1.5s;recipients=3;messages=4;body=64k",
    "uplink=delay 100ms 10ms loss 1% rate 1mbit;downlink=delay 7ms;port=tun",
    "ipv6=;think=10ms;greeting-delay=3s;timeout=7s;seed=5;repeat=9",
    "flaw=handoff,data-always;capabilities=none",
    "capabilities=PIPELINING,SIZE,STARTTLS;flaw=none",
    "strategy=S1';recipients=7;classes=3;answers=tells,refused;ttl=500s",
    ("strategy=s3;asking=caps;filters=(dpi<=300) (|(a=1)(b=\")\"));"
     "forms=(&(dpi=300)(a=1))(a=1)"),
};

START_TEST(flags_make_it_again)
{
    char why[SCENARIO_WHY], *flags, *again, *scratch;
    struct scenario s, t;

    ck_assert_int_eq(finish(&s, round_trips[_i], why), 0);
    flags = scenario_flags(&s);
    scratch = strdup(flags);
    parse_flags(&t, scratch);
    ck_assert_msg(scenario_finish(&t, why) == 0, "%s", why);
    again = scenario_flags(&t);
    ck_assert_str_eq(again, flags);
    ck_assert_int_eq(memcmp(&s.manner, &t.manner, sizeof s.manner), 0);
    ck_assert_int_eq(s.rtt_ns, t.rtt_ns);
    ck_assert_int_eq(s.offer, t.offer);
    ck_assert_int_eq(s.helo, t.helo);
    ck_assert_uint_eq(s.flaws, t.flaws);
    ck_assert_uint_eq(s.capabilities, t.capabilities);
    ck_assert_int_eq(s.up.base.delay.ns, t.up.base.delay.ns);
    ck_assert_int_eq(s.down.base.delay.ns, t.down.base.delay.ns);
    free(flags);
    free(again);
    free(scratch);
    scenario_release(&s);
    scenario_release(&t);
}
END_TEST

START_TEST(copies)
{
    char why[SCENARIO_WHY];
    struct scenario s, t;

    scenario_init(&s);
    set(&s, "uplink", "delay 5ms");
    scenario_copy(&t, &s);
    scenario_release(&s);
    ck_assert_int_eq(scenario_finish(&t, why), 0);
    ck_assert_int_eq(t.up.base.delay.ns, 5 * MS);
    scenario_release(&t);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("bench/run/scenario");
    TCase *t = tcase_create("scenario");

    tcase_add_loop_test(t, good_value, 0, ROWS(good));
    tcase_add_loop_test(t, bad_value, 0, ROWS(bad));
    tcase_add_test(t, nonsense_is_refused);
    tcase_add_test(t, words_are_pointed_at);
    tcase_add_loop_test(t, meaning, 0, ROWS(together));
    tcase_add_test(t, what_follows);
    tcase_add_loop_test(t, flags_make_it_again, 0, ROWS(round_trips));
    tcase_add_test(t, copies);
    suite_add_tcase(s, t);
    return s;
}
