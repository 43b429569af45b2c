/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions and answers about mail exchangers and addresses: DNS messages
 * (RFC 1035) <-> plain records. The wire format is ldns's business; nothing
 * else here knows that library. Only records of class IN and of the types
 * below are told of; a name that is no host's (octets other than letters,
 * digits, hyphens, underscores) is not told either. */
#ifndef SMTP_DNS_H
#define SMTP_DNS_H

#include "smtp/machine.h"

enum {
    DNS_TEXT = 254,    /* a name as text, with its NUL: RFC 1035, 2.3.4 */
    DNS_RECORDS = 64,  /* of a message that are told */
    DNS_NAMES = 6144,  /* octets of all their names together */
    DNS_PLAIN = 512,   /* a UDP message without EDNS: RFC 1035, 2.3.4 */
    DNS_MODERN = 1232, /* and with: fits every road's MTU */
    DNS_PORT = 53
};

/* clang-format off */
#define DNS_TYPES(X) X(A, 1) X(CNAME, 5) X(MX, 15) X(AAAA, 28)
#define X(name, number) DNS_##name = number,
enum dns_type { DNS_TYPES(X) };
#undef X
/* clang-format on */

enum dns_rcode { /* RFC 1035, 4.1.1 */
                 DNS_NOERROR = 0,
                 DNS_FORMERR = 1,
                 DNS_SERVFAIL = 2,
                 DNS_NXDOMAIN = 3,
                 DNS_NOTIMP = 4,
                 DNS_REFUSED = 5
};

/* Names are lower case, without the last dot; the root is "". */
struct dns_record {
    const char *owner;
    unsigned type;
    uint32_t ttl_s;
    uint16_t preference; /* of MX */
    const char *target;  /* of MX and CNAME */
    uint8_t ip[16];      /* of A (the first four) and AAAA */
};

struct dns_message {
    uint16_t id;
    bool answer, truncated, authoritative;
    unsigned rcode;
    const char *name; /* asked for; NULL: no question, or no host's name */
    unsigned type;
    uint16_t udp_octets; /* EDNS: what the sender can take; 0: no EDNS */
    size_t answers, additional;
    struct dns_record record[DNS_RECORDS]; /* answers first */
    size_t left_out; /* records of the types above, for want of room */

    size_t names_len; /* private, as what follows: where texts lie */
    char names[DNS_NAMES];
};

/* Reads a message, from anybody. The texts of `m` lie in `m` itself, so it
 * must not be copied. -1: that is no DNS message. */
int dns_read(struct dns_message *m, struct span wire);

/* Writes a question or an answer: all fields but `left_out` count. Returns its
 * size; 0: it does not fit into `room`, a name in it is none, or ENOMEM. */
size_t dns_write(char *out, size_t room, const struct dns_message *m);

/* Whether a text is a host's name as told above; "" is the root. */
bool dns_is_name(const char *);

/* Copies it in lower case and without a last dot. -1: it is no name. */
int dns_name_copy(char to[DNS_TEXT], const char *name);

const char *dns_type_name(unsigned type); /* "type" for others */

#endif
