/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the lines of an answer: within its bounds, always with an end,
 * and what is understood can be said again and understood as the same. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/conneg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum conneg_end hear(struct conneg *c, struct feature *f, const char *at,
                            size_t size)
{
    conneg_begin(c, "j@x");
    while (size > 0) {
        const char *end = memchr(at, '\n', size);
        size_t len = end ? (size_t)(end - at) : size;
        char *exact = malloc(len);

        memcpy(exact, at, len);
        conneg_hear(c, (struct span){exact, len});
        free(exact);
        at += len + (end != NULL);
        size -= len + (end != NULL);
    }
    return conneg_end(c, f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct conneg c, d;
    static struct feature f, g;
    char one[FEATURE_TEXT], two[FEATURE_TEXT], said[CONNEG_REPLY + 1];

    enum conneg_end end = hear(&c, &f, (const char *)data, size);

    assert(end < CONNEG_END_COUNT && c.ttl_s <= CONNEG_TTL_S);
    if (end != CONNEG_KNOWN || feature_canonical(&f, one, sizeof one) == 0)
        return 0;
    size = conneg_say(said, SPELLING_CONNEG, "250 <j@x>", one, c.ttl_s);
    if (size == 0)
        return 0;
    said[size] = 0;
    conneg_begin(&d, "j@x");
    for (char *at = said; at < said + size; at = strchr(at, '\n') + 1)
        conneg_hear(&d, (struct span){at + 4, strcspn(at, "\r") - 4});
    assert(conneg_end(&d, &g) == CONNEG_KNOWN && d.ttl_s == c.ttl_s);
    feature_canonical(&g, two, sizeof two);
    assert(strcmp(one, two) == 0);
    return 0;
}
