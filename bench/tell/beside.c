/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/beside.h"

#include "bench/tell/folder.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static void release(struct beside *b)
{
    free(b->path);
    free(b->written);
    *b = (struct beside){0};
}

int beside_open(struct beside *b, const char *folder, const char *name)
{
    int error;

    b->path = folder_path(folder, name);
    if (asprintf(&b->written, "%s/.new.%s", folder, name) < 0)
        abort();
    b->to = fopen(b->written, "we");
    if (b->to)
        return 0;
    error = errno;
    release(b);
    errno = error;
    return -1;
}

int beside_end(struct beside *b)
{
    int error = 0;

    if (!b->to)
        return 0;
    if (fflush(b->to) || ferror(b->to))
        error = errno ? errno : EIO;
    if (fclose(b->to) && !error)
        error = errno;
    b->to = NULL;
    errno = error;
    return error ? -1 : 0;
}

void beside_drop(struct beside *b)
{
    int error = errno;

    beside_end(b);
    unlink(b->written);
    release(b);
    errno = error;
}

int beside_keep(struct beside *b)
{
    if (beside_end(b) < 0 || rename(b->written, b->path) < 0) {
        beside_drop(b);
        return -1;
    }
    release(b);
    return 0;
}
