/* SPDX-License-Identifier: BSD-2-Clause */
/* The count of waits: in captures of real software, and in conversations
 * written by hand for each hard case. */
#include "tests/segments.h"

#include <stdio.h>

/* clang-format off */
static const struct {
    const char *file;
    bool by_log; /* opaque, so mail only by a log */
    size_t conversations;
    size_t turnarounds[3], in_tls[3]; /* of each */
} real[] = {
    {"rfc-swaks-3",              false, 1, {9}, {0}},
    {"rfc-swaks-pipe-3",         false, 1, {5}, {0}},
    {"rfc-pf-3",                 false, 1, {4}, {0}},
    {"exim-nopc-1",              false, 1, {3}, {0}},
    {"exim-pc-data-3",           false, 1, {2}, {0}},
    {"exim-pc-bdat-3",           false, 1, {1}, {0}},
    {"exim-tfo-2",               false, 1, {1}, {0}},
    {"pf-exim-1",                false, 1, {4}, {0}},
    {"pf-pf-10-64k",             false, 2, {4, 4}, {0}},
    {"msmtp3",                   false, 1, {6}, {0}},
    {"smtp-source-3-messages",   false, 1, {15}, {0}},
    {"swaks-lmtp",               false, 1, {8}, {0}},
    {"smtp-sink-closes",         false, 1, {4}, {0}},
    {"any-cooked",               false, 3, {9, 9, 9}, {0}},
    {"ipv6",                     false, 1, {9}, {0}},
    {"tls13-starttls",           false, 1, {12}, {1}},
    {"tls13-starttls-slow",      false, 1, {12}, {1}},
    {"tls13-client-certificate", false, 1, {12}, {1}},
    {"tls12-starttls",           false, 1, {13}, {2}},
    {"msmtp-gnutls",             false, 1, {9}, {1}},
    {"exim-gnutls-early",        false, 2, {7, 4}, {1, 1}},
    {"tls13-implicit-resumed",   true,  2, {5, 5}, {1, 1}},
    {"tls12-implicit-early",     true,  2, {4, 3}, {2, 1}},
};

#define ENVELOPE HELLO, \
    {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"}, \
    {400, S, 0, "250 ok\r\n250 ok\r\n354 go\r\n"}
#define BYE "250 queued\r\n221 bye\r\n"

/* TLS records of 260 bytes, by their first ones; the rest is padding. */
#define RECORD(type, text) type "\3\3\1\4" text
#define SHAKE "\x16"
#define CIPHER "\x14"
#define ALERT "\x15"
#define APP "\x17"
#define STARTTLS HELLO, {300, C, 0, "STARTTLS\r\n"}, \
      {400, S, 0, "220 go\r\n"}, \
    {400, C, 0, RECORD(SHAKE, "\1"), 259}, \
    {500, S, 0, RECORD(SHAKE, "\2"), 259}, \
    {500, C, 0, RECORD(SHAKE, "\20"), 259}, \
    {500, C, 0, RECORD(CIPHER, ""), 260}, {500, C, 0, RECORD(SHAKE, ""), 260}

static const struct {
    const char *name;
    struct segment row[ROWS];
    size_t turnarounds;
    const char *says; /* the last flight */
    double accepted_ms, closed_ms; /* 0: not looked at; -1: unknown */
} hard[] = {
    {"pipelining",
     {ENVELOPE, {400, C, 0, "hi\r\n.\r\nQUIT\r\n"}, {500, S, 0, BYE}},
     4, "body QUIT", 500, 500},
    {"body above the initial window, in three bursts",
     {ENVELOPE, {400, C, 0, "hi", 14000}, {500, S, 0, 0},
      {500, C, 0, 0, 28000}, {600, S, 0, 0},
      {600, C, 0, "\r\n.\r\nQUIT\r\n"}, {700, S, 0, BYE}},
     4, "body QUIT", 700, 700},
    {"segments of the size that offloading makes",
     {ENVELOPE, {400, C, 0, "hi", 60000}, {400, C, 0, "ho", 150000},
      {500, S, 0, 0}, {500, C, 0, "\r\n.\r\nQUIT\r\n"}, {600, S, 0, BYE}},
     4, "body QUIT", 600, 600},
    {"a server that speaks in the middle of a body",
     {ENVELOPE, {400, C, 0, "hi", 14000}, {500, S, 0, "250 more\r\n"},
      {500, C, 0, "\r\n.\r\nQUIT\r\n"}, {600, S, 0, BYE}},
     4, "body QUIT", 0, 0},
    {"a pause inside a command line",
     {HELLO, {300, C, 0, "MAIL FR"}, {310, S, 0, "250 early\r\n"},
      {400, C, 0, "OM:<a>\r\n"}, {500, S, 0, "250 ok\r\n"}},
     3, "MAIL", 0, 0},
    {"eight chunks streamed; replies come between",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nBDAT 5000\r\n", 1000},
      {310, C, 0, 0, 4000}, {310, C, 0, "BDAT 5000\r\n", 1000},
      {400, S, 0, "250 ok\r\n250 ok\r\n250 5000\r\n"},
      {410, C, 0, 0, 4000}, {410, C, 0, "BDAT 5000\r\n", 5000},
      {410, C, 0, "BDAT 10\r\n", 5}, {500, S, 0, "250 5000\r\n250 5000\r\n"},
      {510, C, 0, 0, 5}, {510, C, 0, "BDAT 10\r\n", 10},
      {510, C, 0, "BDAT 10\r\n", 10}, {510, C, 0, "BDAT 10\r\n", 10},
      {510, C, 0, "BDAT 0 LAST\r\nQUIT\r\n"},
      {610, S, 0, "250 10\r\n250 10\r\n250 10\r\n250 10\r\n" BYE}},
     3, "MAIL RCPT BDATx8 QUIT", 610, 610},
    {"half-close before the last reply",
     {ENVELOPE, {400, C, FIN, "hi\r\n.\r\nQUIT\r\n"}, {500, S, FIN, BYE},
      {500, C, 0, 0}},
     4, "body QUIT", 500, 500},
    {"commands in the SYN",
     {{0, C, SYN | NOACK, "EHLO c\r\nMAIL FROM:<a>\r\n"}, {100, S, SYN, 0},
      {100, C, 0, "RCPT TO:<b>\r\nBDAT 2 LAST\r\nhiQUIT\r\n"},
      {101, S, 0, "220 x\r\n250-x\r\n250 OK\r\n250 ok\r\n", .ack = 24},
      {200, S, 0, "250 ok\r\n" BYE}},
     1, "EHLO MAIL RCPT BDAT QUIT", 200, 200},
    {"a SYN whose data was refused",
     {{0, C, SYN | NOACK, "EHLO c\r\n"}, {100, S, SYN, 0, .ack = 1},
      {100, C, 0, "EHLO c\r\n", .seq = 1}, {200, S, 0, "220 x\r\n250 x\r\n"}},
     1, "EHLO", 0, 200},
    {"a lost segment of a group, sent again",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {300, C, 0, "RCPT TO:<b>\r\n"},
      {300, C, 0, "DATA\r\n"}, {400, S, 0, "250 ok\r\n", .ack = 24},
      {500, C, 0, "RCPT TO:<b>\r\n", .seq = 24},
      {600, S, 0, "250 ok\r\n354 go\r\n"}},
     3, "MAIL RCPT DATA", 0, 0},
    {"the replies were lost, and sent again",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"},
      {400, S, 0, "k\r\n", .seq = 42},
      {600, S, 0, "250 ok\r\n", .seq = 37}, {600, C, 0, "QUIT\r\n"},
      {700, S, 0, "221 bye\r\n"}},
     4, "QUIT", 0, 700},
    {"QMTP: a length cut off its text, and a text in bursts",
     {OPEN, {100, C, 0, "2000"}, {100, C, 0, "4:\rhi", 10000},
      {200, S, 0, 0}, {200, C, 0, 0, 10001},
      {200, C, 0, ",1:a,8:1:b,1:c,,"}, {300, S, 0, "1:K,5:Dgone,"}},
     1, "body sender recipientx2", 300, 300},
    {"QMTP: a reply overtakes the package behind it",
     {OPEN, {100, C, 0, "3:\nx\n,0:,4:1:b,,"}, {150, C, 0, "9003:\n", 9000},
      {200, S, 0, "1:K,", .ack = 18}, {210, C, 0, "x\n,0:,4:1:c,,"},
      {310, S, 0, "1:K,"}},
     1, "body sender recipient body sender recipient", 310, 310},
    {"QMTP: a client that waits between packages",
     {OPEN, {100, C, 0, "3:\nx\n,0:,4:1:b,,"}, {200, S, 0, "4:Zbye,"},
      {200, C, 0, "3:\nx\n,0:,4:1:b,,"}, {300, S, 0, "1:Z,"}},
     2, "body sender recipient", -1, 300},
    {"the server closes in the middle of a group",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {300, C, 0, "RCPT TO:<b>\r\n"},
      {400, S, FIN, "421 no\r\n", .ack = 24}, {400, S, RST | NOACK, 0},
      {400, S, RST | NOACK, 0}},
     3, "MAIL RCPT", -1, 400},
    {"the server closes without a word",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, FIN, 0}},
     3, "MAIL", -1, 300},
    {"the server resets without a word",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, RST, 0}},
     3, "MAIL", -1, 300},
    {"the server closes after its last reply",
     {ENVELOPE, {400, C, 0, "hi\r\n.\r\nQUIT\r\n"}, {500, S, 0, BYE},
      {500, S, FIN, 0}, {501, C, FIN, 0}, {600, S, 0, 0}},
     4, "body QUIT", 500, 500},
    {"the server closes inside a body",
     {ENVELOPE, {400, C, 0, "hi", 5000}, {450, S, FIN, "421 no\r\n"}},
     3, "body", -1, 450},
    {"a client that does not stay for the reply to QUIT",
     {ENVELOPE, {400, C, 0, "hi\r\n.\r\n"}, {500, S, 0, "250 queued\r\n"},
      {500, C, 0, "QUIT\r\n"}, {500.1, C, FIN, 0}, {600, S, 0, "221 bye\r\n"},
      {600, C, RST | NOACK, 0}, {600, S, FIN, 0}, {600, C, RST | NOACK, 0}},
     4, "QUIT", 500, 500},
    {"a client that half-closes, hears, and then resets",
     {HELLO, {300, C, FIN, "QUIT\r\n"}, {400, S, 0, "221 bye\r\n"},
      {400, C, 0, 0}, {401, C, RST, 0}},
     3, "QUIT", -1, 400},
    {"the client's own deadline, by FIN, and an answer that comes too late",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {900, C, FIN, 0},
      {1000, S, 0, "250 ok\r\n"}, {1000, C, RST | NOACK, 0}},
     3, "MAIL", 0, 0},
    {"the client's own deadline, by RST",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {900, C, RST, 0}},
     3, "MAIL", 0, 0},
    {"a client that aborts behind its last command",
     {HELLO, {300, C, 0, "QUIT\r\n"}, {300.2, C, RST, 0}},
     2, "QUIT", 0, 0},
    {"a wait still open at the end",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, 0, 0}},
     3, "MAIL", 0, 0},
    {"a greeting that overtakes an early flight",
     {OPEN, {100, C, 0, "EHLO c\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},
      {150, S, 0, "220 x\r\n", .ack = 1},
      {201, S, 0, "250 x\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
      {201, C, 0, "hi\r\n.\r\nQUIT\r\n"}, {301, S, 0, BYE}},
     2, "body QUIT", 301, 301},
    {"a reply in three segments",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},
      {400, S, 0, "25"}, {401, S, 0, "0 ok\r\n250 "},
      {402, S, 0, "ok\r\n354 g\r\n"},
      {402, C, 0, "hi\r\n.\r\n"}, {500, S, 0, "250 queued\r\n"}},
     4, "body", 500, 500},
    {"keep-alives, both ways",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"}, {350, S, 0, 0, .seq = 36},
      {360, S, 0, "\n", .seq = 36}, {370, C, 0, "\n", .seq = 23},
      {400, S, 0, "250 ok\r\n"}, {450, S, 0, "\n", .seq = 44}, {450, C, 0, 0}},
     3, "MAIL", 0, 400},
    {"out of order, both ways",
     {GREET, {200, C, 0, "c\r\n", .seq = 6}, {200, C, 0, "EHLO ", .seq = 1},
      {300, S, 0, "OK\r\n", .seq = 22}, {300, S, 0, "250-x\r\n250 ", .seq = 14},
      {300, C, 0, "QUIT\r\n"}, {400, S, 0, "221 bye\r\n"}},
     3, "QUIT", 0, 400},
    {"overlapping segments",
     {GREET, {200, C, 0, "EHLO c\r\n"}, {200, C, 0, "c\r\n", .seq = 6},
      {300, S, 0, "250 x\r\n"}, {300, C, 0, "\r\nQUIT\r\n", .seq = 7},
      {400, S, 0, "221 bye\r\n"}},
     3, "QUIT", 0, 400},
    {"the start is missing: commands",
     {{300, C, 0, "MAIL FROM:<a>\r\n"}, {400, S, 0, "250 ok\r\n"},
      {400, C, 0, "RCPT TO:<b>\r\n"}, {500, S, 0, "250 ok\r\n"}},
     2, "RCPT", -1, -1},
    {"the start is missing: a reply to what was not seen",
     {{400, S, 0, "250 2.1.0 ok\r\n"}, {400, C, 0, "RCPT TO:<b>\r\n"},
      {500, S, 0, "250 ok\r\n"}},
     2, "RCPT", -1, -1},
    {"the start is missing: inside a transaction",
     {{400, S, 0, "354 go\r\n"}, {400, C, 0, "QUIT\r\n", 3000},
      {450, S, 0, "250 2.0.0 what\r\n"}, {500, C, 0, "\r\n.\r\n"},
      {600, S, 0, "250 queued\r\n"}},
     2, "body", -1, -1},
    {"only the client was captured",
     {{0, C, SYN | NOACK, 0}, {100, C, 0, 0, .ack = 1},
      {200, C, 0, "EHLO c\r\n", .ack = 8},
      {300, C, 0, "MAIL FROM:<a>\r\n", .ack = 20},
      {400, C, 0, 0, .ack = 30}, {401, C, 0, "QUIT\r\n", .ack = 30},
      {500, C, FIN, 0, .ack = 40}},
     4, "QUIT", -1, 500},
    {"only the server was captured",
     {{100, S, SYN, 0, .ack = 1}, {200, S, 0, "220 x ESMTP\r\n", .ack = 1},
      {300, S, 0, 0, .ack = 9}, {300, S, 0, "250 x\r\n", .ack = 9},
      {400, S, 0, "250 ok\r\n", .ack = 20},
      {500, S, FIN, "221 bye\r\n", .ack = 26}},
     4, "...", -1, -1},
    {"the capture lost a segment of the client",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"},
      {300, C, 0, "DATA\r\n", .seq = 37},
      {400, S, 0, "250 ok\r\n250 ok\r\n354 go\r\n"},
      {400, C, 0, "hi\r\n.\r\n"}, {500, S, 0, "250 queued\r\n"}},
     4, "body", 500, 500},
    {"the capture lost a segment of the server",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\n"},
      {400, S, 0, "0 ok\r\n", .seq = 47},
      {400, C, 0, "RCPT TO:<b>\r\n"}, {500, S, 0, "250 ok\r\n"}},
     4, "RCPT", 0, 500},
    {"segments cut short by the capture",
     {HELLO,
      {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n", .cut = true},
      {400, S, 0, "250 ok\r\n250 ok\r\n354 go\r\n"},
      {400, C, 0, "hi", 3000, .cut = true},
      {400, C, 0, "\r\n.\r\n", .cut = true},
      {500, S, 0, "250 queued\r\n"}, {500, C, 0, "QUIT\r\n"},
      {600, S, 0, "221 x\r\n"}},
     5, "QUIT", 500, 600},
    {"DATA refused, QUIT behind it",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},
      {400, S, 0, "250 ok\r\n550 no\r\n554 no\r\n"}, {400, C, 0, "QUIT\r\n"},
      {500, S, 0, "221 bye\r\n"}},
     4, "QUIT", -1, 500},
    {"no recipient, but 354: a lone dot",
     {HELLO, {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},
      {400, S, 0, "250 ok\r\n550 no\r\n354 go\r\n"},
      {400, C, 0, ".\r\nQUIT\r\n"},
      {500, S, 0, "554 none\r\n221 bye\r\n"}},
     4, "body QUIT", -1, 500},
    {"a body that streams behind DATA",
     {OPEN, {100, C, 0, "EHLO c\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"
                        "Subject: x\r\n\r\nQUIT\r\n.\r\nQUIT\r\n"},
      {200, S, 0, "220 x\r\n250 x\r\n250 ok\r\n250 ok\r\n354 go\r\n" BYE}},
     1, "EHLO MAIL RCPT DATA body QUIT", 200, 200},
    {"LF.LF, which this server takes for an end",
     {ENVELOPE, {400, C, 0, "hi\n.\n"}, {500, S, 0, "250 queued\r\n"},
      {500, C, 0, "QUIT\r\n"}, {600, S, 0, "221 bye\r\n"}},
     5, "QUIT", 500, 600},
    {"two messages, the second behind the first one's dot",
     {ENVELOPE,
      {400, C, 0, "hi\r\n.\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\n"},
      {500, S, 0, "250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
      {500, C, 0, "hi\r\n.\r\nQUIT\r\n"}, {600, S, 0, BYE}},
     5, "body QUIT", 600, 600},
    {"LMTP: a reply for each recipient",
     {GREET, {200, C, 0, "LHLO c\r\n"}, {300, S, 0, "250 x\r\n"},
      {300, C, 0, "MAIL FROM:<a>\r\nRCPT TO:<b>\r\nRCPT TO:<c>\r\nDATA\r\n"},
      {400, S, 0, "250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n"},
      {400, C, 0, "hi\r\n.\r\nQUIT\r\n"}, {500, S, 0, "250 b\r\n"},
      {510, S, 0, "250 c\r\n221 bye\r\n"}},
     4, "body QUIT", 510, 510},
    {"a ticket of TLS 1.2 before its Finished; alerts at the end",
     {STARTTLS, {590, S, 0, RECORD(SHAKE, "\4"), 259},
      {600, S, 0, RECORD(CIPHER, ""), 260}, {600, S, 0, RECORD(SHAKE, ""), 260},
      {600, C, 0, RECORD(APP, ""), 260}, {700, S, 0, RECORD(APP, ""), 260},
      {700, C, FIN, RECORD(ALERT, ""), 260},
      {800, S, 0, RECORD(ALERT, ""), 260},
      {800, S, FIN, 0}},
     6, "TLS", -1, 700},
    {"False Start: what follows the client's Finished is speech",
     {STARTTLS, {500, C, 0, RECORD(APP, ""), 260},
      {600, S, 0, RECORD(CIPHER, ""), 260}, {600, S, 0, RECORD(SHAKE, ""), 260},
      {600, S, 0, RECORD(APP, ""), 260}, {600, C, 0, RECORD(APP, ""), 260},
      {700, S, 0, RECORD(APP, ""), 260}},
     6, "TLS", -1, 700},
    {"a pause inside a TLS record",
     {STARTTLS, {600, S, 0, RECORD(CIPHER, ""), 260},
      {600, S, 0, RECORD(SHAKE, ""), 260}, {600, C, 0, RECORD(APP, ""), 100},
      {650, S, 0, RECORD(APP, ""), 260}, {700, C, 0, "", 160},
      {800, S, 0, RECORD(APP, ""), 260}},
     6, "TLS", -1, 800},
    {"a TLS handshake that ends in an alert",
     {HELLO, {300, C, 0, "STARTTLS\r\n"}, {400, S, 0, "220 go\r\n"},
      {400, C, 0, RECORD(SHAKE, "\1"), 259},
      {500, S, FIN, RECORD(ALERT, ""), 260}},
     4, "TLS", -1, 400},
    {"AUTH LOGIN",
     {HELLO, {300, C, 0, "AUTH LOGIN\r\n"}, {400, S, 0, "334 VXNlcg==\r\n"},
      {400, C, 0, "bWU=\r\n"}, {500, S, 0, "334 UGFzcw==\r\n"},
      {500, C, 0, "c2VjcmV0\r\n"}, {600, S, 0, "235 ok\r\n"}},
     5, "auth", 0, 600},
};
/* clang-format on */

static void check_real(void *row, const struct conversation *c)
{
    size_t i = *(size_t *)row % 8, r = *(size_t *)row / 8;

    ck_assert_uint_lt(i, real[r].conversations);
    ck_assert_int_eq(c->mail, !real[r].by_log);
    ck_assert_uint_eq(c->turnarounds, real[r].turnarounds[i]);
    ck_assert_uint_eq(c->turnarounds_tls, real[r].in_tls[i]);
    ck_assert_uint_eq(c->wait_count, c->turnarounds);
    ck_assert_uint_eq(c->missing_bytes, 0);
    ++*(size_t *)row;
}

START_TEST(count_in_captures)
{
    char path[128], why[TRACE_WHY] = "";
    size_t row = (size_t)_i * 8;
    struct trace_sum sum;

    snprintf(path, sizeof path, "tests/captures/%s.pcap", real[_i].file);
    ck_assert_msg(trace_each(path, NULL, check_real, &row, &sum, why) == 0,
                  "%s", why);
    ck_assert_uint_eq(sum.conversations, real[_i].conversations);
    ck_assert_uint_eq(sum.broken + sum.fragments, 0);
}
END_TEST

static void check_ms(const char *name, const char *what, int64_t ns, double ms)
{
    if (ms == 0)
        return;
    ck_assert_msg(ms < 0 ? ns == UNKNOWN_NS : ns == (int64_t)(ms * 1e6),
                  "%s: %s after %g ms, not %g", name, what, (double)ns / 1e6,
                  ms);
}

/* Every hard case, with sequence numbers that wrap at each place. */
START_TEST(count_hard_case)
{
    const char *name = hard[_i].name;

    for (uint32_t isn = 0xfffffff0u; isn != 100; isn++) {
        struct trace *t = replay(hard[_i].row, DLT_RAW, 4, isn);
        const struct conversation *c;

        ck_assert_msg(trace_count(t) == 1, "%s: no mail", name);
        c = trace_get(t, 0);
        ck_assert_msg(c->turnarounds == hard[_i].turnarounds,
                      "%s: %zu turnarounds, not %zu", name, c->turnarounds,
                      hard[_i].turnarounds);
        ck_assert_uint_eq(c->wait_count, c->turnarounds);
        ck_assert_uint_gt(c->flight_count, 0);
        ck_assert_str_eq(c->flights[c->flight_count - 1].says, hard[_i].says);
        check_ms(name, "accepted", c->accepted_ns, hard[_i].accepted_ms);
        check_ms(name, "closed", c->closed_ns, hard[_i].closed_ms);
        trace_free(t);
    }
}
END_TEST

/* A wait ends when the client goes on. */
START_TEST(times_of_waits_and_flights)
{
    struct trace *t = replay(hard[0].row, DLT_RAW, 4, 1);
    const struct conversation *c = trace_get(t, 0);
    static const struct {
        double begin, heard, end;
        const char *asked, *answered;
    } want[] = {
        {100, 200, 200, "connect", "220"},
        {200, 300, 300, "EHLO", "250"},
        {300, 400, 400, "MAIL RCPT DATA", "250x2 354"},
        {400, 500, 500, "body QUIT", "250 221"},
    };

    ck_assert_uint_eq(c->wait_count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(c->waits[i].begin_ns, (int64_t)(want[i].begin * 1e6));
        ck_assert_int_eq(c->waits[i].heard_ns, (int64_t)(want[i].heard * 1e6));
        ck_assert_int_eq(c->waits[i].end_ns, (int64_t)(want[i].end * 1e6));
        ck_assert_str_eq(c->waits[i].asked, want[i].asked);
        ck_assert_str_eq(c->waits[i].answered, want[i].answered);
    }
    ck_assert_uint_eq(c->flight_count, 3);
    ck_assert_int_eq(c->flights[1].at_ns, 300000000);
    ck_assert_uint_eq(c->flights[1].bytes, 34);
    ck_assert_int_eq(c->rtt_ns, 100000000);
    ck_assert_int_eq(c->tcp_handshake_ns, 100000000);
    ck_assert(!c->rtt_estimated && c->from_start);
    ck_assert_str_eq(c->banner, "x ESMTP");
    trace_free(t);
}
END_TEST

/* All hard cases at once, packet by packet in turn, each on a port of its
 * own; then once more on the same ports. */
START_TEST(tell_conversations_apart)
{
    enum { CASES = sizeof hard / sizeof hard[0] };
    char *path = tape_path(), why[TRACE_WHY] = "";
    struct tape tape = tape_open(path, DLT_EN10MB);
    size_t clean = 0;
    struct trace *t;

    for (int round = 0; round < 2; round++) {
        long sent[CASES][2] = {{0}};

        for (int r = 0; r < ROWS; r++)
            for (uint16_t i = 0; i < CASES; i++) {
                struct segment s = hard[i].row[r];

                if (s.ms == 0 && !s.flags && !s.text)
                    continue;
                s.ms += round * 5000;
                tape.port[C] = (uint16_t)(40000 + i);
                tape.isn[C] = 77777u * (i + 1) + (uint32_t)round * 1000000;
                memcpy(tape.sent, sent[i], sizeof sent[i]);
                tape_segment(&tape, &s);
                memcpy(sent[i], tape.sent, sizeof sent[i]);
            }
    }
    tape_close(&tape);
    t = trace_open(path, why);
    unlink(path);
    for (size_t i = 0; i < trace_count(t); i++) {
        const struct conversation *c = trace_get(t, i);

        if (!c->from_start || c->one_sided != SIDE_BOTH)
            continue;
        clean++;
        ck_assert_msg(c->turnarounds ==
                          hard[c->client.port - 40000].turnarounds,
                      "%s", hard[c->client.port - 40000].name);
    }
    ck_assert_uint_eq(clean, 2 * (CASES - 5)); /* no SYN, or one side only */
    trace_free(t);
}
END_TEST

#define LOOP(test, rows)                                                       \
    tcase_add_loop_test(t, test, 0, sizeof rows / sizeof rows[0])

Suite *suite(void)
{
    Suite *s = suite_create("read/trace");
    TCase *t = tcase_create("count");

    LOOP(count_in_captures, real);
    LOOP(count_hard_case, hard);
    tcase_add_test(t, times_of_waits_and_flights);
    tcase_add_test(t, tell_conversations_apart);
    suite_add_tcase(s, t);
    return s;
}
