/* SPDX-License-Identifier: BSD-2-Clause */
/* The one schema of a result: what a row says of one session, in which unit.
 * struct row, the JSON object, the CSV header and the help all follow from
 * ROW_COLUMNS. A new column is a new line there; SCHEMA grows only when an
 * old column changes its meaning or goes away. */
#ifndef BENCH_TELL_RESULT_H
#define BENCH_TELL_RESULT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { SCHEMA = 1 };

/* X(kind, name, unit, what it says). Times run from the first SYN; "until" a
 * reply means until its last byte has come. A wait counts as a turnaround of
 * the step whose answer ended it. */
/* clang-format off */
#define ROW_COLUMNS(X)                                                         \
    X(TEXT,  mode,            "", "the mode asked for")                        \
    X(TEXT,  mode_used,       "", "the mode that the server's offer allowed")  \
    X(TEXT,  body_by,         "", "data or bdat")                              \
    X(TEXT,  offer,           "", "cold or warm: was an offer remembered")     \
    X(TEXT,  tls,             "", "none, starttls, implicit, opportunistic")   \
    X(TEXT,  tls_version,     "", "the one spoken: 1.2 or 1.3")                \
    X(TEXT,  tls_session,     "", "full, resumed or 0rtt, as it came to be")   \
    X(TEXT,  auth,            "", "plain or login, and whether at once")       \
    X(TEXT,  strategy,        "", "how recipients were asked what they take")  \
    X(COUNT, classes,         "", "of recipients: forms that they take")         \
    X(TEXT,  outcome,         "", "delivered, or what became of it")           \
    X(TEXT,  world,           "", "ideal, ns3 or kernel")                      \
    X(TEXT,  road,            "", "ferry, ns3, qdisc or none")                 \
    X(TEXT,  tcp,             "", "whose timers ns-3's TCP had")               \
    X(COUNT, recipients,      "", "RCPT commands in each message")             \
    X(COUNT, messages,        "", "messages in the session")                   \
    X(COUNT, body_bytes,      "bytes", "octets in each message's body")        \
    X(REAL,  rtt_ms,          "ms", "the road's round trip, both delays")      \
    X(REAL,  one_way_up_ms,   "ms", "delay from the client to the server")     \
    X(REAL,  one_way_down_ms, "ms", "delay from the server to the client")     \
    X(TEXT,  uplink,          "", "the way up, in the link's words")           \
    X(TEXT,  downlink,        "", "the way down, in the link's words")         \
    X(REAL,  think_ms,        "ms", "the server's think time a reply")         \
    X(COUNT, seed,            "", "decides every random choice")               \
    X(COUNT, repeat,          "", "which repetition, from 1")                  \
    X(COUNT, cell,            "", "which cell of its sweep, from 1")           \
    X(TEXT,  varied,          "", "what the sweep set: \"mode=early rtt=1s\"") \
    X(COUNT, turnarounds,     "", "waits that the client counted")             \
    X(COUNT, turnarounds_predicted, "", "the longest chain of the plan")       \
    X(COUNT, turnarounds_tls, "", "those of them inside TLS handshakes")       \
    X(COUNT, turnarounds_in_capture, "", "waits counted in the packets")       \
    X(COUNT, connections,     "", "TCP connections opened")                    \
    X(COUNT, handshakes_saved, "", "of TCP: TCP Fast Open took no time")       \
    X(COUNT, cookie_connections, "", "made before, for TCP Fast Open's cookie") \
    X(COUNT, decisions,       "", "points where replies decide what is said")  \
    X(REAL,  tcp_handshake_ms, "ms", "waited for the TCP handshake")           \
    X(REAL,  accepted_ms,     "ms", "until the last message was accepted")     \
    X(REAL,  closed_ms,       "ms", "until the last reply")                    \
    X(REAL,  accepted_rtts,   "RTT", "accepted_ms over rtt_ms")                \
    X(REAL,  closed_rtts,     "RTT", "closed_ms over rtt_ms")                  \
    X(REAL,  floor_ms,        "ms", "closed_ms of the ideal world")            \
    X(REAL,  residual_ms,     "ms", "closed_ms less floor_ms")                 \
    X(REAL,  serialisation_ms, "ms", "putting the bits on the wire")           \
    X(REAL,  server_think_ms, "ms", "the server, between hearing and saying")  \
    X(REAL,  wait_greeting_ms, "ms", "waited for the greeting")                \
    X(REAL,  wait_ehlo_ms,    "ms", "waited for EHLO's reply")                 \
    X(REAL,  wait_tls_ms,     "ms", "waited for STARTTLS's, and in handshakes")\
    X(REAL,  wait_auth_ms,    "ms", "waited for the replies of AUTH")          \
    X(REAL,  wait_envelope_ms, "ms", "waited for MAIL's and RCPT's replies")   \
    X(REAL,  wait_data_ms,    "ms", "waited for DATA's 354")                   \
    X(REAL,  wait_body_ms,    "ms", "waited for the reply to the dot or LAST") \
    X(REAL,  wait_quit_ms,    "ms", "waited for QUIT's reply")                 \
    X(REAL,  wait_other_ms,   "ms", "waited for any other reply")              \
    X(COUNT, bytes_sent,      "bytes", "handed over by the client")            \
    X(COUNT, bytes_received,  "bytes", "heard by the client")                  \
    X(COUNT, messages_accepted, "", "messages taken by the server")            \
    X(COUNT, recipients_accepted, "", "recipients taken by the server")        \
    X(COUNT, recipients_deferred, "", "of a strategy: to be tried again")      \
    X(COUNT, recipients_bounced, "", "of a strategy: refused for good")        \
    X(COUNT, recipients_best, "", "got the best form that they can take")      \
    X(FLAG,  valid,           "", "does the row count")                        \
    X(TEXT,  invalid_because, "", "why it does not")                           \
    X(COUNT, attempts,        "", "runs made for this row, the last kept")     \
    X(REAL,  road_late_p50_us, "us", "the road's lateness, worse direction")   \
    X(REAL,  road_late_p99_us, "us", "the same, 99th percentile")              \
    X(REAL,  road_late_max_us, "us", "the same, maximum")                      \
    X(REAL,  hosts_late_ms,   "ms", "client and server wanted a processor")    \
    X(REAL,  hosts_busy_ms,   "ms", "client and server computed")              \
    X(COUNT, road_packets_in, "", "packets that entered the road")             \
    X(COUNT, road_dropped,    "", "packets dropped by rule")                   \
    X(COUNT, road_overflows,  "", "packets lost for want of room")             \
    X(COUNT, syn_retransmissions, "", "SYNs sent again: RTTs above 1 s")       \
    X(COUNT, capture_lost,    "", "packets that the capture missed")           \
    X(REAL,  steal_ms,        "ms", "taken from this machine by its host")     \
    X(TEXT,  command,         "", "the command line that makes it again")      \
    X(TEXT,  captures,        "", "folder of its captures, in the results")

/* Texts are owned by the row; NULL: unknown, as are ROW_NO_COUNT, NaN, and
 * FLAG_UNKNOWN for the other kinds. */
#define ROW_NO_COUNT INT64_MIN
enum row_flag { FLAG_UNKNOWN = -1, FLAG_FALSE, FLAG_TRUE };

#define FIELD_TEXT(name)  char *name;
#define FIELD_COUNT(name) int64_t name;
#define FIELD_REAL(name)  double name;
#define FIELD_FLAG(name)  enum row_flag name;
#define X(kind, name, unit, help) FIELD_##kind(name)
struct row { ROW_COLUMNS(X) };
#undef X
#define X(kind, name, unit, help) ROW_##name,
enum row_column { ROW_COLUMNS(X) ROW_WIDTH };
#undef X
/* clang-format on */

enum column_kind { COLUMN_TEXT, COLUMN_COUNT, COLUMN_REAL, COLUMN_FLAG };

struct column {
    const char *name;
    enum column_kind kind;
    const char *unit, *help;
    size_t offset; /* in struct row */
};
extern const struct column row_columns[ROW_WIDTH];

void row_init(struct row *); /* all unknown */
void row_release(struct row *);
void row_copy(struct row *to, const struct row *from); /* to: not yet inited */

/* Sets a text, as by printf; the old one is freed. NULL: unknown. */
void row_text(char **field, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The column of that name, or NULL. */
const struct column *row_column(const char *name);

/* A COUNT, REAL or FLAG as a number; NaN where it is unknown. */
double row_number(const struct row *, const struct column *);

/* A field from its text, as CSV holds it: "" is unknown. On failure returns
 * -1 and says why: the field, the value found, what would be accepted. */
int row_field_parse(struct row *, const struct column *, const char *value,
                    char *why, size_t why_size);

/* A field as text, "" where unknown. Returns `room`, or the row's own text. */
const char *row_field_text(const struct row *, const struct column *,
                           char *room, size_t room_size);

/* A text as JSON, null for NULL. What a peer said may be no UTF-8, which JSON
 * could not hold: that is then said instead. */
json_t *json_text(const char *);

json_t *row_to_json(const struct row *); /* caller decrefs */

/* Fills `row`, not yet inited, which is released by the caller even on
 * failure. Names that are no column of ours are another version's, and are
 * passed over; missing ones are unknown. */
int row_from_json(struct row *, const json_t *, char *why, size_t why_size);

#endif
