/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client's bytes and a server's bytes are, in the order in which they
 * are owed. */
#include "bench/run/overhear.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void overhear_init(struct overhear *o)
{
    *o = (struct overhear){.owed = {{OVERHEAR_GREETING, 1}}, .owed_count = 1};
}

/* Commands of one kind in a row share an entry, so that thousands of RCPTs
 * fit. Whoever changes between more of them than we can hold is not followed
 * any further. */
static void owe(struct overhear *o, enum overhear_step step)
{
    size_t last = (o->owed_first + o->owed_count - 1) % OVERHEAR_OWED;

    if (o->owed_count > 0 && o->owed[last].step == step) {
        o->owed[last].times++;
    } else if (o->owed_count == OVERHEAR_OWED) {
        o->server_deaf = true;
    } else {
        last = (o->owed_first + o->owed_count++) % OVERHEAR_OWED;
        o->owed[last] = (struct overhear_owed){(uint8_t)step, 1};
    }
}

/* A reply that nobody asked for is one such as 421. */
static enum overhear_step owed(struct overhear *o)
{
    struct overhear_owed *first = &o->owed[o->owed_first];
    enum overhear_step step;

    if (o->owed_count == 0)
        return OVERHEAR_OTHER;
    step = (enum overhear_step)first->step;
    if (--first->times == 0) {
        o->owed_first = (o->owed_first + 1) % OVERHEAR_OWED;
        o->owed_count--;
    }
    return step;
}

static bool verb_is(const struct overhear *o, const char *verb)
{
    size_t n = strlen(verb);

    return o->line_len >= n && strncasecmp(o->line, verb, n) == 0 &&
           (o->line_len == n || strchr(" :\r", o->line[n]));
}

static enum overhear_step step_of(const struct overhear *o)
{
    static const struct {
        const char *verb;
        enum overhear_step step;
    } verbs[] = {{"EHLO", OVERHEAR_EHLO},        {"HELO", OVERHEAR_EHLO},
                 {"MAIL", OVERHEAR_MAIL},        {"RCPT", OVERHEAR_RCPT},
                 {"DATA", OVERHEAR_DATA},        {"BDAT", OVERHEAR_BDAT},
                 {"QUIT", OVERHEAR_QUIT},        {"LHLO", OVERHEAR_EHLO},
                 {"STARTTLS", OVERHEAR_STARTTLS}};

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (verb_is(o, verbs[i].verb))
            return verbs[i].step;
    return OVERHEAR_OTHER;
}

static void begin_body(struct overhear *o)
{
    o->mode = OVERHEAR_BODY;
    o->dot = 2;
    o->body_began = false;
}

static void end_command(struct overhear *o, overhear_tell *tell, void *arg)
{
    enum overhear_step step = step_of(o);

    owe(o, step);
    if (step == OVERHEAR_DATA)
        begin_body(o);
    if (step == OVERHEAR_STARTTLS)
        o->mode = OVERHEAR_DEAF;
    if (step == OVERHEAR_BDAT) {
        o->chunk_left = strtoull(o->line + 4, NULL, 10);
        if (o->chunk_left > 0)
            o->mode = OVERHEAR_CHUNK;
    }
    o->line_len = 0;
    tell(arg, (struct overheard){step, 0});
}

static void client_line(struct overhear *o, char c, overhear_tell *tell,
                        void *arg)
{
    if (c == '\n')
        end_command(o, tell, arg);
    else if (o->line_len < sizeof o->line - 1) {
        o->line[o->line_len++] = c;
        o->line[o->line_len] = 0;
    }
}

/* RFC 5321, 4.1.1.4: the dot stands alone between two CR LF, of which the
 * first may be that of the command. */
static void client_body(struct overhear *o, char c, overhear_tell *tell,
                        void *arg)
{
    static const char end[] = "\r\n.\r\n";

    o->body_began = true;
    o->dot = c == end[o->dot] ? o->dot + 1 : c == '\r';
    if (o->dot < 5)
        return;
    o->mode = OVERHEAR_LINE;
    owe(o, OVERHEAR_DATA_END);
    tell(arg, (struct overheard){OVERHEAR_DATA_END, 0});
}

static size_t client_chunk(struct overhear *o, size_t len)
{
    if (len >= o->chunk_left) {
        len = (size_t)o->chunk_left;
        o->mode = OVERHEAR_LINE;
    }
    o->chunk_left -= len;
    return len;
}

void overhear_client(struct overhear *o, const uint8_t *at, size_t len,
                     overhear_tell *tell, void *arg)
{
    for (size_t i = 0; i < len;) {
        switch (o->mode) {
        case OVERHEAR_LINE:
            client_line(o, (char)at[i++], tell, arg);
            break;
        case OVERHEAR_BODY:
            client_body(o, (char)at[i++], tell, arg);
            break;
        case OVERHEAR_CHUNK:
            i += client_chunk(o, len - i);
            break;
        case OVERHEAR_DEAF:
            return;
        }
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 5321, 4.2.1: the last line of a reply has no hyphen behind its code. */
static void end_code(struct overhear *o, overhear_tell *tell, void *arg)
{
    int code = 0;
    enum overhear_step step;

    for (int i = 0; i < 3; i++) {
        if (!is_digit(o->code[i])) {
            o->server_deaf = true;
            return;
        }
        code = 10 * code + o->code[i] - '0';
    }
    if (o->code[3] == '-')
        return;
    step = owed(o);
    if (step == OVERHEAR_DATA && code != 354 && !o->body_began &&
        o->mode == OVERHEAR_BODY)
        o->mode = OVERHEAR_LINE; /* refused: no body follows */
    if (step == OVERHEAR_STARTTLS)
        o->server_deaf = true;
    tell(arg, (struct overheard){step, code});
}

void overhear_server(struct overhear *o, const uint8_t *at, size_t len,
                     overhear_tell *tell, void *arg)
{
    for (size_t i = 0; i < len && !o->server_deaf; i++) {
        char c = (char)at[i];

        if (o->code_len < sizeof o->code) {
            o->code[o->code_len++] = c;
            if (o->code_len == sizeof o->code)
                end_code(o, tell, arg);
        }
        if (c == '\n')
            o->code_len = 0;
    }
}
