/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of any shape: what is read of them is whole, and what is written
 * from that is read again as the same. */
#include <stdlib.h>
#include <string.h>

#include "smtp/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void must(bool good)
{
    if (!good)
        abort();
}

static void check_record(const struct dns_record *r)
{
    must(dns_is_name(r->owner) && strlen(r->owner) < DNS_TEXT);
    must(r->type == DNS_A || r->type == DNS_AAAA || r->type == DNS_MX ||
         r->type == DNS_CNAME);
    must(!r->target || dns_is_name(r->target));
    must(!!r->target == (r->type == DNS_MX || r->type == DNS_CNAME));
}

static void check_same(const struct dns_record *a, const struct dns_record *b)
{
    must(strcmp(a->owner, b->owner) == 0 && a->type == b->type &&
         a->ttl_s == b->ttl_s && a->preference == b->preference &&
         memcmp(a->ip, b->ip, sizeof a->ip) == 0);
    must(!a->target || strcmp(a->target, b->target) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct dns_message m, again;
    static char wire[65535];
    char *exact = malloc(size + 1);
    size_t len;

    memcpy(exact, data, size);
    if (dns_read(&m, (struct span){exact, size}) == 0) {
        must(m.answers + m.additional <= DNS_RECORDS);
        for (size_t i = 0; i < m.answers + m.additional; i++)
            check_record(&m.record[i]);
        len = dns_write(wire, sizeof wire, &m);
        must(len >= 12 && dns_read(&again, (struct span){wire, len}) == 0);
        must(again.id == m.id && again.rcode == m.rcode &&
             again.answer == m.answer && again.truncated == m.truncated);
        must(again.answers == m.answers && again.additional == m.additional);
        for (size_t i = 0; i < m.answers + m.additional; i++)
            check_same(&m.record[i], &again.record[i]);
    }
    free(exact);
    return 0;
}
