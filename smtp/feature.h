/* SPDX-License-Identifier: BSD-2-Clause */
/* Media features: what a recipient can take, as an expression over tags such
 * as (&(color=Binary)(dpi<=300)), and what a form of a message is made of, as
 * the same with equalities alone (RFC 2533, RFC 2738). Read from a peer, so
 * everything has a bound, and what is over it is refused by name. */
#ifndef SMTP_FEATURE_H
#define SMTP_FEATURE_H

#include "smtp/machine.h"

enum {
    FEATURE_TEXT = 2048, /* octets of an expression */
    FEATURE_NODES = 96,  /* its parts: parentheses, and entries of sets */
    FEATURE_DEPTH = 12,  /* parentheses within parentheses */
    FEATURE_DIGITS = 9   /* of a number, or of each half of a ratio */
};

struct feature_value {
    enum { FEATURE_NUMBER, FEATURE_TOKEN, FEATURE_STRING } kind;
    uint16_t at, len;    /* in the text */
    int32_t over, under; /* a number: over / under */
};

struct feature { /* an expression, taken apart */
    size_t nodes;
    struct feature_node {
        enum {
            FEATURE_AND,
            FEATURE_OR,
            FEATURE_NOT,
            FEATURE_EQUAL,
            FEATURE_AT_MOST,
            FEATURE_AT_LEAST,
            FEATURE_WITHIN /* value..most */
        } kind;
        uint16_t tag_at, tag_len;
        uint16_t child, sibling; /* node 0 is the whole; 0: none */
        struct feature_value value, most;
    } node[FEATURE_NODES];
    size_t len;
    char text[FEATURE_TEXT];
};

/* What is wrong with an expression, and where. */
struct feature_error {
    const char *what;
    size_t at; /* octets into the text */
};

bool feature_read(struct feature *, struct span text, struct feature_error *);

/* Equalities alone: a collection, and so a form of a message. */
bool feature_is_collection(const struct feature *);

/* Whether what has the features of `collection` is within `filter`. A tag
 * that the collection does not have fulfils nothing (RFC 2533, 3.1). */
bool feature_match(const struct feature *filter,
                   const struct feature *collection);

/* The same expression however it was written: small letters, numbers
 * cancelled down, no blanks, what is parallel in order and once. Two that are
 * written alike are alike; two that are not may still be. Returns its length;
 * 0: no room. Ends with '\0'. */
size_t feature_canonical(const struct feature *, char *at, size_t room);

#endif
