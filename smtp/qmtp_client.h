/* SPDX-License-Identifier: BSD-2-Clause */
/* The client half of a QMTP session, as a pure machine on stream 0. A struct
 * client is its record too: whoever runs sessions (smtp/delivery.h) asks the
 * same questions of both, and client_init() makes one or the other by its
 * manner. What is said and heard is of this machine alone: packages, all at
 * once, and the replies to them; no greeting, no offer, no QUIT.
 *
 * Each recipient has a reply: K is noted as 250, Z as 450, D as 550. A message
 * is delivered once somebody has it, and every reply to it is heard. */
#ifndef SMTP_QMTP_CLIENT_H
#define SMTP_QMTP_CLIENT_H

#include "smtp/client.h"

/* Of a client that client_init() has begun to make. */
void qmtp_client_init(struct client *);

#endif
