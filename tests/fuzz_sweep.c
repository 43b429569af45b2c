/* SPDX-License-Identifier: BSD-2-Clause */
/* Sweeps of any text: refused with a reason, or with
 * cells whose scenarios can be asked for, and a shape that JSON keeps.
 * Runs in a check: 5000 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/run/sweep.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void look(const struct sweep *s)
{
    struct scenario one;
    char why[SWEEP_WHY] = "";

    for (uint64_t i = 0; i < s->cells && i < 3; i++) {
        uint64_t run = sweep_run_at(s, i % s->mine);

        if (sweep_at_of(s, run) != (int64_t)(i % s->mine))
            abort();
        if (sweep_scenario(s, run / (uint64_t)s->repeat, 1, &one, why) < 0 &&
            !*why)
            abort();
        scenario_release(&one);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[SWEEP_WHY] = "", file[64];
    int fd = memfd_create("sweep", MFD_CLOEXEC);
    struct sweep s, again;
    json_t *all;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
    sweep_init(&s);
    if (sweep_file(&s, file, why) == 0 && sweep_finish(&s, why) == 0) {
        look(&s);
        all = sweep_to_json(&s);
        sweep_init(&again);
        if (!all || sweep_from_json(&again, all, why) < 0 ||
            sweep_finish(&again, why) < 0 || again.runs != s.runs)
            abort();
        json_decref(all);
        sweep_release(&again);
    } else if (!*why) {
        abort();
    }
    sweep_release(&s);
    close(fd);
    return 0;
}
