/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/records.h"
#include "bench/read/packet.h"

#include <string.h>

#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d
#define MAGIC_KUZNETZOV 0xa1b2cd34 /* of old Linux: longer headers */

enum { FILE_HEAD = 24, HEAD = 16, LONG_HEAD = 24 };

/* libpcap's limit, and tcpdump's default snap length. */
enum { LARGEST = 262144 };

/* No packet was longer on the wire (Linux: GSO_MAX_SIZE is 512 KiB). */
enum { LONGEST = 1 << 20 };

/* A place where so many records follow one another is taken for the right
 * one, where their stamps are not further apart than this. */
enum { CHAIN = 3, APART_S = 86400 };

static uint32_t get32(const struct records *r, const uint8_t *at)
{
    uint32_t v;

    memcpy(&v, at, sizeof v);
    return r->swapped ? __builtin_bswap32(v) : v;
}

/* What a file's first four bytes say; they are read in both orders. */
static bool take_magic(struct records *r, const uint8_t *at)
{
    for (int i = 0; i < 2; i++) {
        uint32_t magic;

        r->swapped = i;
        magic = get32(r, at);
        r->per_second = magic == MAGIC_NS ? 1000000000 : 1000000;
        r->head = magic == MAGIC_KUZNETZOV ? LONG_HEAD : HEAD;
        if (magic == MAGIC_US || magic == MAGIC_NS || magic == MAGIC_KUZNETZOV)
            return true;
    }
    return false;
}

int records_init(struct records *r, FILE *from, char why[BLOCKS_WHY])
{
    const uint8_t *at;

    memset(r, 0, sizeof *r);
    window_init(&r->window, from);
    at = window_look(&r->window, FILE_HEAD);
    if (!at) {
        snprintf(why, BLOCKS_WHY,
                 r->window.poor        ? "out of memory"
                 : ferror(from)        ? "it cannot be read"
                 : r->window.have == 0 ? "it is empty"
                                       : "it ends inside its header");
        return -1;
    }
    if (!take_magic(r, at)) {
        snprintf(why, BLOCKS_WHY,
                 "it begins with %02x %02x %02x %02x; readable are pcap and "
                 "pcapng%s",
                 at[0], at[1], at[2], at[3],
                 at[0] == 0x1f && at[1] == 0x8b ? ", not compressed (gunzip)"
                                                : "");
        return -1;
    }
    /* The upper bits tell of frame check sequences. */
    r->link = packet_link_of(get32(r, at + 20) & 0x03ffffff);
    window_pass(&r->window, FILE_HEAD);
    window_let_go(&r->window);
    return 0;
}

void records_release(struct records *r)
{
    window_release(&r->window);
}

static uint32_t caplen_of(const struct records *r, const uint8_t *head)
{
    return get32(r, head + 8);
}

/* All that is known of a header holds. */
static bool is_sound(const struct records *r, const uint8_t *head)
{
    uint32_t caplen = caplen_of(r, head), len = get32(r, head + 12);

    return caplen <= LARGEST && len >= caplen && len > 0 && len <= LONGEST &&
           get32(r, head + 4) < r->per_second;
}

/* A header with something odd is taken where another may follow it: there are
 * programs that write the odd. */
static bool is_taken(struct records *r, const uint8_t *head)
{
    size_t size = caplen_of(r, head);
    const uint8_t *next;

    if (size > LARGEST)
        return false;
    if (is_sound(r, head))
        return true;
    next = window_look(&r->window, r->head + size + r->head);
    return next ? caplen_of(r, next + r->head + size) <= LARGEST
                : window_left(&r->window) == r->head + size;
}

/* Records follow one another from here on, or one and the end. */
static bool is_chain(struct records *r)
{
    uint32_t before_s = 0;
    size_t at = 0;

    for (int i = 0; i < CHAIN; i++) {
        const uint8_t *head = window_look(&r->window, at + r->head);
        uint32_t s;

        if (!head)
            return i > 0 && window_left(&r->window) == at;
        s = get32(r, head + at);
        if (!is_sound(r, head + at) ||
            (i > 0 && (s > before_s ? s - before_s : before_s - s) > APART_S))
            return false;
        before_s = s;
        at += r->head + caplen_of(r, head + at);
    }
    return true;
}

/* From within the record before on, whose length may be what is damaged. */
static bool find_next(struct records *r)
{
    size_t back = r->last;

    window_back(&r->window, back);
    r->last = 0;
    while (window_look(&r->window, r->head)) {
        if (is_chain(r)) {
            r->damages++;
            return true;
        }
        window_pass(&r->window, 1);
        window_let_go(&r->window);
        if (back > 0)
            back--;
        else
            r->damaged_bytes++;
    }
    return false;
}

static int give(struct records *r, const uint8_t *record,
                struct blocks_packet *p)
{
    *p = (struct blocks_packet){
        .link = r->link,
        .s = get32(r, record),
        .ns = (int64_t)get32(r, record + 4) * (1000000000 / r->per_second),
        .frame = record + r->head,
        .caplen = caplen_of(r, record),
        .len = get32(r, record + 12),
    };
    window_pass(&r->window, r->head);
    window_let_go(&r->window);
    window_pass(&r->window, p->caplen);
    r->last = p->caplen;
    return 1;
}

int records_next(struct records *r, struct blocks_packet *p,
                 char why[BLOCKS_WHY])
{
    do {
        const uint8_t *head = window_look(&r->window, r->head);

        if (!head && window_left(&r->window) == 0 && !ferror(r->window.from))
            return 0;
        if (head && is_taken(r, head)) {
            /* What was looked at may have moved. */
            head = window_look(&r->window, r->head);
            head = window_look(&r->window, r->head + caplen_of(r, head));
            if (head)
                return give(r, head, p);
        }
    } while (!r->window.poor && find_next(r));
    snprintf(why, BLOCKS_WHY,
             r->window.poor           ? "out of memory"
             : ferror(r->window.from) ? "it cannot be read further"
                                      : "it ends inside a packet");
    return -1;
}
