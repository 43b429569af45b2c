/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters: from text to a scenario, and back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/patience.h"
#include "bench/run/scenario.h"
#include "netem/spec.h"
#include "netem/value.h"
#include "smtp/dsn.h"
#include "smtp/flaw.h"
#include "smtp/offer.h"
#include "smtp/wire.h"

/* clang-format off */
#define X(name, text) text,
static const char *const worlds[] = {WORLDS(X)};
static const char *const roads[] = {ROADS(X)};
static const char *const tcps[] = {TCPS(X)};
static const char *const offerings[] = {OFFERINGS(X)};
static const char *const tls_uses[] = {TLS_USES(X)};
static const char *const tls_releases[] = {TLS_RELEASES(X)};
static const char *const tls_sessions[] = {TLS_SESSIONS(X)};
static const char *const auths[] = {AUTHS(X)};
#undef X
static const char *const ports[] = {"veth", "tun"};
static const char *const bodies[] = {"mode", "data", "bdat"};
/* clang-format on */

const char *world_name(enum world w)
{
    return worlds[w];
}

enum world world_named(const char *name, size_t len)
{
    int w = 0;

    while (w < WORLD_COUNT &&
           (strlen(worlds[w]) != len || memcmp(worlds[w], name, len) != 0))
        w++;
    return (enum world)w;
}

const char *road_name(enum road r)
{
    return roads[r];
}

const char *tcp_name(enum tcp_timers t)
{
    return tcps[t];
}

const char *offering_name(enum offering o)
{
    return offerings[o];
}

const char *tls_use_name(enum tls_use u)
{
    return tls_uses[u];
}

const char *tls_session_name(enum tls_session s)
{
    return tls_sessions[s];
}

const char *auth_use_name(enum auth_use a)
{
    return auths[a];
}

const struct parameter *parameter_named(const char *name)
{
    const struct parameter *p = parameters;

    while (p->name && strcmp(p->name, name) != 0)
        p++;
    return p->name ? p : NULL;
}

static int refuse(char why[SCENARIO_WHY], const char *name, const char *value,
                  const char *wanted)
{
    snprintf(why, SCENARIO_WHY, "--%s: found \"%.100s\", wanted %s", name,
             value, wanted);
    return -1;
}

static int one_of(const char *value, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], value) == 0)
            return (int)i;
    return -1;
}

static void *field(struct scenario *s, const struct parameter *p)
{
    return (char *)s + p->offset;
}

struct names {
    const char *const *at;
    size_t count;
};

#define NAMES(array) ((struct names){array, sizeof(array) / sizeof(array)[0]})

/* What a parameter of that kind may be; none where it is no such list. */
static struct names names_of(enum parameter_kind kind)
{
    switch (kind) {
    case PARAMETER_BODY_BY:
        return NAMES(bodies);
    case PARAMETER_OFFER:
        return NAMES(offerings);
    case PARAMETER_WORLD:
        return NAMES(worlds);
    case PARAMETER_ROAD:
        return NAMES(roads);
    case PARAMETER_PORT:
        return NAMES(ports);
    case PARAMETER_TCP:
        return NAMES(tcps);
    case PARAMETER_TLS:
        return NAMES(tls_uses);
    case PARAMETER_TLS_VERSION:
        return NAMES(tls_releases);
    case PARAMETER_TLS_SESSION:
        return NAMES(tls_sessions);
    case PARAMETER_AUTH:
        return NAMES(auths);
    default:
        return (struct names){NULL, 0};
    }
}

static int set_name(struct scenario *s, const struct parameter *p,
                    const char *value, char why[SCENARIO_WHY])
{
    struct names names = names_of(p->kind);
    int found = one_of(value, names.at, names.count);

    if (found < 0)
        return refuse(why, p->name, value, p->value);
    *(int *)field(s, p) = found;
    return 0;
}

static int set_mode(struct scenario *s, const struct parameter *p,
                    const char *value, char why[SCENARIO_WHY])
{
    char wanted[300] = "one of";

    s->mode = mode_named(value);
    if (s->mode < MODE_COUNT)
        return 0;
    for (int i = 0; i < MODE_COUNT; i++) {
        strcat(wanted, i ? ", " : " ");
        strcat(wanted, mode_of((enum mode_id)i)->name);
    }
    return refuse(why, p->name, value, wanted);
}

static int set_time(struct scenario *s, const struct parameter *p,
                    const char *value, char why[SCENARIO_WHY])
{
    int64_t *ns = field(s, p);
    const char *wrong = value_time(value, strlen(value), ns);
    char least[VALUE_ROOM], most[VALUE_ROOM];

    if (!wrong && *ns >= p->least && *ns <= p->most)
        return 0;
    if (wrong) {
        snprintf(why, SCENARIO_WHY, "--%s: found \"%.100s\", %s, wanted %s",
                 p->name, value, wrong, VALUE_TIME);
        return -1;
    }
    value_print_time(least, p->least);
    value_print_time(most, p->most);
    snprintf(why, SCENARIO_WHY, "--%s: found \"%.100s\", wanted %s to %s",
             p->name, value, least, most);
    return -1;
}

static int set_bytes(struct scenario *s, const struct parameter *p,
                     const char *value, char why[SCENARIO_WHY])
{
    int64_t n;

    if (value_bytes(value, strlen(value), &n) || n < p->least || n > p->most)
        return refuse(why, p->name, value, VALUE_BYTES "; 2 to 1G");
    *(int64_t *)field(s, p) = n;
    return 0;
}

static int set_count(struct scenario *s, const struct parameter *p,
                     const char *value, char why[SCENARIO_WHY])
{
    const char *wrong = value_count(value, strlen(value), p->least, p->most,
                                    (int64_t *)field(s, p));

    if (!wrong)
        return 0;
    snprintf(why, SCENARIO_WHY,
             "--%s: found \"%.100s\", wanted a whole number from %lld to %lld",
             p->name, value, (long long)p->least, (long long)p->most);
    return -1;
}

static int keep_words(struct scenario *s, const struct parameter *p,
                      const char *value)
{
    char **words = field(s, p);

    free(*words);
    *words = strdup(value);
    return 0;
}

static int read_words(enum parameter_kind kind, const char *value,
                      char wrong[PATIENCE_WHY])
{
    _Static_assert(DSN_WHY <= PATIENCE_WHY && LIMITS_WHY <= PATIENCE_WHY,
                   "there is room for what any of them says");
    struct dsn dsn;
    struct limits limits;
    struct patience patience;

    if (kind == PARAMETER_DSN)
        return dsn_parse(&dsn, value, wrong);
    if (kind == PARAMETER_LIMITS)
        return limits_parse(&limits, value, wrong);
    return patience_parse(&patience, value, wrong);
}

/* The words are looked at here already, so that the error names the flag. */
static int set_read(struct scenario *s, const struct parameter *p,
                    const char *value, char why[SCENARIO_WHY])
{
    char wrong[PATIENCE_WHY]; /* the longest */

    if (read_words(p->kind, value, wrong) == 0)
        return keep_words(s, p, value);
    snprintf(why, SCENARIO_WHY, "--%s: %s", p->name, wrong);
    return -1;
}

static int set_words(struct scenario *s, const struct parameter *p,
                     const char *value, char why[SCENARIO_WHY])
{
    struct link_params params;
    struct spec_error e;

    if (spec_parse(value, &params, &e) < 0) {
        snprintf(why, SCENARIO_WHY, "--%s: %s\n  %s\n  %*s^", p->name, e.text,
                 value, (int)e.column - 1, "");
        return -1;
    }
    spec_release(&params);
    return keep_words(s, p, value);
}

static uint32_t flaw_of(struct span word)
{
    for (int i = 0; i < FLAW_COUNT; i++)
        if (span_is(word, flaw_name(i)))
            return 1u << i;
    return 0;
}

static const char *flaw_at(int i)
{
    return i < FLAW_COUNT ? flaw_name(i) : NULL;
}

static const char *offer_at(int i)
{
    return i < OFFER_COUNT ? offer_name(i) : NULL;
}

/* A list of names parted by commas, as a set of bits. */
static int set_bits(struct scenario *s, const struct parameter *p,
                    const char *value, uint32_t (*bit)(struct span),
                    const char *(*name)(int), char why[SCENARIO_WHY])
{
    uint32_t *bits = field(s, p), all = 0;
    const char *at = value;
    size_t used;

    while (*at && strcmp(value, "none") != 0) {
        size_t len = strcspn(at, ",");
        uint32_t one = bit((struct span){at, len});

        if (!one)
            break;
        all |= one;
        at += len + (at[len] == ',');
    }
    if ((*at == '\0' && all) || strcmp(value, "none") == 0) {
        *bits = all;
        return 0;
    }
    used = (size_t)snprintf(why, SCENARIO_WHY,
                            "--%s: found \"%.100s\", wanted none, or names "
                            "parted by commas:",
                            p->name, at);
    for (int i = 0; name(i) && used < SCENARIO_WHY; i++)
        used +=
            (size_t)snprintf(why + used, SCENARIO_WHY - used, " %s", name(i));
    return -1;
}

int scenario_set(struct scenario *s, const struct parameter *p,
                 const char *value, char why[SCENARIO_WHY])
{
    switch (p->kind) {
    case PARAMETER_MODE:
        return set_mode(s, p, value, why);
    case PARAMETER_BODY_BY:
    case PARAMETER_OFFER:
    case PARAMETER_WORLD:
    case PARAMETER_ROAD:
    case PARAMETER_PORT:
    case PARAMETER_TCP:
    case PARAMETER_TLS:
    case PARAMETER_TLS_VERSION:
    case PARAMETER_TLS_SESSION:
    case PARAMETER_AUTH:
        return set_name(s, p, value, why);
    case PARAMETER_TIME:
        return set_time(s, p, value, why);
    case PARAMETER_COUNT:
        return set_count(s, p, value, why);
    case PARAMETER_BYTES:
        return set_bytes(s, p, value, why);
    case PARAMETER_WORDS:
        return set_words(s, p, value, why);
    case PARAMETER_DSN:
    case PARAMETER_LIMITS:
    case PARAMETER_TIMEOUTS:
        return set_read(s, p, value, why);
    case PARAMETER_FLAWS:
        return set_bits(s, p, value, flaw_of, flaw_at, why);
    case PARAMETER_CAPABILITIES:
        return set_bits(s, p, value, offer_bit, offer_at, why);
    case PARAMETER_STRATEGY:
    case PARAMETER_SPELLING:
    case PARAMETER_ANSWERS:
    case PARAMETER_FEATURES:
        return inquiry_set(&s->ask, p, value, why);
    case PARAMETER_SWITCH:
        *(bool *)field(s, p) = true;
        return 0;
    }
    return -1;
}

static void print_bits(FILE *to, uint32_t bits, const char *(*name)(int))
{
    const char *comma = "";

    if (bits == 0)
        fputs("none", to);
    for (int i = 0; name(i); i++)
        if (bits >> i & 1) {
            fprintf(to, "%s%s", comma, name(i));
            comma = ",";
        }
}

/* The name that stands for a value; "" where it has none. */
static const char *name_of(const struct scenario *s, const struct parameter *p)
{
    struct names names = names_of(p->kind);

    if (p->kind == PARAMETER_MODE)
        return mode_of(s->mode)->name;
    return names.at ? names.at[*(const int *)((const char *)s + p->offset)]
                    : "";
}

static void print_value(FILE *to, const struct scenario *s,
                        const struct parameter *p)
{
    const void *at = (const char *)s + p->offset;
    char time[VALUE_ROOM];

    switch (p->kind) {
    case PARAMETER_TIME:
        value_print_time(time, *(const int64_t *)at);
        fputs(time, to);
        break;
    case PARAMETER_COUNT:
    case PARAMETER_BYTES:
        fprintf(to, "%lld", (long long)*(const int64_t *)at);
        break;
    case PARAMETER_WORDS:
    case PARAMETER_DSN:
    case PARAMETER_LIMITS:
    case PARAMETER_TIMEOUTS:
        fprintf(to, "'%s'", *(char *const *)at);
        break;
    case PARAMETER_FLAWS:
        print_bits(to, s->flaws, flaw_at);
        break;
    case PARAMETER_CAPABILITIES:
        print_bits(to, *(const uint32_t *)at, offer_at);
        break;
    case PARAMETER_STRATEGY:
    case PARAMETER_SPELLING:
    case PARAMETER_ANSWERS:
    case PARAMETER_FEATURES:
        inquiry_print(to, &s->ask, p);
        break;
    default:
        fputs(name_of(s, p), to);
    }
}

static size_t field_size(enum parameter_kind k)
{
    switch (k) {
    case PARAMETER_TIME:
    case PARAMETER_COUNT:
    case PARAMETER_BYTES:
        return sizeof(int64_t);
    case PARAMETER_WORDS:
    case PARAMETER_DSN:
    case PARAMETER_LIMITS:
    case PARAMETER_TIMEOUTS:
    case PARAMETER_ANSWERS:
    case PARAMETER_FEATURES:
        return sizeof(char *);
    case PARAMETER_SWITCH:
        return sizeof(bool);
    default:
        return sizeof(int);
    }
}

char *scenario_flags(const struct scenario *s)
{
    struct scenario plain;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);

    if (!to)
        return NULL;
    scenario_init(&plain);
    for (const struct parameter *p = parameters; p->name; p++) {
        const char *here = (const char *)s + p->offset;
        const char *there = (const char *)&plain + p->offset;

        if (memcmp(here, there, field_size(p->kind)) == 0 &&
            p->kind != PARAMETER_MODE)
            continue;
        fprintf(to, " --%s%s", p->name, p->value ? " " : "");
        print_value(to, s, p);
    }
    fclose(to);
    return text;
}
