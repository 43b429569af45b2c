/* SPDX-License-Identifier: BSD-2-Clause */
/* The dialogues, and a tap that writes down what is said. */
#include "bench/run/dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/run/virtual.h"

#define INNOSOFT                                                               \
    .server = "innosoft.com", .client = "dbc.mtview.ca.us",                    \
    .from = "mrose@dbc.mtview.ca.us"
#define HELLO                                                                  \
    "S: 220 innosoft.com SMTP service ready\n"                                 \
    "C: EHLO dbc.mtview.ca.us\n"                                               \
    "S: 250-innosoft.com\n"                                                    \
    "S: 250 PIPELINING\n"                                                      \
    "C: MAIL FROM:<mrose@dbc.mtview.ca.us>\n"
#define REFUSED                                                                \
    "C: RCPT TO:<nsb@thumper.bellcore.com>\n"                                  \
    "C: RCPT TO:<galvin@tis.com>\n"                                            \
    "C: DATA\n"                                                                \
    "S: 250 sender <mrose@dbc.mtview.ca.us> OK\n"                              \
    "S: 550 remote mail to <nsb@thumper.bellore.com> not allowed\n"            \
    "S: 550 remote mail to <galvin@tis.com> not allowed\n"
/* "bellore" is the RFC's own spelling. */
#define VERDICTS                                                               \
    .to = {"nsb@thumper.bellcore.com", "galvin@tis.com"},                      \
    .verdicts = {{"nsb@thumper.bellcore.com",                                  \
                  "550 remote mail to <nsb@thumper.bellore.com> not allowed"}, \
                 {"galvin@tis.com",                                            \
                  "550 remote mail to <galvin@tis.com> not allowed"}},         \
    .verdict_count = 2

const struct dialogue dialogues[] = {
    {.name = "one command, one reply",
     .says = "\"the client waits for a server response a total of 9 times\"",
     .turnarounds = 9,
     .mode = MODE_LOCKSTEP,
     .helo = true,
     .server = "Innosoft.com",
     .client = "dbc.mtview.ca.us",
     .from = "mrose@dbc.mtview.ca.us",
     .to = {"ned@innosoft.com", "dan@innosoft.com", "kvc@innosoft.com"},
     .body = "...message...\r\n",
     .text = "S: 220 Innosoft.com SMTP service ready\n"
             "C: HELO dbc.mtview.ca.us\n"
             "S: 250 Innosoft.com\n"
             "C: MAIL FROM:<mrose@dbc.mtview.ca.us>\n"
             "S: 250 sender <mrose@dbc.mtview.ca.us> OK\n"
             "C: RCPT TO:<ned@innosoft.com>\n"
             "S: 250 recipient <ned@innosoft.com> OK\n"
             "C: RCPT TO:<dan@innosoft.com>\n"
             "S: 250 recipient <dan@innosoft.com> OK\n"
             "C: RCPT TO:<kvc@innosoft.com>\n"
             "S: 250 recipient <kvc@innosoft.com> OK\n"
             "C: DATA\n"
             "S: 354 enter mail, end with line containing only \".\"\n"
             "C: ....message...\n"
             "C: .\n"
             "S: 250 message sent\n"
             "C: QUIT\n"
             "S: 221 goodbye\n"},
    {.name = "pipelining",
     .says = "\"reduced from 9 to 4\"",
     .turnarounds = 4,
     .mode = MODE_PIPELINING,
     INNOSOFT,
     .to = {"ned@innosoft.com", "dan@innosoft.com", "kvc@innosoft.com"},
     .body = "...message...\r\n",
     .text = HELLO "C: RCPT TO:<ned@innosoft.com>\n"
                   "C: RCPT TO:<dan@innosoft.com>\n"
                   "C: RCPT TO:<kvc@innosoft.com>\n"
                   "C: DATA\n"
                   "S: 250 sender <mrose@dbc.mtview.ca.us> OK\n"
                   "S: 250 recipient <ned@innosoft.com> OK\n"
                   "S: 250 recipient <dan@innosoft.com> OK\n"
                   "S: 250 recipient <kvc@innosoft.com> OK\n"
                   "S: 354 enter mail, end with line containing only \".\"\n"
                   "C: ....message...\n"
                   "C: .\n"
                   "C: QUIT\n"
                   "S: 250 message sent\n"
                   "S: 221 goodbye\n"},
    {.name = "pipelining, no valid recipient",
     .says = "\"4 times here as well\"",
     .turnarounds = 4,
     .mode = MODE_PIPELINING,
     INNOSOFT,
     VERDICTS,
     .body = "...message...\r\n",
     .text = HELLO REFUSED "S: 554 no valid recipients given\n"
                           "C: QUIT\n"
                           "S: 221 goodbye\n"},
    {.name = "pipelining, a server that does not check",
     .says = "354 for nobody is answered by a dot alone",
     .turnarounds = 4,
     .mode = MODE_PIPELINING,
     .flaws = FLAW_DATA_ALWAYS,
     INNOSOFT,
     VERDICTS,
     .body = "...message...\r\n",
     .text = HELLO REFUSED
     "S: 354 enter mail, end with line containing only \".\"\n"
     "C: .\n"
     "C: QUIT\n"
     "S: 554 no valid recipients\n"
     "S: 221 goodbye\n"},
};
const size_t dialogue_count = sizeof dialogues / sizeof dialogues[0];

/* The reply to RCPT is RFC 4141's own; what stands around it is in the words
 * of our server. */
const struct dialogue conneg_dialogue = {
    .name = "what June can take, in lock-step",
    .says = "RFC 4141, 9.2",
    .turnarounds = 7,
    .mode = MODE_LOCKSTEP,
    .server = "some.example.com",
    .client = "other.example.com",
    .from = "May@some.example.com",
    .to = {"June@some.example.com"},
    .filter = "(&(image-file-structure=TIFF-minimal)\n  (MRC-mode=0)\n"
              "  (color=Binary)\n  (|(&(dpi=204)\n"
              "      (dpi-xyratio=[204/98,204/196]) )\n    (&(dpi=200)\n"
              "      (dpi-xyratio=[200/100,1]) ) )\n  (size-x<=2150/254)\n"
              "  (paper-size=A4)\n  (ua-media=stationery) )",
    .form = "(&(image-file-structure=TIFF-minimal)(MRC-mode=0)(color=Binary)"
            "(dpi=204)(dpi-xyratio=204/196)(size-x=2150/254)(paper-size=A4)"
            "(ua-media=stationery))",
    .body = "...message...\r\n",
    .text = "S: 220 some.example.com SMTP service ready\n"
            "C: EHLO other.example.com\n"
            "S: 250-some.example.com\n"
            "S: 250-CONPERM\n"
            "S: 250 CONNEG\n"
            "C: MAIL FROM:<May@some.example.com> CONPERM\n"
            "S: 250 sender <May@some.example.com> OK\n"
            "C: RCPT TO:<June@some.example.com> CONNEG\n"
            "S: 250-<June@some.example.com> recipient ok\n"
            "S: 250-CONNEG (&(image-file-structure=TIFF-minimal)\n"
            "S: 250-CONNEG   (MRC-mode=0)\n"
            "S: 250-CONNEG   (color=Binary)\n"
            "S: 250-CONNEG   (|(&(dpi=204)\n"
            "S: 250-CONNEG       (dpi-xyratio=[204/98,204/196]) )\n"
            "S: 250-CONNEG     (&(dpi=200)\n"
            "S: 250-CONNEG       (dpi-xyratio=[200/100,1]) ) )\n"
            "S: 250-CONNEG   (size-x<=2150/254)\n"
            "S: 250-CONNEG   (paper-size=A4)\n"
            "S: 250 CONNEG   (ua-media=stationery) )\n"
            "C: DATA\n"
            "S: 354 enter mail, end with line containing only \".\"\n"
            "C: ....message...\n"
            "C: .\n"
            "S: 250 message sent\n"
            "C: QUIT\n"
            "S: 221 goodbye\n",
};

int dialogue_cast(struct cast *c, const struct scenario *s,
                  const struct dialogue *d)
{
    size_t n = 0;
    struct span body = span_of(d->body);

    while (n < sizeof d->to / sizeof d->to[0] && d->to[n])
        n++;
    if (cast_init(c, s) < 0)
        return -1;
    free(c->to);
    free(c->stuffed);
    c->to = calloc(n, sizeof *c->to);
    c->stuffed = malloc(wire_stuff(NULL, body));
    if (!c->to || !c->stuffed) {
        cast_release(c);
        return -1;
    }
    for (size_t i = 0; i < n; i++)
        c->to[i].address = d->to[i];
    c->mail[0] =
        (struct mail){.from = d->from,
                      .to = c->to,
                      .recipients = n,
                      .plain = body,
                      .stuffed = {c->stuffed, wire_stuff(c->stuffed, body)}};
    c->sending.session.name = d->client;
    c->sending.session.helo = d->helo;
    c->receiving.name = d->server;
    c->receiving.offer.has =
        d->filter ? OFFER_CONPERM | OFFER_CONNEG : OFFER_PIPELINING;
    if (c->abilities) {
        c->abilities->form[0].plain = c->mail[0].plain;
        c->abilities->form[0].stuffed = c->mail[0].stuffed;
    }
    c->receiving.flaws = d->flaws;
    c->receiving.verdicts = d->verdicts;
    c->receiving.verdict_count = d->verdict_count;
    return 0;
}

size_t dialogue_bytes(const struct dialogue *d, char side)
{
    size_t sum = 0;

    for (const char *at = d->text; *at; at = strchr(at, '\n') + 1)
        if (*at == side)
            sum += strcspn(at, "\n") - strlen("C: ") + strlen("\r\n");
    return sum;
}

struct tap { /* a machine around another, whose words it writes down */
    struct machine machine, *inner;
    FILE *to;
    bool in_line; /* the last line is not ended yet */
};

static void write_down(struct tap *t, char side, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (!t->in_line)
            fprintf(t->to, "%c: ", side);
        t->in_line = bytes.at[i] != '\n';
        if (bytes.at[i] != '\r')
            fputc(bytes.at[i], t->to);
    }
}

static size_t tap_tell(struct machine *m, const struct told *told)
{
    struct tap *t = (struct tap *)m;

    if (told->kind == TOLD_BYTES)
        write_down(t, 'S', told->bytes);
    return machine_tell(t->inner, told);
}

static struct ask tap_ask(struct machine *m)
{
    struct tap *t = (struct tap *)m;
    struct ask a = machine_ask(t->inner);

    if (a.kind == ASK_SEND)
        write_down(t, 'C', a.bytes);
    return a;
}

static int compare(const struct dialogue *d, const char *said,
                   char why[SCENARIO_WHY])
{
    const char *printed = d->text;

    while (*printed) {
        size_t len = strcspn(printed, "\n"), got = strcspn(said, "\n");

        if (len != got || strncmp(printed, said, len) != 0) {
            snprintf(why, SCENARIO_WHY, "printed \"%.*s\", said \"%.*s\"",
                     (int)len, printed, (int)got, said);
            return -1;
        }
        printed += len + 1;
        said += got + (said[got] == '\n');
    }
    if (*said == '\0')
        return 0;
    snprintf(why, SCENARIO_WHY, "said in the end \"%.200s\"", said);
    return -1;
}

int dialogue_replay(const struct dialogue *d, const struct scenario *s,
                    struct tally *t, char why[SCENARIO_WHY])
{
    struct delivery *delivery = malloc(sizeof *delivery);
    struct tap tap = {.machine = {tap_tell, tap_ask}};
    char *said = NULL;
    size_t size;
    struct cast c;
    int result = -1;

    snprintf(why, SCENARIO_WHY, "out of memory");
    tap.to = open_memstream(&said, &size);
    if (delivery && tap.to && dialogue_cast(&c, s, d) == 0) {
        delivery_init(delivery, &c.sending);
        tap.inner = &delivery->machine;
        result = virtual_run(&c, &tap.machine, VIRTUAL_FULL);
        cast_tally(&c, delivery, t);
        cast_release(&c);
    }
    if (tap.to)
        fclose(tap.to);
    if (result == 0)
        result = compare(d, said, why);
    free(said);
    free(delivery);
    return result;
}
