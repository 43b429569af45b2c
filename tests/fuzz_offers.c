/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzes the file of remembered offers: whatever it says, what is taken from
 * it is a memory, and what is refused is refused with a reason. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/run/offers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct offer_memory m;
    char why[OFFERS_WHY] = "";
    int result = offers_parse(&m, (const char *)data, size, 1790000200, why);

    assert(result == 0 || *why);
    for (int i = 0; i < OFFER_MEMORY; i++) {
        uint8_t family = m.at[i].peer.family;

        assert(family == 0 || family == 4 || family == 6);
        assert(m.at[i].learnt_ns <= 0);
        assert(m.at[i].offer.limits.mail_max <= LIMITS_MOST &&
               m.at[i].offer.limits.rcpt_max <= LIMITS_MOST &&
               m.at[i].offer.limits.rcpt_domain_max <= LIMITS_MOST);
    }
    return 0;
}
