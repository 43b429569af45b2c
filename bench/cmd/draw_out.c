/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/cmd/draw_out.h"

#include <stdio.h>

#include "bench/run/draw.h"

struct drawing {
    const char *command;
    int result;
};

static void complain(void *arg, const char *name, const char *title,
                     const struct drawn *d)
{
    struct drawing *w = arg;

    (void)title;
    if (d->state == DRAWN_BY_HAND || d->state == DRAWN_FAILED)
        fprintf(stderr, "%s: %s: %s\n", w->command, name, d->why);
    if (d->state == DRAWN_FAILED)
        w->result = -1;
}

int draw_out(const struct results *r, const char *dir, const char *command)
{
    const unsigned pictures = 1u << PICTURE_SVG | 1u << PICTURE_PNG;
    struct drawing w = {.command = command};
    char to[4200], why[256];

    snprintf(to, sizeof to, "%s/plots", dir);
    if (folder_ensure(to, why, sizeof why) < 0) {
        fprintf(stderr, "%s: %s\n", command, why);
        return -1;
    }
    draw_all(r, to, pictures, complain, &w);
    return w.result;
}
