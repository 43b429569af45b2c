/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of any shape, asked of every word that means something. Each begins
 * with its length and its direction. */
#include <stdlib.h>
#include <string.h>

#include "bench/run/meaning.h"
#include "netem/spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char words[] =
    "drop syn drop syn-ack drop fin drop rst drop reply 354 drop greeting "
    "drop rcpt-reply 3 drop data-end drop bdat-reply 2 drop quit-reply";

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t left)
{
    struct link_params p;
    struct spec_error e;
    struct meaning *m;

    if (spec_parse(words, &p, &e) < 0)
        abort();
    m = meaning_new(&p, &p);
    while (left > 1) {
        size_t len = at[0] < left - 2 ? at[0] : left - 2;
        uint8_t *exact = malloc(len + 1);

        memcpy(exact, at + 2, len);
        meaning_drop(m, at[1] & 1 ? FERRY_UP : FERRY_DOWN, exact, len);
        free(exact);
        at += 2 + len;
        left -= 2 + len;
    }
    meaning_free(m);
    spec_release(&p);
    return 0;
}
