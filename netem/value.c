/* SPDX-License-Identifier: BSD-2-Clause */
/* Values with units: see value.h. */
#include "netem/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DIGITS 15  /* so that a double holds every number exactly enough */
#define DECIMALS 9 /* after the point */
#define HOUR_NS 3.6e12

struct number {
    double value;
    const char *unit; /* what follows it */
    size_t unit_len;
};

struct unit {
    const char *name;
    double factor;
};

static const struct unit times[] = {{"ns", 1},  {"us", 1e3}, {"ms", 1e6},
                                    {"s", 1e9}, {"m", 6e10}, {"h", HOUR_NS}};

/* tc: bit is bits, bps is bytes; "ki" and the like count by 1024. */
static const struct unit rates[] = {
    {"bit", 1},        {"kbit", 1e3},     {"mbit", 1e6},     {"gbit", 1e9},
    {"tbit", 1e12},    {"bps", 8},        {"kbps", 8e3},     {"mbps", 8e6},
    {"gbps", 8e9},     {"tbps", 8e12},    {"kibit", 0x1p10}, {"mibit", 0x1p20},
    {"gibit", 0x1p30}, {"tibit", 0x1p40}, {"kibps", 0x1p13}, {"mibps", 0x1p23},
    {"gibps", 0x1p33}, {"tibps", 0x1p43}};

/* Of each kind the largest first; "" is the least of both. */
static const struct size {
    const char *name;
    int64_t octets;
    bool thousands;
} sizes[] = {{"G", 1 << 30, false},   {"M", 1 << 20, false},
             {"MiB", 1 << 20, false}, {"k", 1 << 10, false},
             {"K", 1 << 10, false},   {"KiB", 1 << 10, false},
             {"MB", 1000000, true},   {"kB", 1000, true}};

enum { SIZES = sizeof sizes / sizeof sizes[0] };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *read_number(const char *s, size_t len, struct number *n)
{
    uint64_t digits = 0;
    int count = 0, decimals = 0;
    double scale = 1;
    bool point = false;
    size_t i = 0;

    if (len > 0 && s[0] == '-')
        return "which is negative";
    for (; i < len && (is_digit(s[i]) || (s[i] == '.' && !point)); i++) {
        if (s[i] == '.') {
            point = true;
            continue;
        }
        count += digits > 0 || s[i] != '0';
        decimals += point;
        if (count > DIGITS || decimals > DECIMALS)
            return "which has too many digits";
        digits = digits * 10 + (uint64_t)(s[i] - '0');
        scale *= point ? 10 : 1;
    }
    if (i == 0 || (point && i == 1) || s[i - 1] == '.')
        return "which is not a number";
    *n = (struct number){(double)digits / scale, s + i, len - i};
    return NULL;
}

static const char *read_scaled(const char *s, size_t len,
                               const struct unit *units, size_t count,
                               double *value)
{
    struct number n;
    const char *wrong = read_number(s, len, &n);

    if (wrong)
        return wrong;
    if (n.unit_len == 0)
        return "which has no unit";
    for (size_t i = 0; i < count; i++)
        if (strlen(units[i].name) == n.unit_len &&
            strncasecmp(units[i].name, n.unit, n.unit_len) == 0) {
            *value = n.value * units[i].factor;
            return NULL;
        }
    return "which has an unknown unit";
}

const char *value_time(const char *s, size_t len, int64_t *ns)
{
    double value;
    const char *wrong =
        read_scaled(s, len, times, sizeof times / sizeof *times, &value);

    if (wrong)
        return wrong;
    if (value > 720 * HOUR_NS)
        return "which is too long";
    *ns = (int64_t)rint(value);
    return NULL;
}

const char *value_rate(const char *s, size_t len, uint64_t *bps)
{
    double value;
    const char *wrong =
        read_scaled(s, len, rates, sizeof rates / sizeof *rates, &value);

    if (wrong)
        return wrong;
    if (value < 1)
        return "which is too slow";
    if (value > 1e13)
        return "which is too fast";
    *bps = (uint64_t)rint(value);
    return NULL;
}

const char *value_percent(const char *s, size_t len, double *value)
{
    struct number n;
    const char *wrong = read_number(s, len, &n);

    if (wrong)
        return wrong;
    if (n.unit_len > 1 || (n.unit_len == 1 && *n.unit != '%'))
        return "which is not a percentage";
    if (n.value > 100)
        return "which is above 100%";
    *value = n.value;
    return NULL;
}

const char *value_seed(const char *s, size_t len, uint64_t *value)
{
    uint64_t v = 0;

    for (size_t i = 0; i < len; i++) {
        uint64_t digit = (uint64_t)(s[i] - '0');
        if (!is_digit(s[i]))
            return "which is not a whole number";
        if (v > (UINT64_MAX - digit) / 10)
            return "which is too great";
        v = v * 10 + digit;
    }
    *value = v;
    return len ? NULL : "which is not a whole number";
}

const char *value_count(const char *s, size_t len, int64_t least, int64_t most,
                        int64_t *value)
{
    bool minus = len > 0 && s[0] == '-';
    uint64_t v;
    const char *wrong = value_seed(s + minus, len - minus, &v);

    if (wrong)
        return wrong;
    if (minus && least >= 0)
        return "which is negative";
    if (v > INT64_MAX)
        return "which is too great";
    *value = minus ? -(int64_t)v : (int64_t)v;
    return *value < least  ? "which is too small"
           : *value > most ? "which is too great"
                           : NULL;
}

static const struct size *size_named(const char *unit, size_t len)
{
    for (int i = 0; i < SIZES; i++)
        if (strlen(sizes[i].name) == len &&
            memcmp(sizes[i].name, unit, len) == 0)
            return &sizes[i];
    return NULL;
}

const char *value_bytes(const char *s, size_t len, int64_t *octets)
{
    const struct size *unit = NULL;
    size_t digits = 0;
    const char *wrong;

    while (digits < len && is_digit(s[digits]))
        digits++;
    if (digits < len && !(unit = size_named(s + digits, len - digits)))
        return "which has an unknown unit";
    wrong = value_count(s, digits, 0, INT64_MAX / (unit ? unit->octets : 1),
                        octets);
    if (!wrong)
        *octets *= unit ? unit->octets : 1;
    return wrong;
}

void value_print_bytes(char room[VALUE_ROOM], int64_t octets, const char *like)
{
    const struct size *kind = size_named(like, strlen(like));

    for (int i = 0; kind && i < SIZES; i++)
        if (sizes[i].thousands == kind->thousands && octets > 0 &&
            octets % sizes[i].octets == 0) {
            snprintf(room, VALUE_ROOM, "%" PRId64 "%s",
                     octets / sizes[i].octets, sizes[i].name);
            return;
        }
    snprintf(room, VALUE_ROOM, "%" PRId64, octets);
}

void value_print_time(char room[VALUE_ROOM], int64_t ns)
{
    int i = 3; /* minutes and hours are written in seconds */

    while (i > 0 && ns % (int64_t)times[i].factor)
        i--;
    if (ns == 0)
        i = 2;
    snprintf(room, VALUE_ROOM, "%" PRId64 "%s", ns / (int64_t)times[i].factor,
             times[i].name);
}

void value_print_rate(char room[VALUE_ROOM], uint64_t bps)
{
    int i = 4;

    while (i > 0 && bps % (uint64_t)rates[i].factor)
        i--;
    snprintf(room, VALUE_ROOM, "%" PRIu64 "%s", bps / (uint64_t)rates[i].factor,
             rates[i].name);
}

void value_print_percent(char room[VALUE_ROOM], double value)
{
    uint64_t v = (uint64_t)rint(value * 1e9);
    size_t len;

    snprintf(room, VALUE_ROOM - 1, "%" PRIu64 ".%09" PRIu32, v / 1000000000,
             (uint32_t)(v % 1000000000));
    len = strlen(room);
    while (room[len - 1] == '0')
        len--;
    len -= room[len - 1] == '.';
    room[len++] = '%';
    room[len] = 0;
}
