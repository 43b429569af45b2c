/* SPDX-License-Identifier: BSD-2-Clause */
/* "HOST:PORT" as people write it <-> endpoints. */
#ifndef BENCH_RUN_ADDRESS_H
#define BENCH_RUN_ADDRESS_H

#include "smtp/machine.h"

#define ADDRESS_WHY 300

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT; a name is looked up by the host's
 * resolver, and its first address is taken. -1 and `why`. */
int address_parse(const char *text, uint16_t default_port, struct endpoint *,
                  char why[ADDRESS_WHY]);

/* The host's part of such a text, as it is written; "": there is none. */
void address_host(const char *text, char *host, size_t room);

bool address_is_loopback(struct endpoint); /* 127.0.0.0/8 or ::1 */

#endif
