/* SPDX-License-Identifier: BSD-2-Clause */
/* The chapter of the server's ten rules (RFC 2920, 3.2): our server on its own
 * hears a group, and its replies are written down with the sends in which they
 * left. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/chapters.h"
#include "smtp/server.h"

#define MAIL "MAIL FROM:<a>\r\n"
#define RCPT "RCPT TO:<b>\r\n"
#define RCPT_NO "RCPT TO:<no>\r\n"
#define RCPT_TOO "RCPT TO:<d>\r\n"
#define DATA "DATA\r\n"

struct rule {
    const char *says;
    const char *hears; /* behind EHLO */
    size_t step;       /* so many bytes at a time; 0: all at once */
    const char *codes; /* what it must say: " | " between sends */
    const char *words; /* and these, in what it says; NULL: any */
    uint32_t flaws;
    size_t mails; /* that it must have taken */
};

/* clang-format off */
static const struct rule rules[] = {
    {"rule 1: replies come in the order of the commands",
     MAIL RCPT RCPT_NO RCPT_TOO DATA, 0, "250 250 550 250 354", NULL, 0, 0},
    {"rule 2: replies to RSET, MAIL and RCPT leave as a unit",
     "RSET\r\n" MAIL RCPT RCPT_TOO, 0, "250 250 250 250", NULL, 0, 0},
    {"rule 3: 354 where one recipient of three is valid",
     MAIL RCPT_NO RCPT RCPT_NO DATA, 0, "250 550 250 550 354", NULL, 0, 0},
    {"rule 3: no 354 where none is",
     MAIL RCPT_NO DATA, 0, "250 550 554", NULL, 0, 0},
    {"rule 4: 354 for nobody and an empty message: no mail",
     MAIL RCPT_NO DATA ".\r\n", 0, "250 550 354 554", NULL,
     FLAW_DATA_ALWAYS, 0},
    {"rule 5: the reply to EHLO is not held",
     "EHLO c\r\nMAIL FR", 0, "250", NULL, 0, 0},
    {"rule 5: nor that to DATA, whatever follows",
     MAIL RCPT DATA "x\r\n.\r\n" MAIL, 0, "250 250 354 250 250", NULL, 0, 1},
    {"rule 5: nor those to VRFY, EXPN, TURN, NOOP and QUIT",
     "VRFY b\r\nEXPN b\r\nTURN\r\nNOOP\r\nQUIT\r\nX", 0,
     "252 502 500 250 221", NULL, 0, 0},
    {"rule 6: nor that to a command which is unknown",
     "WIBBLE\r\nMAIL FR", 0, "500", NULL, 0, 0},
    {"rule 7: nothing is held once the input is empty",
     MAIL RCPT "RCPT TO:<", 0, "250 250", NULL, 0, 0},
    {"rule 8: half a command is not judged: a byte at a time",
     MAIL RCPT RCPT_NO DATA, 1, "250 | 250 | 550 | 354", NULL, 0, 0},
    {"rule 9: input behind refused commands is not lost",
     MAIL RCPT_NO "WIBBLE\r\n" RCPT DATA, 0, "250 550 500 250 354", NULL, 0,
     0},
    {"rule 10: the reply to RCPT tells of which",
     MAIL RCPT RCPT_TOO, 0, "250 250 250", "<d>", 0, 0},
    {"a dot between bare LFs ends no mail, nor begins commands",
     MAIL RCPT DATA "x\n.\nQUIT\r\n", 0, "250 250 354", NULL, 0, 0},
};
/* clang-format on */

enum { RULES = sizeof rules / sizeof rules[0] };

struct rig { /* a server on a string */
    struct server server;
    int64_t now_ns, alarm_ns;
    char codes[200]; /* of what it said, by sends */
    char said[4000];
    size_t codes_len, said_len;
};

static void note(struct rig *r, const char *text, size_t len)
{
    size_t room = sizeof r->said - 1 - r->said_len;

    memcpy(r->said + r->said_len, text, len < room ? len : room);
    r->said_len += len < room ? len : room;
    r->said[r->said_len] = '\0';
}

/* The codes of last lines, behind those that stand there. */
static void note_codes(struct rig *r, const char *at)
{
    const char *between = r->codes_len ? " | " : "";
    const char *lf;

    for (; (lf = strchr(at, '\n')); at = lf + 1) {
        if (lf - at < 4 || at[3] != ' ' || r->codes_len + 8 > sizeof r->codes)
            continue;
        r->codes_len += (size_t)snprintf(r->codes + r->codes_len,
                                         sizeof r->codes - r->codes_len,
                                         "%s%.3s", between, at);
        between = " ";
    }
}

/* All that it wants to say at this moment is one send. */
static void ask(struct rig *r)
{
    size_t from = r->said_len;
    struct ask a;

    while ((a = machine_ask(&r->server.machine)).kind != ASK_NOTHING) {
        if (a.kind == ASK_SEND)
            note(r, a.bytes.at, a.bytes.len);
        if (a.kind == ASK_WAKE)
            r->alarm_ns = a.at_ns;
    }
    note_codes(r, r->said + from);
}

static size_t tell(struct rig *r, struct told t)
{
    size_t taken;

    t.now_ns = r->now_ns;
    taken = machine_tell(&r->server.machine, &t);
    ask(r);
    return taken;
}

/* What is not taken is offered again, behind a wake-up where that is due. */
static void hear(struct rig *r, const char *at, size_t len)
{
    for (int patience = 100; len > 0 && patience > 0; patience--) {
        size_t taken =
            tell(r, (struct told){.kind = TOLD_BYTES, .bytes = {at, len}});

        at += taken;
        len -= taken;
        if (taken == 0 && r->alarm_ns <= r->now_ns) {
            r->alarm_ns = NEVER_NS;
            tell(r, (struct told){.kind = TOLD_WAKE});
        }
    }
}

static void begin(struct rig *r, const struct server_config *config)
{
    server_init(&r->server, config);
    r->alarm_ns = NEVER_NS;
    tell(r, (struct told){.kind = TOLD_START});
    tell(r, (struct told){.kind = TOLD_OPENED});
    hear(r, "EHLO c\r\n", 8);
    r->codes_len = r->said_len = 0;
    r->codes[0] = r->said[0] = '\0';
}

static bool keeps_rule(const void *arg, char seen[48], char why[240])
{
    static const struct verdict no = {"no", "550 no such user"};
    const struct rule *rule = arg;
    struct rig *r = calloc(1, sizeof *r);
    struct server_config config;
    size_t len = strlen(rule->hears), step = rule->step ? rule->step : len;
    bool kept;

    if (!r) {
        snprintf(why, 240, "out of memory");
        return false;
    }
    server_defaults(&config, "server.example");
    config.flaws = rule->flaws;
    config.verdicts = &no;
    config.verdict_count = 1;
    begin(r, &config);
    for (size_t at = 0; at < len; at += step)
        hear(r, rule->hears + at, len - at < step ? len - at : step);
    kept = strcmp(r->codes, rule->codes) == 0 &&
           r->server.mails == rule->mails &&
           (!rule->words || strstr(r->said, rule->words));
    snprintf(seen, 48, "%.47s", r->codes);
    if (!kept)
        snprintf(why, 240, "said %.90s, %zu mails; expected %.90s, %zu%s%s",
                 r->codes, r->server.mails, rule->codes, rule->mails,
                 rule->words ? ", and the words " : "",
                 rule->words ? rule->words : "");
    free(r);
    return kept;
}

void plan_server(struct book *b)
{
    for (int i = 0; i < RULES; i++)
        book_check(b, rules[i].says, rules[i].codes, keeps_rule, &rules[i]);
}
