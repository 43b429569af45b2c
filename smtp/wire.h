/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes <-> words: replies, commands, paths, dot-stuffing. Nothing here keeps
 * a session's state; the two readers keep only the line or the few bytes that
 * a split may have cut. */
#ifndef SMTP_WIRE_H
#define SMTP_WIRE_H

#include "smtp/machine.h"

enum {
    WIRE_LINE = 1024, /* RFC 5321, 4.5.3.1.4-5 says 512; parameters add to it */
    WIRE_PATH = 256,  /* RFC 5321, 4.5.3.1.3, with its brackets */
};

/* A line as it grows, byte by byte. An overlong line is read to its end and
 * reported as such; only its first WIRE_LINE bytes are kept. Only CRLF ends a
 * line: a bare CR or LF is a part of it (RFC 5321, 2.3.8). */
struct wire_line {
    size_t len; /* kept; once it is whole, without the CRLF */
    bool whole, overlong, cr;
    char at[WIRE_LINE + 2];
};

void wire_line_clear(struct wire_line *);

/* Takes bytes up to and with the first CRLF. Returns how many; `whole` says
 * that the line is complete. */
size_t wire_line_feed(struct wire_line *, struct span);

/* One line of a reply: RFC 5321, 4.2. */
struct reply_line {
    int code;         /* 200..599; 0: this is no SMTP reply line */
    bool last;        /* no hyphen behind the code */
    struct span text; /* behind the code, within the line */
};

struct reply_line wire_reply_line(const struct wire_line *);

/* A command's verb and what follows it: RFC 5321, 4.1.1. */
/* clang-format off */
#define WIRE_VERBS(X)                                                          \
    X(HELO) X(EHLO) X(MAIL) X(RCPT) X(DATA) X(BDAT) X(RSET) X(NOOP) X(VRFY)    \
    X(EXPN) X(HELP) X(QUIT) X(STARTTLS) X(AUTH) X(XRCAP) X(RCAP) X(BSMTP)    \
    X(QHLO) X(QTLS) X(LHLO)
#define X(name) VERB_##name,
enum verb { WIRE_VERBS(X) VERB_UNKNOWN };
#undef X
/* clang-format on */

struct command {
    enum verb verb;
    struct span rest; /* what follows the verb, blanks trimmed at both ends */
};

struct command wire_command(struct span line);
const char *verb_name(enum verb);

/* `FROM:<path> parameters` or `TO:<path> parameters`. `ok` is false where the
 * grammar of RFC 5321, 4.1.2 is not met (a mailbox may do without a domain);
 * the path comes without its brackets and without a source route. */
struct path_argument {
    bool ok, too_long;
    struct span path, parameters;
};

struct path_argument wire_path(struct span rest, const char *keyword);

/* `keyword[=value]` of MAIL or RCPT: RFC 5321, 4.1.2. Cuts off the first. */
struct esmtp_parameter {
    bool ok;
    struct span keyword, value; /* an absent value is empty */
};

struct esmtp_parameter wire_parameter(struct span *rest);

/* Digits alone, at most 20 of them, as a number. What is greater than can be
 * told is UINT64_MAX. */
bool wire_number(struct span, uint64_t *);

/* `octets [LAST]`: RFC 3030, 2. */
struct bdat_argument {
    bool ok, last;
    uint64_t octets;
};

struct bdat_argument wire_bdat(struct span rest);

/* Makes the text of a message fit for DATA: every line end becomes CRLF,
 * leading dots are doubled, and a dot alone ends it (RFC 5321, 4.5.2). Writes
 * to `out`, unless that is NULL, and returns the size. */
size_t wire_stuff(char *out, struct span text);

/* Makes the text of a message fit for BDAT: every line end becomes CRLF and
 * the last line has one (RFC 3030, 2). As wire_stuff(). */
size_t wire_crlf(char *out, struct span text);

/* Undoes the stuffing of a stream, however it is cut. Only CRLF.CRLF ends the
 * body: a bare LF or CR around the dot is text (RFC 5321, 4.1.1.4). */
struct unstuff {
    enum { AT_LINE, IN_LINE, AT_CR, AT_DOT, AT_DOT_CR, AT_END } state;
};

struct unstuffed {
    size_t taken; /* from the input */
    size_t len;   /* put into `out`, which holds taken + 2 at least */
    bool end;     /* the dot was seen; the input behind `taken` is commands */
};

struct unstuffed wire_unstuff(struct unstuff *, struct span in, char *out);

bool span_is(struct span, const char *word); /* equal, ASCII case folded */
struct span span_of(const char *);
struct span span_word(struct span *); /* cuts off the first word */

#endif
