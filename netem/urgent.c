/* SPDX-License-Identifier: BSD-2-Clause */
/* <sched.h> and the kernel's header with struct sched_attr exclude each other,
 * so this is apart from all else; see sched_setattr(2). */
#include "netem/urgent.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIFO_PRIORITY 10

/* The shortest there is. Who asks for short turns gets them soon: since Linux
 * 6.12 he takes the place of one with a longer turn when he wakes up (EEVDF's
 * PREEMPT_SHORT), if he has not had more than his share. Where all cores are
 * busy this is some 100 us late instead of 3 ms. Older kernels have no such
 * wish, and ignore it. */
#define TURN_NS 100000

static bool ask(struct sched_attr *a)
{
    a->size = sizeof *a;
    return syscall(SYS_sched_setattr, 0, a, 0U) == 0;
}

bool urgent_become(bool fifo)
{
    struct sched_attr first = {.sched_policy = SCHED_FIFO,
                               .sched_priority = FIFO_PRIORITY};
    struct sched_attr brief = {.sched_policy = SCHED_NORMAL,
                               .sched_runtime = TURN_NS};

    if (fifo && ask(&first))
        return true;
    ask(&brief);
    return false;
}
