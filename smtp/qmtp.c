/* SPDX-License-Identifier: BSD-2-Clause */
/* Packages and replies of QMTP, however they are cut. */
#include "smtp/qmtp.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool netstring_take(struct netstring *n, char octet, uint64_t most)
{
    if (octet == ':' && n->begun) {
        n->whole = true;
        return true;
    }
    if (!is_digit(octet) || (n->begun && n->len == 0))
        return false;
    n->begun = true;
    n->len = n->len * 10 + (uint64_t)(octet - '0');
    return n->len <= most;
}

uint64_t netstring_size(uint64_t len)
{
    uint64_t size = len + 3;

    for (uint64_t rest = len; rest >= 10; rest /= 10)
        size++;
    return size;
}

static struct qmtp_read wrong(struct qmtp_packages *p)
{
    p->at = QMTP_WRONG;
    return (struct qmtp_read){.event = QMTP_NO_PACKAGE};
}

static size_t shorter(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* A length is whole: its string follows, or its end. */
static bool begin_string(struct qmtp_packages *p)
{
    uint64_t len = p->number.len;

    p->number = (struct netstring){0};
    p->left = len;
    switch (p->at) {
    case QMTP_TEXT_LEN: /* the encoding is a part of it */
        p->at = QMTP_ENCODING;
        return len > 0;
    case QMTP_SENDER_LEN:
        p->at = len > 0 ? QMTP_SENDER : QMTP_SENDER_COMMA;
        return true;
    case QMTP_LIST_LEN: /* one recipient, at least */
        p->list = len;
        p->at = QMTP_RECIPIENT_LEN;
        return len > 0;
    default: /* a recipient, and its comma, must fit into the list */
        p->at = len > 0 ? QMTP_RECIPIENT : QMTP_RECIPIENT_COMMA;
        return len < p->list;
    }
}

static struct qmtp_read read_length(struct qmtp_packages *p, char octet)
{
    bool listed = p->at == QMTP_RECIPIENT_LEN;

    if (listed && p->list-- == 0)
        return wrong(p);
    if (!netstring_take(&p->number, octet, QMTP_MOST))
        return wrong(p);
    if (p->number.whole && !begin_string(p))
        return wrong(p);
    return (struct qmtp_read){.taken = 1};
}

static struct qmtp_read read_encoding(struct qmtp_packages *p, char octet)
{
    if (octet != '\n' && octet != '\r')
        return wrong(p);
    p->lf = octet == '\n';
    p->at = --p->left > 0 ? QMTP_TEXT : QMTP_TEXT_COMMA;
    return (struct qmtp_read){.taken = 1};
}

static struct qmtp_read read_string(struct qmtp_packages *p, struct span in)
{
    struct qmtp_read r = {.event = p->at == QMTP_TEXT     ? QMTP_TEXT_PART
                                   : p->at == QMTP_SENDER ? QMTP_SENDER_PART
                                                          : QMTP_RECIPIENT_PART,
                          .part = in};

    r.taken = r.part.len = shorter(p->left, in.len);
    p->left -= r.taken;
    if (p->at == QMTP_RECIPIENT)
        p->list -= r.taken;
    if (p->left == 0)
        p->at++; /* its comma is the next */
    return r;
}

static struct qmtp_read read_comma(struct qmtp_packages *p, char octet)
{
    struct qmtp_read r = {.taken = 1};

    if (octet != ',')
        return wrong(p);
    if (p->at == QMTP_TEXT_COMMA) {
        p->at = QMTP_SENDER_LEN;
    } else if (p->at == QMTP_SENDER_COMMA) {
        r.event = QMTP_SENDER_END;
        p->at = QMTP_LIST_LEN;
    } else if (p->at == QMTP_RECIPIENT_COMMA) {
        r.event = QMTP_RECIPIENT_END;
        p->at = --p->list > 0 ? QMTP_RECIPIENT_LEN : QMTP_LIST_COMMA;
    } else {
        r.event = QMTP_PACKAGE_END;
        p->at = QMTP_TEXT_LEN;
    }
    return r;
}

struct qmtp_read qmtp_read(struct qmtp_packages *p, struct span in)
{
    if (p->at == QMTP_WRONG)
        return wrong(p);
    if (in.len == 0)
        return (struct qmtp_read){.event = QMTP_NOTHING};
    switch (p->at) {
    case QMTP_TEXT_LEN:
    case QMTP_SENDER_LEN:
    case QMTP_LIST_LEN:
    case QMTP_RECIPIENT_LEN:
        return read_length(p, *in.at);
    case QMTP_ENCODING:
        return read_encoding(p, *in.at);
    case QMTP_TEXT:
    case QMTP_SENDER:
    case QMTP_RECIPIENT:
        return read_string(p, in);
    case QMTP_TEXT_COMMA:
    case QMTP_SENDER_COMMA:
    case QMTP_RECIPIENT_COMMA:
    case QMTP_LIST_COMMA:
    case QMTP_WRONG:
        break;
    }
    return read_comma(p, *in.at);
}

/* An octet of a reply. False: it cannot stand there. */
static bool hear_octet(struct qmtp_replies *r, char octet)
{
    switch (r->at) {
    case QMTP_REPLY_LEN:
        if (!netstring_take(&r->number, octet, QMTP_REPLY))
            return false;
        if (!r->number.whole)
            return true;
        r->at = QMTP_REPLY_LETTER;
        r->left = r->number.len;
        r->number = (struct netstring){0};
        return r->left > 0;
    case QMTP_REPLY_LETTER:
        r->letter = octet;
        r->left--;
        r->at = QMTP_REPLY_TEXT;
        return octet == 'K' || octet == 'Z' || octet == 'D';
    case QMTP_REPLY_TEXT:
        if (r->left-- > 0)
            return true;
        r->at = QMTP_REPLY_LEN;
        return octet == ',';
    case QMTP_REPLY_WRONG:
        break;
    }
    return false;
}

size_t qmtp_hear(struct qmtp_replies *r, struct span in, char *letter)
{
    *letter = 0;
    for (size_t i = 0; i < in.len; i++) {
        bool within = r->at == QMTP_REPLY_TEXT;

        if (!hear_octet(r, in.at[i])) {
            r->at = QMTP_REPLY_WRONG;
            *letter = '?';
            return i;
        }
        if (within && r->at == QMTP_REPLY_LEN) {
            *letter = r->letter;
            return i + 1;
        }
    }
    return in.len;
}

int qmtp_code(char letter)
{
    return letter == 'K' ? 250 : letter == 'Z' ? 450 : 550;
}

char qmtp_letter(int code)
{
    return code / 100 == 2 ? 'K' : code / 100 == 4 ? 'Z' : 'D';
}
