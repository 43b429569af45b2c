/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzes the reading of mail logs, as both kinds. What is told must be sound.
 */
#include "bench/read/maillog.h"

#include <assert.h>
#include <string.h>

static void check(const uint8_t *bytes, size_t len, enum maillog_kind kind)
{
    FILE *f = fmemopen((void *)bytes, len, "rb");
    char why[MAILLOG_WHY];
    struct maillog m;

    if (!f)
        return;
    maillog_read(&m, f, kind, why);
    fclose(f);
    assert(m.deliveries <= m.lines);
    for (size_t i = 0; i < m.count; i++) {
        const struct maillog_peer *p = &m.peer[i];

        assert(memchr(p->name, 0, sizeof p->name) && p->name[0]);
        assert(p->messages <= p->recipients);
        assert(p->rtt_us >= -1 && p->save_early_us >= -1);
        for (const char *c = p->name; *c; c++)
            assert(*c >= ' ' && *c < 127);
    }
    maillog_release(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len) {
        check(bytes, len, MAILLOG_POSTFIX);
        check(bytes, len, MAILLOG_EXIM);
    }
    return 0;
}
