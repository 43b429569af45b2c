/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text through stuffing and back, cut in any way: it comes out as the text
 * for BDAT, and ends where it ended. Any bytes as a body on the wire: the same
 * text, however they are cut. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct undone {
    char *text;
    size_t len, taken;
    bool end;
};

static struct undone undo(const char *at, size_t len, size_t step)
{
    struct unstuff u = {AT_LINE};
    struct undone r = {.text = malloc(len + 2)};

    while (r.taken < len && !r.end) {
        size_t n = len - r.taken < step ? len - r.taken : step;
        char *exact = memcpy(malloc(n), at + r.taken, n);
        char *out = malloc(n + 2);
        struct unstuffed got = wire_unstuff(&u, (struct span){exact, n}, out);

        assert(got.taken <= n && got.len <= got.taken + 2);
        assert(got.end || got.taken == n);
        memcpy(r.text + r.len, out, got.len);
        r.len += got.len;
        r.taken += got.taken;
        r.end = got.end;
        free(exact);
        free(out);
    }
    return r;
}

static void there_and_back(struct span text, size_t step)
{
    size_t size = wire_stuff(NULL, text), plain_size = wire_crlf(NULL, text);
    char *stuffed = malloc(size), *plain = malloc(plain_size + 1);
    struct undone r;

    assert(wire_stuff(stuffed, text) == size);
    assert(wire_crlf(plain, text) == plain_size);
    r = undo(stuffed, size, step);
    assert(r.end && r.taken == size && r.len == plain_size);
    assert(memcmp(r.text, plain, plain_size) == 0);
    free(r.text);
    free(stuffed);
    free(plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data + 1, size - 1};
    struct undone whole, cut;
    size_t step;

    if (size < 2)
        return 0;
    step = 1 + data[0];
    there_and_back(text, step);
    whole = undo(text.at, text.len, text.len);
    cut = undo(text.at, text.len, step);
    assert(whole.end == cut.end && whole.taken == cut.taken);
    assert(whole.len == cut.len &&
           memcmp(whole.text, cut.text, whole.len) == 0);
    free(whole.text);
    free(cut.text);
    return 0;
}
