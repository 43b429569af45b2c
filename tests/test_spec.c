/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of roads: what each means, how they are written again, and what
 * every malformed line is told. */
#include <unistd.h>

#include "netem/preset.h"
#include "netem/series.h"
#include "netem/value.h"
#include "tests/drive.h"

#define TIME VALUE_TIME
#define PERCENT VALUE_PERCENT
#define RATE VALUE_RATE "; or trace FILE, or unlimited"
#define TABLE                                                                  \
    "uniform, normal, pareto, paretonormal or the path of a table such as "    \
    "iproute2's .dist files"
#define STATE                                                                  \
    "percentages that add up to at most 100%: p13 and p14; p31 and p32"
#define QUEUE "packets=N or bytes=N"
#define CODEL "packets=N, bytes=N, target=TIME or interval=TIME"
#define DROP "packets counted from 1, such as 3,7-9"
#define LATER                                                                  \
    "delay, distribution, ordered, loss, corrupt, duplicate, reorder, gap, "   \
    "rate, at, outage"
#define EVER                                                                   \
    "delay, distribution, ordered, loss, ecn, corrupt, duplicate, reorder, "   \
    "gap, rate, limit, slot, seed, queue, drop, at"
#define PRESETS                                                                \
    "lan, continental, leo, intercontinental, geo, moon, mars-near, mars, "    \
    "mars-far"
#define COUNT(least, most) "a whole number from " #least " to " #most
#define NO_UNIT ", which has no unit; accepted: "
#define NO_NUMBER ", which is not a number; accepted: "
#define NEGATIVE ", which is negative; accepted: "

/* clang-format off */
static const struct {
    const char *words, *again; /* again NULL: the same */
} good[] = {
    {"", NULL},
    {"  \t\r\n", ""},
    {"delay 100ms", NULL},
    {"delay 0.1s", "delay 100ms"},
    {"delay 1500us", NULL},
    {"delay 1.5ms", "delay 1500us"},
    {"delay 2m", "delay 120s"},
    {"delay 720h", "delay 2592000s"},
    {"delay 7ns", NULL},
    {"delay 100MS", "delay 100ms"},
    {"delay 0s", ""},
    {"delay 100ms 10ms", NULL},
    {"delay 100ms 0ms 25%", "delay 100ms"},
    {"delay 100ms 10ms 25%", NULL},
    {"delay 100ms 10ms 25 distribution normal", "delay 100ms 10ms 25% distribution normal"},
    {"distribution pareto loss 1% delay 9ms 1ms", "delay 9ms 1ms distribution pareto loss 1%"},
    {"delay 9ms 1ms distribution uniform", "delay 9ms 1ms"},
    {"delay 9ms 1ms distribution paretonormal ordered", NULL},
    {"delay 9ms 1ms distribution file", NULL},
    {"loss 1%", NULL},
    {"loss random 0.3% 25%", "loss 0.3% 25%"},
    {"loss 0.000000001%", NULL},
    {"loss 0%", ""},
    {"loss state 5%", "loss state 5% 95% 0% 100% 0%"},
    {"loss state 1% 2% 3% 4% 5%", NULL},
    {"loss gemodel 1%", "loss gemodel 1% 99% 100% 0%"},
    {"loss gemodel 1% 10% 70% 0.1%", NULL},
    {"loss 1% ecn", NULL},
    {"corrupt 1% 5%", NULL},
    {"duplicate 2% 6%", NULL},
    {"delay 10ms reorder 25% 50%", NULL},
    {"delay 10ms reorder 25% 50% gap 5", NULL},
    {"delay 10ms gap 5", "delay 10ms reorder 100% gap 5"},
    {"delay 10ms gap 5 reorder 10%", "delay 10ms reorder 10% gap 5"},
    {"delay 10ms reorder 0% gap 5", "delay 10ms"},
    {"rate 10mbit", NULL},
    {"rate 5kbit 20 100 5", NULL},
    {"rate 5kbit -14", NULL},
    {"rate 5kbit 0 48 5", NULL},
    {"rate 5kbit 0 0 5", "rate 5kbit"},
    {"rate 1kbps", "rate 8kbit"},
    {"rate 1mibit", "rate 1048576bit"},
    {"rate 1.5Mbit", "rate 1500kbit"},
    {"rate 1000000kbit", "rate 1gbit"},
    {"rate 10tbit", NULL},
    {"rate unlimited", "rate unlimited"},
    {"rate trace file", NULL},
    {"limit 1000", NULL},
    {"slot 1ms", NULL},
    {"slot 1ms 5ms packets 10 bytes 20000", NULL},
    {"slot distribution normal 20ms 2ms bytes 5", NULL},
    {"seed 18446744073709551615", NULL},
    {"seed 0", NULL},
    {"queue droptail", NULL},
    {"queue drophead bytes=3000 packets=7", "queue drophead packets=7 bytes=3000"},
    {"queue codel", "queue codel target=5ms interval=100ms"},
    {"queue codel target=10ms ecn", "ecn queue codel target=10ms interval=100ms"},
    {"drop packet 7", NULL},
    {"drop packets 3,7-9", "drop packet 3 drop packets 7-9"},
    {"drop packet 9 drop packet 8 drop packets 1-3,2-4", "drop packets 1-4 drop packets 8-9"},
    {"drop syn-ack", NULL},
    {"drop reply 354 drop rcpt-reply 3 drop syn", NULL},
    {"delay 1ms at 5s delay 300ms at 10s outage 2s", NULL},
    {"at 0s outage 1ms", "at 0ms outage 1ms"},
    {"loss 1% at 1s loss 1% at 2s loss 2%", "loss 1% at 2s loss 2%"},
    {"loss 1% rate 1mbit at 1s rate unlimited loss 0%", "loss 1% rate 1mbit at 1s loss 0% rate unlimited"},
    {"delay 5ms reorder 9% at 1s reorder 0% delay 0ms", "delay 5ms reorder 9% at 1s delay 0ms reorder 0%"},
    {"delay 5ms 1ms at 1s distribution normal at 2s delay 7ms", "delay 5ms 1ms at 1s delay 5ms 1ms distribution normal at 2s delay 7ms"},
    {"geo", "delay 279ms"},
    {"preset lan", "delay 250us rate 1gbit"},
    {"geo delay 300ms rate 10mbit", "delay 300ms rate 10mbit"},
    {"mars-far loss 1%", "delay 1339s loss 1%"},
};

static const struct {
    const char *words;
    size_t column;
    const char *text;
} bad[] = {
    {"dealy 5ms", 1, "link: \"dealy\", which is no word of the road, and no preset (as lan or geo); accepted: " EVER},
    {"loss 1% dealy 5ms", 9, "link: \"dealy\", which is no word of the road; accepted: " EVER},
    {"delay 5ms 100", 11, "delay: \"100\"" NO_UNIT TIME},
    {"delay", 6, "delay: nothing follows; accepted: " TIME},
    {"delay rate 1mbit", 7, "delay: \"rate\"" NO_NUMBER TIME},
    {"delay 100", 7, "delay: \"100\"" NO_UNIT TIME},
    {"delay 100mss", 7, "delay: \"100mss\", which has an unknown unit; accepted: " TIME},
    {"delay 10mbit", 7, "delay: \"10mbit\", which has an unknown unit; accepted: " TIME},
    {"delay -5ms", 7, "delay: \"-5ms\"" NEGATIVE TIME},
    {"delay +5ms", 7, "delay: \"+5ms\"" NO_NUMBER TIME},
    {"delay 5.ms", 7, "delay: \"5.ms\"" NO_NUMBER TIME},
    {"delay .ms", 7, "delay: \".ms\"" NO_NUMBER TIME},
    {"delay 0x5ms", 7, "delay: \"0x5ms\", which has an unknown unit; accepted: " TIME},
    {"delay nan", 7, "delay: \"nan\"" NO_NUMBER TIME},
    {"delay 721h", 7, "delay: \"721h\", which is too long; accepted: " TIME},
    {"delay 1.0000000001s", 7, "delay: \"1.0000000001s\", which has too many digits; accepted: " TIME},
    {"delay 1234567890123456ns", 7, "delay: \"1234567890123456ns\", which has too many digits; accepted: " TIME},
    {"delay 0ms 10ms", 11, "delay: \"10ms\", jitter without a delay; accepted: delay TIME JITTER, the time above 0"},
    {"delay 9ms 1ms 101%", 15, "delay: \"101%\", which is above 100%; accepted: " PERCENT},
    {"delay 9ms 1ms 5% 6%", 18, "link: \"6%\", which is no word of the road; accepted: " EVER},
    {"delay 5ms delay 6ms", 11, "delay: given twice, first in column 1; accepted: once, and after each at"},
    {"limit 5 limit 5", 9, "limit: given twice, first in column 1; accepted: once"},
    {"delay 9ms distribution normal", 11, "distribution: there is no jitter; accepted: with delay TIME JITTER, both above 0"},
    {"delay 9ms ordered", 11, "ordered: there is no jitter; accepted: with delay TIME JITTER, both above 0"},
    {"delay 9ms 1ms distribution", 27, "distribution: nothing follows; accepted: " TABLE},
    {"delay 9ms 1ms distribution gauss", 28, "distribution: \"gauss\", which cannot be read: not there; accepted: " TABLE},
    {"jitter 10ms", 1, "link: \"jitter\", which is no word of the road, and no preset (as lan or geo); accepted: " EVER},
    {"loss", 5, "loss: nothing follows; accepted: " PERCENT},
    {"loss lots", 6, "loss: \"lots\", which is no model of loss; accepted: a percentage, random, state or gemodel"},
    {"loss 1ms", 6, "loss: \"1ms\", which is not a percentage; accepted: " PERCENT},
    {"loss -1%", 6, "loss: \"-1%\"" NEGATIVE PERCENT},
    {"loss 100.1%", 6, "loss: \"100.1%\", which is above 100%; accepted: " PERCENT},
    {"loss random", 12, "loss: nothing follows; accepted: " PERCENT},
    {"loss state", 11, "loss: nothing follows; accepted: " PERCENT},
    {"loss state 1% 60% 50%", 19, "loss: \"50%\", too much for its state; accepted: " STATE},
    {"loss state 60% 10% 10% 10% 50%", 28, "loss: \"50%\", too much for its state; accepted: " STATE},
    {"loss gemodel x", 14, "loss: \"x\"" NO_NUMBER PERCENT},
    {"ecn", 1, "ecn: there is nothing to mark instead of; accepted: with loss or queue codel"},
    {"loss 0% ecn", 9, "ecn: there is nothing to mark instead of; accepted: with loss or queue codel"},
    {"corrupt 1% x%", 12, "link: \"x%\", which is no word of the road; accepted: " EVER},
    {"duplicate", 10, "duplicate: nothing follows; accepted: " PERCENT},
    {"reorder 25%", 1, "reorder: there is no delay that a packet could escape; accepted: with delay TIME above 0"},
    {"loss 1% gap 5", 9, "reorder: there is no delay that a packet could escape; accepted: with delay TIME above 0"},
    {"delay 1ms reorder 5% at 1s delay 0ms", 25, "reorder: there is no delay that a packet could escape; accepted: with delay TIME above 0"},
    {"delay 1ms reorder 5% gap 0", 26, "gap: \"0\", which is too small; accepted: " COUNT(1, 4294967295)},
    {"delay 1ms reorder 5% gap 2.5", 26, "gap: \"2.5\", which is not a whole number; accepted: " COUNT(1, 4294967295)},
    {"rate 10", 6, "rate: \"10\"" NO_UNIT RATE},
    {"rate fast", 6, "rate: \"fast\"" NO_NUMBER RATE},
    {"rate 0mbit", 6, "rate: \"0mbit\", which is too slow; accepted: " RATE},
    {"rate 11tbit", 6, "rate: \"11tbit\", which is too fast; accepted: " RATE},
    {"rate -1mbit", 6, "rate: \"-1mbit\"" NEGATIVE RATE},
    {"rate 10ms", 6, "rate: \"10ms\", which has an unknown unit; accepted: " RATE},
    {"rate 1mbit 65536", 12, "rate: \"65536\", which is too great; accepted: " COUNT(-65535, 65535)},
    {"rate 1mbit 0 -1", 14, "rate: \"-1\"" NEGATIVE COUNT(0, 65535)},
    {"rate 1mbit 0 48 256", 17, "rate: \"256\", which is too great; accepted: " COUNT(-255, 255)},
    {"rate 1mbit 0 48 -48", 17, "rate: \"-48\", which leaves nothing of a cell; accepted: more than minus the cell's bytes"},
    {"rate trace", 11, "rate: nothing follows; accepted: the path of a mahimahi trace"},
    {"rate trace nowhere", 12, "rate: \"nowhere\", which cannot be read: not there; accepted: the path of a mahimahi trace"},
    {"limit 0", 7, "limit: \"0\", which is too small; accepted: " COUNT(1, 1000000000)},
    {"limit 1e3", 7, "limit: \"1e3\", which is not a whole number; accepted: " COUNT(1, 1000000000)},
    {"limit 99999999999999999999", 7, "limit: \"99999999999999999999\", which is too great; accepted: " COUNT(1, 1000000000)},
    {"slot", 5, "slot: nothing follows; accepted: " TIME},
    {"slot 2ms 1ms", 10, "slot: \"1ms\", which is below the least; accepted: slot MIN MAX, the second not below the first"},
    {"slot 2ms packets 1 packets 2", 20, "slot: \"packets\", given twice; accepted: once"},
    {"slot distribution normal 2ms", 29, "slot: nothing follows; accepted: " TIME},
    {"seed -1", 6, "seed: \"-1\", which is not a whole number; accepted: a whole number from 0 to 2^64 - 1"},
    {"seed 18446744073709551616", 6, "seed: \"18446744073709551616\", which is too great; accepted: a whole number from 0 to 2^64 - 1"},
    {"queue", 6, "queue: nothing follows; accepted: droptail, drophead or codel"},
    {"queue none", 7, "queue: \"none\", which is not known; accepted: droptail, drophead or codel"},
    {"queue codel ecn packets=5", 17, "link: \"packets=5\", an option without its queue; accepted: options right behind queue droptail, drophead or codel"},
    {"queue pie", 7, "queue: \"pie\", which is not known; accepted: droptail, drophead or codel"},
    {"queue droptail packets=0", 16, "queue: \"packets=0\", which is too small; accepted: " QUEUE},
    {"queue droptail packets=", 16, "queue: \"packets=\", which is not a whole number; accepted: " QUEUE},
    {"queue droptail packets=1 packets=1", 26, "queue: \"packets=1\", given twice; accepted: " QUEUE},
    {"queue droptail target=5ms", 16, "queue: \"target=5ms\", which this queue does not know; accepted: " QUEUE},
    {"queue codel target=5", 13, "queue: \"target=5\", which has no unit; accepted: " CODEL},
    {"drop", 5, "drop: nothing follows; accepted: packet N, packets N,N-N or a meaning such as syn-ack, reply 354 or rcpt-reply 3"},
    {"drop Everything", 6, "drop: \"Everything\", which names no packet; accepted: packet N, packets N,N-N or a meaning such as syn-ack, reply 354 or rcpt-reply 3"},
    {"drop packet", 12, "drop: nothing follows; accepted: " DROP},
    {"drop packet 0", 13, "drop: \"0\", which is too small; accepted: " DROP},
    {"drop packets 9-7", 14, "drop: \"9-7\", which runs backwards; accepted: " DROP},
    {"drop packets 1,,2", 14, "drop: \"1,,2\", which is not a whole number; accepted: " DROP},
    {"drop reply -3", 12, "drop: \"-3\"" NEGATIVE COUNT(0, 4294967295)},
    {"at", 3, "at: nothing follows; accepted: " TIME},
    {"at 5s", 6, "at: nothing follows; accepted: at TIME and what holds from then on"},
    {"at 5s at 6s loss 1%", 7, "at: \"at\", so nothing changes; accepted: at TIME and what holds from then on"},
    {"at 5s loss 1% at 5s loss 2%", 18, "at: \"5s\", which is not after the at before it; accepted: times that rise"},
    {"at 5s limit 3", 7, "limit: \"limit\", which cannot change on the way; accepted: " LATER},
    {"at 5s dealy 3ms", 7, "link: \"dealy\", which is no word of the road; accepted: " LATER},
    {"at 5s outage 0s", 14, "outage: \"0s\", which is no time at all; accepted: " TIME},
    {"outage 2s", 1, "outage: \"outage\", which needs a time before it; accepted: at TIME outage TIME"},
    {"preset", 7, "preset: nothing follows; accepted: " PRESETS},
    {"preset venus", 8, "preset: \"venus\", which is not known; accepted: " PRESETS},
    {"delay 1ms geo", 11, "link: \"geo\", a preset behind other words; accepted: a preset as the first word only"},
    {"delay \x80\x01""9999999999999999999999999999999999999999999", 7, "delay: \"??99999999999999999999999999999999999999\"..." NO_NUMBER TIME},
};
/* clang-format on */

static char again[2000];

static void parse(const char *words, struct link_params *p)
{
    struct spec_error error;

    if (spec_parse_with(words, p, &error, drive_fetch, "1\n") < 0)
        ck_abort_msg("%s: column %zu: %s", words, error.column, error.text);
}

START_TEST(good_words)
{
    const char *should = good[_i].again ? good[_i].again : good[_i].words;
    struct link_params p;

    for (int round = 0; round < 2; round++) { /* also what was printed */
        parse(round ? should : good[_i].words, &p);
        spec_print(&p, again, sizeof again);
        ck_assert_str_eq(again, should);
        spec_release(&p);
    }
}
END_TEST

START_TEST(bad_words)
{
    struct link_params p;
    struct spec_error error;

    ck_assert_msg(
        spec_parse_with(bad[_i].words, &p, &error, drive_fetch, NULL) < 0, "%s",
        bad[_i].words);
    ck_assert_str_eq(error.text, bad[_i].text);
    ck_assert_uint_eq(error.column, bad[_i].column);
}
END_TEST

START_TEST(too_many_changes)
{
    char *words = calloc(1001, 32), *end = words;
    struct link_params p;
    struct spec_error error;

    for (int i = 1; i <= 1001; i++)
        end += sprintf(end, "at %ds loss %d%% ", i, i % 2 + 1);
    ck_assert_int_lt(spec_parse_with(words, &p, &error, NULL, NULL), 0);
    ck_assert_str_eq(error.text,
                     "at: \"1001s\", one too many; accepted: at most "
                     "1000 changes; or a rate trace");
    free(words);
}
END_TEST

/* clang-format off */
static const struct {
    const char *file, *trace, *table; /* what each reader says; NULL: good */
} files[] = {
    {"5\n", NULL, NULL},
    {"0\n0\n7", NULL, NULL},
    {"5\r\n6\r\n", NULL, NULL},
    {"# made\n5 6\n7\n", "line 1: \"#?made\", which is not a whole number", NULL},
    {"5\n\n6\n", "line 2: \"\", which is not a whole number", NULL},
    {"", "it lasts no time", "it holds no number"},
    {"0\n0\n", "it lasts no time", NULL},
    {"5\n4\n", "line 2: \"4\", which is before the line above it", NULL},
    {"5\n-4\n", "line 2: \"-4\", which is negative", NULL},
    {"5\n4294967296\n", "line 2: \"4294967296\", which is too great", "line 2: \"4294967296\", which is too great"},
    {"1.5\n", "line 1: \"1.5\", which is not a whole number", "line 1: \"1.5\", which is not a whole number"},
    {"-32769\n", "line 1: \"-32769\", which is negative", "line 1: \"-32769\", which is too small"},
};
/* clang-format on */

static void check_why(bool refused, const char *why, const char *should)
{
    ck_assert_int_eq(refused, should != NULL);
    if (should)
        ck_assert_msg(strncmp(why, should, strlen(should)) == 0 &&
                          strncmp(why + strlen(should), "; accepted: ", 12) ==
                              0,
                      "%s, but should be %s", why, should);
}

START_TEST(numbers_in_files)
{
    struct link_trace trace = {0};
    struct link_table table = {0};
    const char *file = files[_i].file;
    char why[SERIES_WHY];
    bool refused;

    refused = series_trace(file, strlen(file), &trace, why) < 0;
    check_why(refused, why, files[_i].trace);
    refused = series_table(file, strlen(file), &table, why) < 0;
    check_why(refused, why, files[_i].table);
    free(trace.at_ms);
    free(table.value);
}
END_TEST

START_TEST(faults_in_files_have_a_column)
{
    struct link_params p;
    struct spec_error error;

    ck_assert_int_lt(spec_parse_with("loss 1% rate trace file", &p, &error,
                                     drive_fetch, "1\nx\n"),
                     0);
    ck_assert_uint_eq(error.column, 20);
    ck_assert_str_eq(
        error.text, "rate: file: line 2: \"x\", which is not a whole number; "
                    "accepted: whole milliseconds, a line each, never falling");
}
END_TEST

START_TEST(files_from_disk)
{
    char path[] = "/tmp/test_spec.XXXXXX", words[100];
    int fd = mkstemp(path);
    struct link_params p;
    struct spec_error error;

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "3\n9\n", 4), 4);
    close(fd);
    sprintf(words, "rate trace %s at 1s rate 1mbit at 2s rate trace %s", path,
            path);
    ck_assert_int_eq(spec_parse(words, &p, &error), 0);
    unlink(path);
    ck_assert_uint_eq(p.trace_count, 1);
    ck_assert_uint_eq(p.trace[0]->count, 2);
    ck_assert_uint_eq(p.trace[0]->at_ms[1], 9);
    spec_release(&p);
    ck_assert_int_lt(spec_parse(words, &p, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "No such file or directory"));
    ck_assert_int_lt(spec_parse("rate trace /", &p, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "Is a directory"));
}
END_TEST

START_TEST(values_arrive)
{
    struct link_params p;

    parse("delay 100ms 10ms 25% distribution normal loss gemodel 1% 2% 3% 4% "
          "rate 8kbps 1 2 3 queue codel bytes=9 drop reply 354 drop syn seed 3 "
          "limit 7 at 2s outage 5s",
          &p);
    ck_assert_int_eq(p.base.delay.ns, 100 * MS);
    ck_assert_int_eq(p.base.delay.jitter_ns, 10 * MS);
    ck_assert(p.base.delay.corr_pct == 25);
    ck_assert_int_eq(p.base.delay.scatter.spread, LINK_NORMAL);
    ck_assert_int_eq(p.base.loss.model, LINK_LOSS_GEMODEL);
    ck_assert(p.base.loss.pct[2] == 3);
    ck_assert_uint_eq(p.base.rate.bps, 64000);
    ck_assert_int_eq(p.base.rate.cell_overhead, 3);
    ck_assert_int_eq(p.queue.target_ns, 5 * MS);
    ck_assert_uint_eq(p.queue.bytes, 9);
    ck_assert_uint_eq(p.predicate_count, 2);
    ck_assert_str_eq(p.predicate[0].what, "reply");
    ck_assert_uint_eq(p.predicate[0].number, 354);
    ck_assert(p.predicate[0].numbered && !p.predicate[1].numbered);
    ck_assert(p.seeded && p.seed == 3 && p.limit == 7);
    ck_assert_int_eq(p.change[0].from_ns, 2 * SECOND);
    ck_assert_int_eq(p.change[0].outage_ns, 5 * SECOND);
    ck_assert_int_eq(p.change[0].delay.ns, 100 * MS);
    spec_release(&p);
}
END_TEST

START_TEST(absent_limits)
{
    static const struct {
        const char *words;
        uint32_t limit;
    } rows[] = {
        {"", 1000},
        {"delay 100ms rate 1mbit", 1000},
        {"delay 100ms rate 120mbit", 2000},
        {"delay 50ms 50ms rate 120mbit", 2000},
        {"delay 1ms rate 120mbit at 9s delay 100ms", 2000},
        {"delay 100ms rate 120mbit queue droptail packets=50", 2050},
        {"delay 300us", 1000},
        {"delay 12ms", 20000},
        {"delay 720h", 16777216},
        {"delay 100ms rate 120mbit limit 3", 3},
        {"delay 1s rate trace file", 2000},
    };
    struct link_params p;

    parse(rows[_i].words, &p);
    ck_assert_uint_eq(link_limit_packets(&p), rows[_i].limit);
    spec_release(&p);
}
END_TEST

START_TEST(presets_are_good_and_have_sources)
{
    struct link_params p;
    int64_t last_ns = 0;

    for (const struct preset *s = presets; s->name; s++) {
        parse(s->name, &p);
        ck_assert_int_ge(p.base.delay.ns, last_ns);
        last_ns = p.base.delay.ns;
        spec_print(&p, again, sizeof again);
        ck_assert_str_eq(again, s->words);
        ck_assert_uint_gt(strlen(s->about), 20);
        ck_assert_uint_gt(strlen(s->source), 15);
        ck_assert_ptr_eq(preset_find(s->name, strlen(s->name)), s);
        spec_release(&p);
    }
}
END_TEST

START_TEST(printing_into_any_room)
{
    struct link_params p;
    char room[64];
    size_t len;

    parse("delay 100ms loss 1% at 5s rate 1mbit", &p);
    len = spec_print(&p, again, sizeof again);
    ck_assert_uint_eq(len, strlen(again));
    for (size_t size = 0; size < len + 2; size++) {
        memset(room, 'x', sizeof room);
        ck_assert_uint_eq(spec_print(&p, room, size), len);
        if (size)
            ck_assert_uint_eq(strlen(room), size <= len ? size - 1 : len);
        ck_assert(strncmp(room, again, size ? size - 1 : 0) == 0);
        ck_assert_int_eq(room[size], 'x');
    }
    spec_release(&p);
}
END_TEST

START_TEST(pointing_at_the_word)
{
    struct spec_error error = {7, "delay: what?"};

    spec_point(again, sizeof again, "delay x", &error);
    ck_assert_str_eq(again, "column 7: delay: what?\n"
                            "  delay x\n"
                            "        ^");
}
END_TEST

#define ROWS(table) (int)(sizeof table / sizeof *table)

Suite *suite(void)
{
    Suite *s = suite_create("netem/spec");
    TCase *t = tcase_create("words");

    tcase_add_loop_test(t, good_words, 0, ROWS(good));
    tcase_add_loop_test(t, bad_words, 0, ROWS(bad));
    tcase_add_test(t, too_many_changes);
    tcase_add_loop_test(t, numbers_in_files, 0, ROWS(files));
    tcase_add_test(t, faults_in_files_have_a_column);
    tcase_add_test(t, files_from_disk);
    tcase_add_test(t, values_arrive);
    tcase_add_loop_test(t, absent_limits, 0, 11);
    tcase_add_test(t, presets_are_good_and_have_sources);
    tcase_add_test(t, printing_into_any_room);
    tcase_add_test(t, pointing_at_the_word);
    suite_add_tcase(s, t);
    return s;
}
