/* SPDX-License-Identifier: BSD-2-Clause */
/* Nanosecond pcap files of bare IP packets (DLT_RAW), in order of their
 * stamps, written by libpcap from a thread of their own: whoever puts a
 * packet never waits for a disk. */
#ifndef NETEM_CAPTURE_H
#define NETEM_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#define CAPTURE_WHY 300
#define CAPTURE_SNAPLEN 65535 /* whole packets */

struct capture_desk; /* a queue and the thread that empties it */
struct capture;      /* one file; belongs to its desk */

/* `room`: bytes that may wait to be written. NULL: errno. */
struct capture_desk *capture_desk_new(size_t room);

/* Adds a file, before the first packet is put. NULL: errno, and `why`. */
struct capture *capture_open(struct capture_desk *, const char *path,
                             uint32_t snaplen, char why[CAPTURE_WHY]);

/* Notes a packet with its CLOCK_REALTIME stamp. Stamps of one file may come
 * out of order by up to CAPTURE_WINDOW_NS; the file will be in order. Only
 * one thread may put. A packet that finds no room is counted as lost. */
#define CAPTURE_WINDOW_NS 200000000
void capture_put(struct capture *, int64_t stamp_ns, const void *ip,
                 uint32_t len);

/* Writes what waits, closes the files and frees all. Returns how many packets
 * were lost, or -1 with errno and `why`: then none of the files is left. */
int64_t capture_desk_close(struct capture_desk *, char why[CAPTURE_WHY]);

#endif
