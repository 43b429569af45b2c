/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/blocks.h"
#include "bench/read/packet.h"
#include "bench/read/window.h"

#include <stdlib.h>
#include <string.h>

enum { /* types of blocks */
       BLOCK_SECTION = 0x0a0d0d0a,
       BLOCK_INTERFACE = 1,
       BLOCK_PACKET = 2, /* obsolete */
       BLOCK_SIMPLE = 3,
       BLOCK_ENHANCED = 6,
       BLOCK_SECRETS = 10,
};
enum { SECRETS_TLS = 0x544c534b };
enum { OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };
enum { ORDER = 0x1a2b3c4d, SHORTEST = 12, LARGEST = 16 << 20 };
enum { INTERFACES = 1 << 12 };

struct interface {
    int link;
    uint32_t snaplen;
    uint64_t per_second; /* units of a stamp */
    int64_t offset_s;
};

struct blocks {
    struct window window;
    bool swapped, begun;
    const uint8_t *body; /* of the block: what stands between its lengths */
    struct interface *interface;
    size_t count, seen; /* in this section, and in all */
    int unread;
    size_t unread_at;
    int64_t last_s, last_ns;
    uint64_t damages, damaged_bytes;
};

struct blocks *blocks_new(FILE *from)
{
    struct blocks *b = calloc(1, sizeof *b);

    if (b) {
        window_init(&b->window, from);
        b->unread = -1;
    }
    return b;
}

void blocks_free(struct blocks *b)
{
    if (!b)
        return;
    window_release(&b->window);
    free(b->interface);
    free(b);
}

int blocks_unread(const struct blocks *b, size_t *interface)
{
    *interface = b->unread_at;
    return b->unread;
}

uint64_t blocks_damages(const struct blocks *b, uint64_t *bytes)
{
    *bytes = b->damaged_bytes;
    return b->damages;
}

size_t blocks_interfaces(const struct blocks *b)
{
    return b->seen;
}

static uint16_t get16(const struct blocks *b, const uint8_t *at)
{
    uint16_t v;

    memcpy(&v, at, sizeof v);
    return b->swapped ? __builtin_bswap16(v) : v;
}

static uint32_t get32(const struct blocks *b, const uint8_t *at)
{
    uint32_t v;

    memcpy(&v, at, sizeof v);
    return b->swapped ? __builtin_bswap32(v) : v;
}

/* if_tsresol: a negative power of 10, or, with the high bit, of 2. */
static uint64_t units_of(uint8_t resolution)
{
    uint64_t units = 1;

    if (resolution & 0x80)
        return (resolution & 0x7f) > 62 ? 0 : 1ull << (resolution & 0x7f);
    if (resolution > 18)
        return 0;
    while (resolution-- > 0)
        units *= 10;
    return units;
}

static void take_options(const struct blocks *b, struct interface *i,
                         const uint8_t *at, size_t len)
{
    while (len >= 4) {
        unsigned code = get16(b, at), size = get16(b, at + 2);
        size_t padded = (size + 3u) & ~3u;

        if (code == 0 || padded > len - 4)
            return;
        if (code == OPTION_RESOLUTION && size >= 1)
            i->per_second = units_of(at[4]);
        if (code == OPTION_OFFSET && size == 8) {
            uint64_t low = get32(b, at + (b->swapped ? 8 : 4));
            uint64_t high = get32(b, at + (b->swapped ? 4 : 8));

            i->offset_s = (int32_t)high == 0 ? (int64_t)low : 0;
        }
        at += 4 + padded;
        len -= 4 + padded;
    }
}

static bool take_interface(struct blocks *b, size_t len)
{
    struct interface *more, *i;

    if (len < 8 || b->count == INTERFACES)
        return false;
    more = realloc(b->interface, (b->count + 1) * sizeof *more);
    if (!more) {
        b->window.poor = true;
        return false;
    }
    b->interface = more;
    i = &more[b->count++];
    *i = (struct interface){packet_link_of(get16(b, b->body)),
                            get32(b, b->body + 4), 1000000, 0};
    take_options(b, i, b->body + 8, len - 8);
    if (!packet_link_known(i->link) && b->unread < 0) {
        b->unread = i->link;
        b->unread_at = b->seen;
    }
    b->seen++;
    return true;
}

/* A part of a second in ns. */
static int64_t part_ns(uint64_t rest, uint64_t per_second)
{
    const uint64_t ns = 1000000000;

    if (per_second <= ns)
        return (int64_t)(rest * ns / per_second);
    return (int64_t)((double)rest / (double)per_second * 1e9);
}

static void take_stamp(struct blocks *b, const struct interface *i,
                       const uint8_t *at, struct blocks_packet *p)
{
    uint64_t units = (uint64_t)get32(b, at) << 32 | get32(b, at + 4);
    uint64_t s = i->per_second ? units / i->per_second : 0;

    if (s > UINT32_MAX)
        s = UINT32_MAX;
    b->last_s = (int64_t)s + i->offset_s;
    b->last_ns =
        i->per_second ? part_ns(units % i->per_second, i->per_second) : 0;
    p->s = b->last_s;
    p->ns = b->last_ns;
}

/* Whole packets: the interface's number, the stamp, both lengths. */
static bool take_packet(struct blocks *b, size_t len, bool old,
                        struct blocks_packet *p)
{
    size_t number;

    if (len < 20)
        return false;
    number = old ? get16(b, b->body) : get32(b, b->body);
    p->caplen = get32(b, b->body + 12);
    p->len = get32(b, b->body + 16);
    if (number >= b->count || p->caplen > len - 20)
        return false;
    p->link = b->interface[number].link;
    p->frame = b->body + 20;
    take_stamp(b, &b->interface[number], b->body + 4, p);
    return true;
}

/* Without a stamp: that of the packet before. */
static bool take_simple(struct blocks *b, size_t len, struct blocks_packet *p)
{
    if (len < 4 || b->count == 0)
        return false;
    p->len = get32(b, b->body);
    p->caplen = len - 4 < p->len ? len - 4 : p->len;
    if (b->interface[0].snaplen && p->caplen > b->interface[0].snaplen)
        p->caplen = b->interface[0].snaplen;
    p->link = b->interface[0].link;
    p->frame = b->body + 4;
    p->s = b->last_s;
    p->ns = b->last_ns;
    return true;
}

/* A Decryption Secrets Block: what they are of, their length, they themselves.
 * Other protocols' secrets, and none, are passed over. */
static bool take_secrets(const struct blocks *b, size_t len,
                         struct blocks_packet *p)
{
    if (len < 8 || get32(b, b->body) != SECRETS_TLS ||
        get32(b, b->body + 4) > len - 8)
        return false;
    *p = (struct blocks_packet){.secrets = (const char *)b->body + 8,
                                .secrets_len = get32(b, b->body + 4)};
    return true;
}

/* A section's header tells the order of bytes behind its length. */
static bool take_order(struct blocks *b, const uint8_t *order)
{
    b->swapped = false;
    b->swapped = get32(b, order) != ORDER;
    return get32(b, order) == ORDER;
}

/* The length of the block that begins here, if one does. */
static size_t block_here(struct blocks *b)
{
    const uint8_t *at = window_look(&b->window, SHORTEST);
    bool swapped = b->swapped, section;
    uint32_t size;

    if (!at)
        return 0;
    section = get32(b, at) == BLOCK_SECTION; /* the same in both orders */
    if (section && !take_order(b, at + 8)) {
        b->swapped = swapped;
        return 0;
    }
    size = get32(b, at + 4);
    at = size < SHORTEST + (section ? 4 : 0) || size > LARGEST || size % 4
             ? NULL
             : window_look(&b->window, size);
    if (at && get32(b, at + size - 4) == size)
        return size;
    b->swapped = swapped;
    return 0;
}

/* Types of blocks that are in use; where one is searched, others are not
 * worth a look. */
static bool is_likely(const struct blocks *b, const uint8_t *at)
{
    uint32_t type = get32(b, at);

    return type == BLOCK_SECTION ||
           (type >= BLOCK_INTERFACE && type <= BLOCK_SECRETS);
}

/* The next block behind damage; its length. */
static size_t find_block(struct blocks *b)
{
    const uint8_t *at;

    while ((at = window_look(&b->window, SHORTEST))) {
        size_t size = is_likely(b, at) ? block_here(b) : 0;

        if (size) {
            b->damages++;
            return size;
        }
        window_pass(&b->window, 1);
        window_let_go(&b->window);
        b->damaged_bytes++;
    }
    return 0;
}

static int cut(const struct blocks *b, char why[BLOCKS_WHY])
{
    snprintf(why, BLOCKS_WHY,
             b->window.poor           ? "out of memory"
             : ferror(b->window.from) ? "it cannot be read further"
                                      : "it ends inside a block");
    return -1;
}

/* Reads a block. 1, or 0 at the end of the file, or -1. */
static int read_block(struct blocks *b, uint32_t *type, size_t *len,
                      char why[BLOCKS_WHY])
{
    size_t size = block_here(b), skip;

    if (!size && window_left(&b->window) == 0 && b->begun &&
        !ferror(b->window.from))
        return 0;
    if (!size && b->begun && !b->window.poor)
        size = find_block(b);
    if (!size)
        return cut(b, why);
    b->body = window_look(&b->window, size);
    *type = get32(b, b->body);
    if (!b->begun && *type != BLOCK_SECTION) {
        snprintf(why, BLOCKS_WHY, "it begins with a block of type %u",
                 (unsigned)*type);
        return -1;
    }
    skip = *type == BLOCK_SECTION ? 12 : 8;
    if (*type == BLOCK_SECTION) {
        b->begun = true;
        b->count = 0;
    }
    b->body += skip;
    *len = size - skip - 4;
    window_pass(&b->window, size);
    window_let_go(&b->window);
    return 1;
}

/* What a block holds. 1: a packet, or secrets; 0: nothing to tell; -1: it
 * contradicts itself. */
static int take_block(struct blocks *b, uint32_t type, size_t len,
                      struct blocks_packet *p)
{
    switch (type) {
    case BLOCK_INTERFACE:
        return take_interface(b, len) ? 0 : -1;
    case BLOCK_ENHANCED:
    case BLOCK_PACKET:
        return take_packet(b, len, type == BLOCK_PACKET, p) ? 1 : -1;
    case BLOCK_SIMPLE:
        return take_simple(b, len, p) ? 1 : -1;
    case BLOCK_SECRETS:
        return take_secrets(b, len, p);
    default: /* names, statistics, and what is yet to come */
        return 0;
    }
}

int blocks_next(struct blocks *b, struct blocks_packet *p, char why[BLOCKS_WHY])
{
    uint32_t type;
    size_t len;
    int got;

    p->secrets = NULL;
    for (;;) {
        got = read_block(b, &type, &len, why);
        if (got <= 0)
            return got;
        got = take_block(b, type, len, p);
        if (got == 1)
            return 1;
        if (got < 0) {
            b->damages++;
            b->damaged_bytes += len;
        }
    }
}
