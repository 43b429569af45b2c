/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place where netem/spec reads files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netem/spec.h"

#define FILE_MOST (64 << 20) /* bytes: a trace of hours */

static int refuse(char *why, size_t size, const char *reason)
{
    snprintf(why, size, "%s", reason);
    return -1;
}

static int from_disk(void *unused, const char *path, char **text, size_t *len,
                     char *why, size_t size)
{
    FILE *f = fopen(path, "re");
    size_t room = 0;

    (void)unused;
    *text = NULL;
    *len = 0;
    if (!f)
        return refuse(why, size, strerror(errno));
    do {
        room = room ? 2 * room : 1 << 16;
        *text = realloc(*text, room);
        if (!*text)
            abort();
        *len += fread(*text + *len, 1, room - *len, f);
    } while (*len == room && room < FILE_MOST);
    errno = ferror(f) ? errno : *len == FILE_MOST ? EFBIG : 0;
    fclose(f);
    if (!errno)
        return 0;
    free(*text);
    return refuse(why, size, strerror(errno));
}

int spec_parse(const char *text, struct link_params *p,
               struct spec_error *error)
{
    return spec_parse_with(text, p, error, from_disk, NULL);
}
