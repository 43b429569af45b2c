/* SPDX-License-Identifier: BSD-2-Clause */
/* The secrets of TLS sessions, from a key log as NSS, OpenSSL and GnuTLS write
 * it (RFC 9850: a label, the ClientHello's random and a secret, in hexadecimal,
 * a line each), or from the Decryption Secrets Block of a pcapng file. */
#ifndef BENCH_READ_KEYLOG_H
#define BENCH_READ_KEYLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEYLOG_WHY = 400, KEYLOG_RANDOM = 32, KEYLOG_SECRET = 48 };

/* Beyond so many sessions the rest of a key log is not taken. */
enum { KEYLOG_SESSIONS = 1 << 18 };

enum keylog_label {
    KEYLOG_MASTER, /* of TLS 1.2; the others are those of 1.3 */
    KEYLOG_CLIENT_EARLY,
    KEYLOG_CLIENT_HANDSHAKE,
    KEYLOG_SERVER_HANDSHAKE,
    KEYLOG_CLIENT_TRAFFIC,
    KEYLOG_SERVER_TRAFFIC,
    KEYLOG_LABELS
};

struct keylog_secret {
    uint8_t len; /* 0: not in the log */
    uint8_t at[KEYLOG_SECRET];
};

struct keylog_session {
    uint8_t random[KEYLOG_RANDOM];
    struct keylog_secret secret[KEYLOG_LABELS];
};

struct keylog;

struct keylog *keylog_new(void); /* NULL: no memory */
void keylog_free(struct keylog *);

/* Takes all lines of a file, which stays open: a log that is still being
 * written is read on whenever a session is sought. -1 and `why`: it cannot be
 * read. 1 and `why`: it holds lines, but no secret. */
int keylog_read(struct keylog *, const char *path, char why[KEYLOG_WHY]);

/* Takes lines from memory. Comments and foreign labels are passed over. */
void keylog_take(struct keylog *, const char *text, size_t len);

/* NULL: not in the log. What is found lives until the next call. */
const struct keylog_session *keylog_find(struct keylog *,
                                         const uint8_t random[KEYLOG_RANDOM]);

size_t keylog_count(const struct keylog *);

/* There is something in it, or may be yet. */
bool keylog_helps(const struct keylog *);

/* What all sessions that are read with this log may hold together: hostile
 * captures bring their own secrets. False: no more. */
bool keylog_borrow(struct keylog *, size_t bytes);
void keylog_give_back(struct keylog *, size_t bytes);

#endif
