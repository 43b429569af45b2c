/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/blocks.h"
#include "bench/read/packet.h"

#include <pcap/dlt.h>
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
enum { ORDER = 0x1a2b3c4d, LARGEST = 16 << 20, INTERFACES = 1 << 12 };

struct interface {
    int link;
    uint32_t snaplen;
    uint64_t per_second; /* units of a stamp */
    int64_t offset_s;
};

struct blocks {
    FILE *from;
    bool swapped, begun;
    uint8_t *body; /* of the block: what stands between its two lengths */
    size_t room;
    struct interface *interface;
    size_t count, seen; /* in this section, and in all */
    int unread;
    size_t unread_at;
    int64_t last_s, last_ns;
};

struct blocks *blocks_new(FILE *from)
{
    struct blocks *b = calloc(1, sizeof *b);

    if (b) {
        b->from = from;
        b->unread = -1;
    }
    return b;
}

void blocks_free(struct blocks *b)
{
    if (!b)
        return;
    free(b->body);
    free(b->interface);
    free(b);
}

int blocks_unread(const struct blocks *b, size_t *interface)
{
    *interface = b->unread_at;
    return b->unread;
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

/* Link types in files are numbered otherwise where systems disagree. */
static int dlt_of(unsigned linktype)
{
    return linktype == 101   ? DLT_RAW
           : linktype == 108 ? DLT_LOOP
                             : (int)linktype;
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

static int take_interface(struct blocks *b, size_t len, char why[BLOCKS_WHY])
{
    struct interface *more, *i;

    if (len < 8 || b->count == INTERFACES) {
        snprintf(why, BLOCKS_WHY,
                 len < 8 ? "an interface without a link type"
                         : "too many interfaces");
        return -1;
    }
    more = realloc(b->interface, (b->count + 1) * sizeof *more);
    if (!more) {
        snprintf(why, BLOCKS_WHY, "out of memory");
        return -1;
    }
    b->interface = more;
    i = &more[b->count++];
    *i = (struct interface){dlt_of(get16(b, b->body)), get32(b, b->body + 4),
                            1000000, 0};
    take_options(b, i, b->body + 8, len - 8);
    if (!packet_link_known(i->link) && b->unread < 0) {
        b->unread = i->link;
        b->unread_at = b->seen;
    }
    b->seen++;
    return 0;
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

/* Whole packets: `head` bytes, of which the interface's number is the first,
 * then the stamp, then both lengths. */
static int take_packet(struct blocks *b, size_t len, bool old,
                       struct blocks_packet *p, char why[BLOCKS_WHY])
{
    size_t number;

    if (len < 20) {
        snprintf(why, BLOCKS_WHY, "a packet's block of %zu bytes", len);
        return -1;
    }
    number = old ? get16(b, b->body) : get32(b, b->body);
    p->caplen = get32(b, b->body + 12);
    p->len = get32(b, b->body + 16);
    if (number >= b->count || p->caplen > len - 20) {
        snprintf(why, BLOCKS_WHY,
                 number >= b->count
                     ? "a packet of interface %zu, which was not described"
                     : "a packet longer than its block (interface %zu)",
                 number);
        return -1;
    }
    p->link = b->interface[number].link;
    p->frame = b->body + 20;
    take_stamp(b, &b->interface[number], b->body + 4, p);
    return 1;
}

/* Without a stamp: that of the packet before. */
static int take_simple(struct blocks *b, size_t len, struct blocks_packet *p,
                       char why[BLOCKS_WHY])
{
    if (len < 4 || b->count == 0) {
        snprintf(why, BLOCKS_WHY, "a packet without an interface");
        return -1;
    }
    p->len = get32(b, b->body);
    p->caplen = len - 4 < p->len ? len - 4 : p->len;
    if (b->interface[0].snaplen && p->caplen > b->interface[0].snaplen)
        p->caplen = b->interface[0].snaplen;
    p->link = b->interface[0].link;
    p->frame = b->body + 4;
    p->s = b->last_s;
    p->ns = b->last_ns;
    return 1;
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

/* Reads `len` bytes. */
static bool fill(struct blocks *b, uint8_t *to, size_t len)
{
    return fread(to, 1, len, b->from) == len;
}

static int cut(const struct blocks *b, char why[BLOCKS_WHY])
{
    snprintf(why, BLOCKS_WHY,
             ferror(b->from) ? "it cannot be read further"
                             : "it ends inside a block");
    return -1;
}

static bool make_room(struct blocks *b, size_t len)
{
    uint8_t *more;

    if (len <= b->room)
        return true;
    more = realloc(b->body, len);
    if (!more)
        return false;
    b->body = more;
    b->room = len;
    return true;
}

/* A section's header tells the order of bytes behind its length. */
static int take_order(struct blocks *b, char why[BLOCKS_WHY])
{
    uint8_t order[4];

    if (!fill(b, order, sizeof order))
        return cut(b, why);
    b->swapped = false;
    b->swapped = get32(b, order) != ORDER;
    if (get32(b, order) == ORDER) {
        b->begun = true;
        b->count = 0;
        return 0;
    }
    snprintf(why, BLOCKS_WHY, "a section whose order of bytes is unknown");
    return -1;
}

/* Reads a block. 1, or 0 at the end of the file, or -1. */
static int read_block(struct blocks *b, uint32_t *type, size_t *len,
                      char why[BLOCKS_WHY])
{
    uint8_t head[8], tail[4];
    size_t got = fread(head, 1, sizeof head, b->from), skip = 0;
    uint32_t size;

    if (got == 0 && feof(b->from) && b->begun)
        return 0;
    if (got < sizeof head)
        return cut(b, why);
    *type = get32(b, head);
    if (*type == BLOCK_SECTION) { /* reads the same in both orders */
        if (take_order(b, why) < 0)
            return -1;
        skip = 4;
    }
    size = get32(b, head + 4);
    if (!b->begun || size < 12 + skip || size > LARGEST || size % 4) {
        snprintf(why, BLOCKS_WHY, "a block of %u bytes", (unsigned)size);
        return -1;
    }
    *len = size - 12 - skip;
    if (!make_room(b, *len + 1)) {
        snprintf(why, BLOCKS_WHY, "out of memory for a block of %u bytes",
                 (unsigned)size);
        return -1;
    }
    if (!fill(b, b->body, *len) || !fill(b, tail, sizeof tail))
        return cut(b, why);
    if (get32(b, tail) != size) {
        snprintf(why, BLOCKS_WHY, "a block whose two lengths differ");
        return -1;
    }
    return 1;
}

int blocks_next(struct blocks *b, struct blocks_packet *p, char why[BLOCKS_WHY])
{
    uint32_t type;
    size_t len;

    p->secrets = NULL;
    for (;;) {
        int got = read_block(b, &type, &len, why);

        if (got <= 0)
            return got;
        switch (type) {
        case BLOCK_INTERFACE:
            if (take_interface(b, len, why) < 0)
                return -1;
            break;
        case BLOCK_ENHANCED:
        case BLOCK_PACKET:
            return take_packet(b, len, type == BLOCK_PACKET, p, why);
        case BLOCK_SIMPLE:
            return take_simple(b, len, p, why);
        case BLOCK_SECRETS:
            if (take_secrets(b, len, p))
                return 1;
            break;
        default: /* names, statistics, and what is yet to come */
            break;
        }
    }
}
