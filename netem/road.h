/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of a ferry's process: the loop that carries packets. */
#ifndef NETEM_ROAD_H
#define NETEM_ROAD_H

#include "netem/ferry.h"
#include "netem/grade.h"

/* In memory that the ferry and its caller share, so that the counts outlive
 * a ferry that is killed. */
struct road_tally {
    int error; /* errno of a refusal to start, or of a failure; 0: none */
    char why[LAB_WHY];
    bool fifo, finished;
    uint64_t capture_lost, clock_steps;
    size_t links_count;
    struct road_way {
        struct ferry_way count;
        struct grade late;
    } way[][FERRY_WAYS]; /* of each link */
};

/* Carries packets until `control` is readable: a byte means to let the road
 * empty itself, the end of file to leave at once. Writes a byte to it when it
 * begins. */
void road_run(const struct lab *, const struct ferry_config *, int control,
              struct road_tally *);

#endif
