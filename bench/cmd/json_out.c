/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/cmd/json_out.h"

#include <errno.h>
#include <string.h>

#include "bench/tell/folder.h"

static int put(json_t *all, FILE *to)
{
    if (json_dumpf(all, to, JSON_MANNER) < 0 || putc('\n', to) == EOF)
        return -1;
    return fflush(to) == EOF ? -1 : 0;
}

int json_out(const char *command, const char *file, FILE *else_to, json_t *all)
{
    FILE *to = file ? fopen(file, "we") : else_to;
    int result = -1, error;

    errno = all ? errno : ENOMEM;
    if (to && all)
        result = put(all, to);
    error = errno;
    if (file && to && fclose(to) == EOF && result == 0) {
        result = -1;
        error = errno;
    }
    if (result < 0)
        fprintf(stderr, "%s: %s: %s\n", command, file ? file : "JSON",
                strerror(error));
    json_decref(all);
    return result;
}
