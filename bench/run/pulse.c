/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/run/pulse.h"

#include "netem/clock.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { BEATS = 300, BEAT_NS = 1000000 };

/* Sleeps until each beat by a timerfd with an absolute deadline, as the road
 * does, and notes how much later it woke up. */
static int beats(double late_us[BEATS])
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    int64_t due = clock_read_ns(CLOCK_MONOTONIC) + BEAT_NS;
    uint64_t expired;

    if (fd < 0)
        return -1;
    for (int i = 0; i < BEATS; i++, due += BEAT_NS) {
        struct itimerspec at = {
            .it_value = {due / 1000000000, due % 1000000000}};

        if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL) ||
            read(fd, &expired, sizeof expired) != sizeof expired) {
            close(fd);
            return -1;
        }
        late_us[i] = (double)(clock_read_ns(CLOCK_MONOTONIC) - due) / 1e3;
    }
    close(fd);
    return 0;
}

static double clock_cost_ns(void)
{
    enum { LOOKS = 20000 };
    int64_t from = clock_read_ns(CLOCK_MONOTONIC), to = from;

    for (int i = 0; i < LOOKS; i++)
        to = clock_read_ns(CLOCK_MONOTONIC);
    return (double)(to - from) / LOOKS;
}

/* The first line of /proc/stat: user nice system idle iowait irq softirq
 * steal, in ticks. */
static double steal_share(void)
{
    FILE *from = fopen("/proc/stat", "r");
    double tick[8], sum = 0, share = NAN;

    if (!from)
        return NAN;
    if (fscanf(from, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &tick[0], &tick[1],
               &tick[2], &tick[3], &tick[4], &tick[5], &tick[6],
               &tick[7]) == 8) {
        for (int i = 0; i < 8; i++)
            sum += tick[i];
        share = sum > 0 ? tick[7] / sum : NAN;
    }
    fclose(from);
    return share;
}

int pulse_take(struct pulse *p)
{
    double late_us[BEATS];
    FILE *from = fopen(
        "/sys/devices/system/clocksource/clocksource0/current_clocksource",
        "r");

    *p = (struct pulse){.steal_share = steal_share()};
    if (from) {
        if (!fgets(p->clock_source, sizeof p->clock_source, from))
            p->clock_source[0] = '\0';
        p->clock_source[strcspn(p->clock_source, "\n")] = '\0';
        fclose(from);
    }
    if (beats(late_us))
        return -1;
    p->late_us = samples_spread(late_us, BEATS);
    p->clock_read_ns = clock_cost_ns();
    return 0;
}
