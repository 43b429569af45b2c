/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes on their way or waiting to be taken: a buffer that grows. */
#ifndef SIM_BYTES_H
#define SIM_BYTES_H

#include "smtp/machine.h"

struct bytes { /* owned; all zero is empty */
    char *at;
    size_t len, room;
};

int bytes_add(struct bytes *, struct span);  /* -1: ENOMEM, and unchanged */
void bytes_drop(struct bytes *, size_t len); /* the first */
void bytes_free(struct bytes *);

#endif
