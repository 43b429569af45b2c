/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of a road's packets, written from a thread of their own, so that
 * whoever puts a packet never waits for a disk: nanosecond pcap of bare IP
 * (DLT_RAW) by libpcap, or lines of text. Records are in order of stamps. */
#ifndef NETEM_CAPTURE_H
#define NETEM_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#define CAPTURE_WHY 300
#define CAPTURE_SNAPLEN 65535 /* whole packets */

/* How far stamps may lie apart and yet come out of order. */
#define CAPTURE_WINDOW_NS 200000000

struct capture_desk; /* a queue and the thread that empties it */
struct capture;      /* one file; belongs to its desk */

/* `room`: bytes that may wait to be written. NULL: errno. */
struct capture_desk *capture_desk_new(size_t room);

/* Adds a file, before the first put: pcap, or text where `snaplen` is 0. A
 * refusal (NULL: errno, and `why`) makes the closing a failure too. */
struct capture *capture_open(struct capture_desk *, const char *path,
                             uint32_t snaplen, char why[CAPTURE_WHY]);

/* Notes a packet of `len` bytes with its CLOCK_REALTIME stamp, or a line of
 * text. Only one thread may put. What finds no room is counted as lost. */
void capture_put(struct capture *, int64_t stamp_ns, const void *bytes,
                 uint32_t len);

/* Writes what waits, closes the files and frees all. Returns how many records
 * were lost; or -1 with errno and `why`: then none of the files is left. */
int64_t capture_desk_close(struct capture_desk *, char why[CAPTURE_WHY]);

#endif
