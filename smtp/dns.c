/* SPDX-License-Identifier: BSD-2-Clause */
/* DNS messages by ldns. */
#include "smtp/dns.h"

#include <ldns/ldns.h>
#include <string.h>

/* clang-format off */
#define X(name, number) {#name, number},
static const struct { const char *name; unsigned number; } types[] = {
    DNS_TYPES(X)
};
#undef X
/* clang-format on */

const char *dns_type_name(unsigned type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].number == type)
            return types[i].name;
    return "type";
}

static int plain(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 'a';
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_')
        return c;
    return -1;
}

int dns_name_copy(char to[DNS_TEXT], const char *name)
{
    size_t len = strlen(name), label = 0;

    if (len > 1 && name[len - 1] == '.')
        len--;
    if (strcmp(name, ".") == 0)
        len = 0;
    if (len >= DNS_TEXT)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int c = name[i] == '.' ? '.' : plain(name[i]);

        if (c < 0 || (c == '.' && label == 0) || (c != '.' && label == 63))
            return -1;
        label = c == '.' ? 0 : label + 1;
        to[i] = (char)c;
    }
    to[len] = '\0';
    return len > 0 && label == 0 ? -1 : 0;
}

bool dns_is_name(const char *name)
{
    char copy[DNS_TEXT];

    return dns_name_copy(copy, name) == 0;
}

/* A name's labels, which ldns has decompressed, as text. -1: no host's. */
static int text_of(char to[DNS_TEXT], const ldns_rdf *name)
{
    const uint8_t *at = name ? ldns_rdf_data(name) : NULL;
    size_t left = name ? ldns_rdf_size(name) : 0, len = 0;

    while (left > 1 && at[0] > 0 && at[0] < left) {
        size_t label = at[0];

        if (len + label + 1 >= DNS_TEXT)
            return -1;
        for (size_t i = 1; i <= label; i++) {
            int c = plain(at[i]);

            if (c < 0)
                return -1;
            to[len++] = (char)c;
        }
        to[len++] = '.';
        at += label + 1;
        left -= label + 1;
    }
    to[len > 0 ? len - 1 : 0] = '\0';
    return left > 0 && at[0] == 0 ? 0 : -1;
}

/* The text's place within the message, which holds each once. NULL: it is no
 * host's name, or there is no room left. */
static const char *keep(struct dns_message *m, const ldns_rdf *name)
{
    char text[DNS_TEXT];
    size_t len;

    if (text_of(text, name) < 0)
        return NULL;
    len = strlen(text) + 1;
    for (const char *at = m->names; at < m->names + m->names_len;
         at += strlen(at) + 1)
        if (strcmp(at, text) == 0)
            return at;
    if (len > sizeof m->names - m->names_len)
        return NULL;
    memcpy(m->names + m->names_len, text, len);
    m->names_len += len;
    return m->names + m->names_len - len;
}

/* The octets of a field; NULL where it has another size. */
static const uint8_t *field(const ldns_rr *rr, size_t i, size_t size)
{
    const ldns_rdf *f = ldns_rr_rdf(rr, i);

    return f && ldns_rdf_size(f) == size ? ldns_rdf_data(f) : NULL;
}

static bool read_fields(struct dns_message *m, struct dns_record *r,
                        const ldns_rr *rr)
{
    size_t ip_size = r->type == DNS_A ? 4 : 16;
    const uint8_t *at;

    if (r->type == DNS_CNAME)
        return (r->target = keep(m, ldns_rr_rdf(rr, 0)));
    if (r->type == DNS_MX) {
        at = field(rr, 0, 2);
        r->preference = at ? (uint16_t)(at[0] << 8 | at[1]) : 0;
        return at && (r->target = keep(m, ldns_rr_rdf(rr, 1)));
    }
    at = field(rr, 0, ip_size);
    if (at)
        memcpy(r->ip, at, ip_size);
    return at;
}

static bool of_interest(const ldns_rr *rr)
{
    unsigned type = ldns_rr_get_type(rr);

    return ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN &&
           (type == DNS_A || type == DNS_AAAA || type == DNS_MX ||
            type == DNS_CNAME);
}

/* Returns how many were kept. */
static size_t read_records(struct dns_message *m, size_t at,
                           const ldns_rr_list *from)
{
    size_t first = at;

    for (size_t i = 0; i < ldns_rr_list_rr_count(from); i++) {
        const ldns_rr *rr = ldns_rr_list_rr(from, i);
        struct dns_record r = {0};

        if (!of_interest(rr))
            continue;
        r.type = ldns_rr_get_type(rr);
        r.ttl_s = ldns_rr_ttl(rr);
        if (at < DNS_RECORDS && (r.owner = keep(m, ldns_rr_owner(rr))) &&
            read_fields(m, &r, rr))
            m->record[at++] = r;
        else
            m->left_out++;
    }
    return at - first;
}

int dns_read(struct dns_message *m, struct span wire)
{
    const ldns_rr *question;
    ldns_pkt *p = NULL;

    memset(m, 0, sizeof *m);
    if (ldns_wire2pkt(&p, (const uint8_t *)wire.at, wire.len) != LDNS_STATUS_OK)
        return -1;
    m->id = ldns_pkt_id(p);
    m->answer = ldns_pkt_qr(p);
    m->truncated = ldns_pkt_tc(p);
    m->authoritative = ldns_pkt_aa(p);
    m->rcode = ldns_pkt_get_rcode(p);
    m->udp_octets = ldns_pkt_edns(p) ? ldns_pkt_edns_udp_size(p) : 0;
    question = ldns_rr_list_rr(ldns_pkt_question(p), 0);
    if (question && ldns_rr_get_class(question) == LDNS_RR_CLASS_IN) {
        m->name = keep(m, ldns_rr_owner(question));
        m->type = ldns_rr_get_type(question);
    }
    m->answers = read_records(m, 0, ldns_pkt_answer(p));
    m->additional = read_records(m, m->answers, ldns_pkt_additional(p));
    ldns_pkt_free(p);
    return 0;
}

static ldns_rdf *name_of(const char *text)
{
    return dns_is_name(text) ? ldns_dname_new_frm_str(*text ? text : ".")
                             : NULL;
}

/* Gives the record a field, which may be NULL. */
static bool push(ldns_rr *rr, ldns_rdf *f)
{
    return f && ldns_rr_push_rdf(rr, f);
}

static bool push_fields(ldns_rr *rr, const struct dns_record *r)
{
    switch (r->type) {
    case DNS_A:
        return push(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_A, 4, r->ip));
    case DNS_AAAA:
        return push(rr, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_AAAA, 16, r->ip));
    case DNS_CNAME:
        return push(rr, name_of(r->target));
    case DNS_MX:
        return push(rr, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16,
                                              r->preference)) &&
               push(rr, name_of(r->target));
    }
    return false;
}

/* A record with its name and type, and nothing else. NULL: no such name. */
static ldns_rr *new_record(const char *owner, unsigned type)
{
    ldns_rdf *name = name_of(owner);
    ldns_rr *rr = name ? ldns_rr_new() : NULL;

    if (!rr) {
        ldns_rdf_deep_free(name);
        return NULL;
    }
    ldns_rr_set_owner(rr, name);
    ldns_rr_set_type(rr, (ldns_rr_type)type);
    ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
    return rr;
}

static bool add_record(ldns_pkt *p, ldns_pkt_section section,
                       const struct dns_record *r)
{
    ldns_rr *rr = new_record(r->owner, r->type);

    if (rr && push_fields(rr, r)) {
        ldns_rr_set_ttl(rr, r->ttl_s);
        if (ldns_pkt_push_rr(p, section, rr))
            return true;
    }
    ldns_rr_free(rr);
    return false;
}

static bool add_question(ldns_pkt *p, const struct dns_message *m)
{
    ldns_rr *rr = m->name ? new_record(m->name, m->type) : NULL;

    if (!rr)
        return !m->name;
    ldns_rr_set_question(rr, true);
    if (ldns_pkt_push_rr(p, LDNS_SECTION_QUESTION, rr))
        return true;
    ldns_rr_free(rr);
    return false;
}

/* Every question asks for recursion, and every answer says that it was to be
 * had: we talk to resolvers, and are one. */
static bool fill(ldns_pkt *p, const struct dns_message *m)
{
    bool good = add_question(p, m);

    ldns_pkt_set_id(p, m->id);
    ldns_pkt_set_qr(p, m->answer);
    ldns_pkt_set_rd(p, true);
    ldns_pkt_set_ra(p, m->answer);
    ldns_pkt_set_aa(p, m->authoritative);
    ldns_pkt_set_tc(p, m->truncated);
    ldns_pkt_set_rcode(p, (uint8_t)m->rcode);
    if (m->udp_octets > 0)
        ldns_pkt_set_edns_udp_size(p, m->udp_octets);
    for (size_t i = 0; good && i < m->answers + m->additional; i++)
        good = add_record(
            p, i < m->answers ? LDNS_SECTION_ANSWER : LDNS_SECTION_ADDITIONAL,
            &m->record[i]);
    return good;
}

size_t dns_write(char *out, size_t room, const struct dns_message *m)
{
    ldns_pkt *p = ldns_pkt_new();
    uint8_t *wire = NULL;
    size_t size = 0;

    if (!p || !fill(p, m) || ldns_pkt2wire(&wire, p, &size) != LDNS_STATUS_OK ||
        size > room)
        size = 0;
    if (size > 0)
        memcpy(out, wire, size);
    LDNS_FREE(wire);
    ldns_pkt_free(p);
    return size;
}
