/* SPDX-License-Identifier: BSD-2-Clause */
/* Topologies of any text: refused with a reason, or whole enough to be put on
 * in the ideal world. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/run/mx.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char why[MX_WHY] = "", file[64];
    int fd = memfd_create("topology", MFD_CLOEXEC);
    struct topology *t;

    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    snprintf(file, sizeof file, "/proc/self/fd/%d", fd);
    t = topology_load(file, why);
    if (!t && !*why)
        abort();
    for (size_t i = 0; t && i < t->message_count && i < 2; i++) {
        struct mx_part part = {t, &t->message[i], t->policy[0], t->mode[0],
                               1, PORT_VETH};
        struct mx_tally tally;

        if (t->message[i].messages * t->message[i].recipients > 100 ||
            t->message[i].body_bytes > 100000 || t->attempts != 1)
            break;
        mx_hosts_expected(&part);
        if (mx_check(t, WORLD_IDEAL, why) == 0 &&
            mx_ideal(&part, &tally, why) == 0 &&
            tally.accepted + tally.deferred + tally.bounced != tally.recipients)
            abort();
    }
    topology_free(t);
    close(fd);
    return 0;
}
