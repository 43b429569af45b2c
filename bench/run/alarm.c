/* SPDX-License-Identifier: BSD-2-Clause */
/* A heap of alarms. */
#include "bench/run/alarm.h"

#include <stdlib.h>

static void put(struct alarms *a, size_t place, struct alarm *alarm)
{
    a->heap[place - 1] = alarm;
    alarm->place = place;
}

static void rise(struct alarms *a, struct alarm *alarm)
{
    size_t at = alarm->place;

    for (; at > 1 && a->heap[at / 2 - 1]->at_ns > alarm->at_ns; at /= 2)
        put(a, at, a->heap[at / 2 - 1]);
    put(a, at, alarm);
}

static void sink(struct alarms *a, struct alarm *alarm)
{
    size_t at = alarm->place;

    for (;;) {
        size_t child = 2 * at;

        if (child < a->count &&
            a->heap[child]->at_ns < a->heap[child - 1]->at_ns)
            child++;
        if (child > a->count || a->heap[child - 1]->at_ns >= alarm->at_ns)
            break;
        put(a, at, a->heap[child - 1]);
        at = child;
    }
    put(a, at, alarm);
}

static void take_out(struct alarms *a, struct alarm *alarm)
{
    struct alarm *last = a->heap[a->count - 1];
    size_t place = alarm->place;

    a->count--;
    alarm->place = 0;
    if (last == alarm)
        return;
    put(a, place, last);
    rise(a, last);
    sink(a, last);
}

static int make_room(struct alarms *a)
{
    size_t room = a->room ? a->room * 2 : 64;
    struct alarm **bigger;

    if (a->count < a->room)
        return 0;
    bigger = realloc(a->heap, room * sizeof(*bigger));
    if (!bigger)
        return -1;
    a->heap = bigger;
    a->room = room;
    return 0;
}

int alarm_set(struct alarms *a, struct alarm *alarm, int64_t at_ns)
{
    if (at_ns == INT64_MAX) {
        if (alarm->place > 0)
            take_out(a, alarm);
        return 0;
    }
    alarm->at_ns = at_ns;
    if (alarm->place == 0) {
        if (make_room(a) < 0)
            return -1;
        a->count++;
        put(a, a->count, alarm);
    }
    rise(a, alarm);
    sink(a, alarm);
    return 0;
}

struct alarm *alarm_first(const struct alarms *a)
{
    return a->count > 0 ? a->heap[0] : NULL;
}

void alarms_release(struct alarms *a)
{
    free(a->heap);
    *a = (struct alarms){0};
}
