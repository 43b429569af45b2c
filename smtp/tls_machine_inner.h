/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of a machine through TLS share: tls_machine.c hears,
 * tls_machine_ask.c asks. */
#ifndef SMTP_TLS_MACHINE_INNER_H
#define SMTP_TLS_MACHINE_INNER_H

#include "smtp/tls_machine.h"

/* The engine has failed: the machine within hears of it, and the peer gets
 * its alert, a FIN, and some time. */
void tls_machine_fail(struct tls_machine *);

void tls_machine_begin(struct tls_machine *);
void tls_machine_time_handshake(struct tls_machine *);

/* Where 0-RTT data can be said the machine within is told that it may speak. */
void tls_machine_speak_early(struct tls_machine *);

/* Asks the machine within until it wants nothing more. */
void tls_machine_heed(struct tls_machine *);

/* Nothing that was said or heard matters any more. */
void tls_machine_drop(struct tls_machine *);

/* What was lent to the world is said. */
void tls_machine_take_back(struct tls_machine *);

struct ask tls_machine_is_asked(struct machine *);

#endif
