/* SPDX-License-Identifier: BSD-2-Clause */
/* make_capture SESSIONS BODY_BYTES: writes a capture to the standard output, as
 * a busy mail host's: a session begins every millisecond of a road of 50 ms,
 * pipelined, each 4 turnarounds, so that hundreds are open at once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MSS = 1448, EVENTS = 4096, FRAME = 14 + 20 + 20 };
enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

struct event {
    unsigned ms; /* since the session's start */
    int up, flags;
    uint32_t seq, ack, len;
    const char *text; /* NULL: `len` bytes of body */
};

static struct event event[EVENTS];
static size_t events;
static uint32_t sent[2]; /* of the server, of the client */
static char body[MSS];

static void add(unsigned ms, int up, int flags, const char *text, uint32_t len)
{
    if (events == EVENTS)
        return;
    event[events++] =
        (struct event){ms, up, flags, sent[up], sent[!up], len, text};
    sent[up] += len + !!(flags & (SYN | FIN));
}

static void say(unsigned ms, int up, const char *text)
{
    add(ms, up, PSH | ACK, text, (uint32_t)strlen(text));
}

static void make_session(long body_bytes)
{
    unsigned ms = 150;

    sent[0] = 5000;
    sent[1] = 1000;
    add(0, 1, SYN, NULL, 0);
    add(50, 0, SYN | ACK, NULL, 0);
    add(50, 1, ACK, NULL, 0);
    say(100, 0, "220 mx.example ESMTP\r\n");
    add(100, 1, ACK, NULL, 0);
    say(100, 1, "EHLO client.example\r\n");
    add(150, 0, ACK, NULL, 0);
    say(150, 0,
        "250-mx.example\r\n250-SIZE 10000000\r\n250-8BITMIME\r\n"
        "250-CHUNKING\r\n250 PIPELINING\r\n");
    say(ms, 1,
        "MAIL FROM:<sender@client.example>\r\n"
        "RCPT TO:<recipient@server.example>\r\nDATA\r\n");
    say(200, 0, "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End with a dot\r\n");
    for (ms = 200; body_bytes > 0; ms += 50)
        for (int i = 0; i < 10 && body_bytes > 0; i++, body_bytes -= MSS) {
            add(ms, 1, ACK, NULL,
                body_bytes < MSS ? (uint32_t)body_bytes : MSS);
            if (i % 2)
                add(ms + 50, 0, ACK, NULL, 0);
        }
    say(ms - 50, 1, "\r\n.\r\nQUIT\r\n");
    say(ms, 0, "250 2.0.0 Ok: queued as 4XyZ1a2b3c\r\n221 2.0.0 Bye\r\n");
    add(ms, 1, FIN | ACK, NULL, 0);
    add(ms + 50, 0, FIN | ACK, NULL, 0);
    add(ms + 50, 1, ACK, NULL, 0);
}

static int in_order(const void *a, const void *b)
{
    const struct event *x = a, *y = b;

    return x->ms != y->ms ? (x->ms > y->ms ? 1 : -1) : (x > y) - (x < y);
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p + 2, v & 0xffff);
}

static void write_packet(const struct event *e, uint32_t session, uint64_t ns)
{
    uint32_t head[4] = {(uint32_t)(1700000000 + ns / 1000000000),
                        (uint32_t)(ns % 1000000000), FRAME + e->len,
                        FRAME + e->len};
    uint8_t f[FRAME] = {[12] = 8, [14] = 0x45, [22] = 64, [23] = 6};
    uint32_t client = 0x0a000000 | (session & 0xffffff), server = 0xc0000202;

    put16(f + 16, 40 + e->len);
    put32(f + 26, e->up ? client : server);
    put32(f + 30, e->up ? server : client);
    put16(f + 34, e->up ? 40000 + session % 20000 : 25);
    put16(f + 36, e->up ? 25 : 40000 + session % 20000);
    put32(f + 38, e->seq);
    put32(f + 42, e->flags & ACK ? e->ack : 0);
    f[46] = 0x50;
    f[47] = (uint8_t)e->flags;
    put16(f + 48, 60000);
    fwrite(head, sizeof head, 1, stdout);
    fwrite(f, sizeof f, 1, stdout);
    fwrite(e->text ? e->text : body, 1, e->len, stdout);
}

/* Millisecond by millisecond, what every open session does in it. */
static void write_all(uint32_t sessions)
{
    unsigned last = event[events - 1].ms;

    for (uint64_t now = 0; now < (uint64_t)sessions + last + 1; now++) {
        unsigned done = 0;

        for (size_t i = events; i-- > 0;) {
            size_t first = i;

            while (first > 0 && event[first - 1].ms == event[i].ms)
                first--;
            for (size_t k = first;
                 k <= i && event[i].ms <= now && now - event[i].ms < sessions;
                 k++)
                write_packet(&event[k], (uint32_t)(now - event[i].ms),
                             now * 1000000 + 50ull * done++);
            i = first;
        }
    }
}

int main(int argc, char **argv)
{
    static const uint32_t head[6] = {0xa1b23c4d, 4u << 16 | 2, 0, 0, 262144,
                                     1}; /* little endian */
    long sessions = argc == 3 ? atol(argv[1]) : 0;
    long bytes = argc == 3 ? atol(argv[2]) : 0;

    if (sessions < 1 || sessions > 10000000 || bytes < 1 || bytes > 2000000) {
        fputs("usage: make_capture SESSIONS BODY_BYTES >FILE\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : 'x';
    setvbuf(stdout, NULL, _IOFBF, 1 << 20);
    make_session(bytes);
    qsort(event, events, sizeof *event, in_order);
    fwrite(head, sizeof head, 1, stdout);
    write_all((uint32_t)sessions);
    return fflush(stdout) ? 1 : 0;
}
