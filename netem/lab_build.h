/* SPDX-License-Identifier: BSD-2-Clause */
/* Building a lab: what the short-lived child of lab_new() does. */
#ifndef NETEM_LAB_BUILD_H
#define NETEM_LAB_BUILD_H

#include "netem/lab.h"
#include "netem/lab_pin.h"

/* Lies in memory that builder and caller share; so do the descriptors. */
struct lab_site {
    int user;               /* the user namespace of our own; -1: none */
    int ns[LAB_SIDES];      /* network namespaces; -1: not yet */
    int netlink[LAB_SIDES]; /* a socket in each */
    int control[LAB_SIDES]; /* a socket for ioctl(2) in each */
    int error;              /* errno of a refusal; -1: the builder died */
    char why[LAB_WHY];
    struct pins pins;
    size_t links_count;
    struct port ports[]; /* of link i: 2i towards the client, then server */
};

/* Leaves error = 0, or the refusal. Ends in the road's namespace. */
void lab_build(struct lab_site *, const struct lab_config *);

/* Notes why the site cannot be built, with errno, and then what would help.
 * Both return -1. */
int lab_refuse(struct lab_site *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int lab_help(struct lab_site *, const char *text);

/* Moves into a user namespace of our own, with one uid. */
int lab_become_own_user(struct lab_site *, bool map_root);

/* The congestion controls of this kernel, parted by blanks. */
void lab_congestions(char *known, size_t size);

#endif
