/* SPDX-License-Identifier: BSD-2-Clause */
/* QMTP (Bernstein, 1997-02-01) as bytes: packages, replies, and the netstrings
 * that both are made of. A package is netstring(text) netstring(sender)
 * netstring(netstring(recipient)...), and is answered by a netstring for each
 * recipient, in their order. Nothing here allocates; the readers take a
 * stream however it is cut, and keep nothing of it but where they are.
 *
 * What is sent is smtp/qmtp_client.c's and smtp/qmtp_server.c's business. */
#ifndef SMTP_QMTP_H
#define SMTP_QMTP_H

#include "smtp/machine.h"

enum {
    QMTP_PORT = 209,
    QMTP_ADDRESS = 254, /* RFC 5321, 4.5.3.1.3: what is longer is nobody's */
    QMTP_REPLY = 1000   /* octets of a reply: no server has so much to say */
};

/* Of a text, and so of anything: what claims more is no netstring of mail. */
#define QMTP_MOST (UINT64_C(1) << 31)

/* The length of a netstring, as it comes: digits, without a zero before
 * others, and a colon. */
struct netstring {
    uint64_t len;
    bool begun; /* a digit has come */
    bool whole; /* the colon has */
};

/* Takes an octet. False: it cannot stand there, or the length is above
 * `most`. Where it was the colon, `whole` is set. */
bool netstring_take(struct netstring *, char octet, uint64_t most);

/* Of a string of `len` octets: all of it, length and comma included. */
uint64_t netstring_size(uint64_t len);

/* Packages, one after the other; all zero is before the first. */
struct qmtp_packages {
    enum {
        QMTP_TEXT_LEN,
        QMTP_ENCODING, /* LF, or CR: how the lines of the text end */
        QMTP_TEXT,
        QMTP_TEXT_COMMA,
        QMTP_SENDER_LEN,
        QMTP_SENDER,
        QMTP_SENDER_COMMA,
        QMTP_LIST_LEN,
        QMTP_RECIPIENT_LEN,
        QMTP_RECIPIENT,
        QMTP_RECIPIENT_COMMA,
        QMTP_LIST_COMMA,
        QMTP_WRONG /* for good: nothing behind it can be understood */
    } at;
    struct netstring number;
    uint64_t left; /* of the string */
    uint64_t list; /* of the list of recipients, commas included */
    bool lf;       /* lines end in LF; else in CRLF */
};

/* What a reader has come upon. A string that is empty or cut comes in no part
 * or in several, and ends once. */
enum qmtp_event {
    QMTP_NOTHING,
    QMTP_TEXT_PART,
    QMTP_SENDER_PART,
    QMTP_SENDER_END,
    QMTP_RECIPIENT_PART,
    QMTP_RECIPIENT_END,
    QMTP_PACKAGE_END, /* its last octet has come */
    QMTP_NO_PACKAGE   /* and never again will be one */
};

struct qmtp_read {
    enum qmtp_event event;
    size_t taken;     /* from the input; more than none where there was any,
                       * and nothing is wrong */
    struct span part; /* of a text, a sender or a recipient: in the input */
};

struct qmtp_read qmtp_read(struct qmtp_packages *, struct span in);

/* Replies, one after the other; all zero is before the first. */
struct qmtp_replies {
    enum {
        QMTP_REPLY_LEN,
        QMTP_REPLY_LETTER,
        QMTP_REPLY_TEXT,
        QMTP_REPLY_WRONG
    } at;
    struct netstring number;
    uint64_t left;
    char letter;
};

/* Takes octets up to the end of a reply. `*letter` is then K, Z or D; 0 where
 * it is not whole yet; '?' where no reply can be. */
size_t qmtp_hear(struct qmtp_replies *, struct span in, char *letter);

/* K has it, Z is a fault that will pass, D is for good: as SMTP would say it
 * without telling more (RFC 5321, 4.2.1). */
int qmtp_code(char letter);
char qmtp_letter(int code);

#endif
