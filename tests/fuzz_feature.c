/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a media feature expression: what is read is written in one way
 * only, which reads as itself and matches what the first did. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/feature.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char form[] = "(&(a=1)(dpi=300)(color=Binary)(b=\"x\"))";
    static struct feature first, second, collection;
    struct feature_error e = {NULL, 0};
    char one[FEATURE_TEXT], two[FEATURE_TEXT];
    char *exact = malloc(size);
    size_t len;
    bool ok;

    memcpy(exact, data, size);
    ok = feature_read(&first, (struct span){exact, size}, &e);
    free(exact);
    assert(ok || (e.what && e.at <= size));
    if (!ok)
        return 0;
    len = feature_canonical(&first, one, sizeof one);
    if (len == 0)
        return 0;
    assert(feature_read(&second, (struct span){one, len}, &e));
    assert(feature_canonical(&second, two, sizeof two) == len);
    assert(memcmp(one, two, len) == 0);
    ok = feature_read(&collection, (struct span){form, sizeof form - 1}, &e);
    assert(ok && feature_is_collection(&collection));
    assert(feature_match(&first, &collection) ==
           feature_match(&second, &collection));
    return 0;
}
