/* SPDX-License-Identifier: BSD-2-Clause */
/* Overhears one SMTP conversation, both sides in order of time, and says which
 * command or reply a byte completes. Keeps no text and allocates nothing. */
#ifndef BENCH_RUN_OVERHEAR_H
#define BENCH_RUN_OVERHEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
#define OVERHEAR_STEPS(X)                                                      \
    X(GREETING) X(EHLO) X(MAIL) X(RCPT) X(DATA) X(DATA_END) X(BDAT) X(QUIT)    \
    X(STARTTLS) X(OTHER)
#define X(name) OVERHEAR_##name,
enum overhear_step { OVERHEAR_STEPS(X) OVERHEAR_STEP_COUNT };
#undef X
/* clang-format on */

/* A command is whole (code 0), or the last line of its reply has begun. */
struct overheard {
    enum overhear_step step;
    int code;
};

typedef void overhear_tell(void *, struct overheard);

enum { OVERHEAR_OWED = 64, OVERHEAR_WORD = 24 };

struct overhear { /* private; overhear_init() before use */
    enum overhear_mode {
        OVERHEAR_LINE,
        OVERHEAR_BODY,
        OVERHEAR_CHUNK,
        OVERHEAR_DEAF
    } mode;
    char line[OVERHEAR_WORD]; /* the beginning of the client's line */
    size_t line_len;
    int dot;             /* of a body: how much of CR LF . CR LF has come */
    bool body_began;     /* a byte of it has come */
    uint64_t chunk_left; /* of BDAT */
    char code[4];        /* the beginning of the server's line */
    size_t code_len;
    bool server_deaf; /* this is no SMTP, or no longer in clear */
    struct overhear_owed {
        uint8_t step;
        uint32_t times;
    } owed[OVERHEAR_OWED]; /* replies that the client waits for, in order */
    size_t owed_first, owed_count;
};

void overhear_init(struct overhear *);
void overhear_client(struct overhear *, const uint8_t *, size_t,
                     overhear_tell *, void *);
void overhear_server(struct overhear *, const uint8_t *, size_t,
                     overhear_tell *, void *);

#endif
