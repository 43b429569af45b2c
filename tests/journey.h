/* SPDX-License-Identifier: BSD-2-Clause */
/* A lab with a ferry and an echo server, for tests that send over it. */
#ifndef TESTS_JOURNEY_H
#define TESTS_JOURNEY_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "netem/ferry.h"
#include "tests/lab_help.h"

#define MS 1000000LL
#define PINGS 20

struct journey { /* a lab with a ferry and an echo server */
    struct lab *lab;
    bool gso; /* the lab's */
    struct ferry *ferry;
    pid_t server;
    struct link_params up, down;
    struct ferry_link link;
    struct ferry_config config;
};

struct place {
    int family, type;
};

static inline socklen_t address_of(int family, struct sockaddr_storage *a)
{
    struct sockaddr_in *a4 = (struct sockaddr_in *)a;
    struct sockaddr_in6 *a6 = (struct sockaddr_in6 *)a;

    memset(a, 0, sizeof *a);
    a->ss_family = (sa_family_t)family;
    a4->sin_port = htons(7); /* the same place in both */
    if (family == AF_INET) {
        inet_pton(AF_INET, SERVER4, &a4->sin_addr);
        return sizeof *a4;
    }
    inet_pton(AF_INET6, SERVER6, &a6->sin6_addr);
    return sizeof *a6;
}

static inline int patient_socket(int family, int type)
{
    struct timeval patience = {20, 0};
    int fd = socket(family, type, 0);

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* RFC 862. For TCP one connection after the other, both ways to the end. */
static inline void echo_stream(int listener)
{
    char bytes[4096];
    ssize_t n;

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd == -1)
            continue;
        while ((n = read(fd, bytes, sizeof bytes)) > 0)
            if (write(fd, bytes, (size_t)n) != n)
                break;
        close(fd);
    }
}

static inline void echo_datagrams(int fd)
{
    char bytes[4096];

    for (;;) {
        struct sockaddr_storage from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0,
                             (struct sockaddr *)&from, &len);
        if (n >= 0)
            sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, len);
    }
}

static inline void serve(struct lab *lab, const struct place *p, int ready)
{
    struct sockaddr_storage a;
    socklen_t len = address_of(p->family, &a);
    int fd;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (lab_enter(lab, LAB_SERVER) == -1)
        _exit(1);
    fd = socket(p->family, p->type, 0);
    if (bind(fd, (struct sockaddr *)&a, len) == -1 ||
        (p->type == SOCK_STREAM && listen(fd, 8) == -1))
        _exit(1);
    if (write(ready, "r", 1) != 1)
        _exit(1);
    close(ready);
    if (p->type == SOCK_STREAM)
        echo_stream(fd);
    echo_datagrams(fd);
}

static inline pid_t start_server(struct lab *lab, const struct place *p)
{
    int ready[2];
    char c;
    pid_t pid;

    ck_assert_int_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0)
        serve(lab, p, ready[1]);
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &c, 1), 1);
    close(ready[0]);
    return pid;
}

/* 2 ms and 100 Mbit/s each way; the test may change what it likes. */
static inline void prepare(struct journey *j)
{
    memset(j, 0, sizeof *j);
    j->up.base.delay.ns = j->down.base.delay.ns = 2 * MS;
    j->up.base.rate.bps = j->down.base.rate.bps = 100000000;
    j->link = (struct ferry_link){.up = &j->up, .down = &j->down, .seed = 1};
    j->config = (struct ferry_config){
        .links = &j->link, .links_count = 1, .grace_ns = 10000 * MS};
}

static inline void depart(struct journey *j, enum port_kind kind,
                          const struct place *p)
{
    struct lab_config c = lab_config_default();
    char why[LAB_WHY];

    c.port = kind;
    c.gso = j->gso;
    c.links = &help_link;
    c.links_count = 1;
    j->lab = help_lab(&c);
    j->ferry = ferry_start(j->lab, &j->config, why);
    ck_assert_msg(j->ferry != NULL, "%s", why);
    j->server = start_server(j->lab, p);
    ck_assert_int_eq(lab_enter(j->lab, LAB_CLIENT), 0);
}

static inline struct ferry_report arrive(struct journey *j)
{
    struct ferry_report r;

    ferry_stop(j->ferry, &r);
    kill(j->server, SIGKILL);
    waitpid(j->server, NULL, 0);
    lab_free(j->lab);
    return r;
}

static inline int call(const struct place *p)
{
    struct sockaddr_storage a;
    socklen_t len = address_of(p->family, &a);
    int fd = patient_socket(p->family, p->type);

    ck_assert_msg(connect(fd, (struct sockaddr *)&a, len) == 0, "%s",
                  strerror(errno));
    return fd;
}

static inline int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Sends datagrams of growing size, each after the echo of the one before. */
static inline void ping(const struct journey *j, const struct place *p)
{
    int64_t rtt = j->up.base.delay.ns + j->down.base.delay.ns;
    int fd = call(p);
    char bytes[2000];

    for (int i = 0; i < PINGS; i++) {
        size_t len = 10 + (size_t)i * 70;
        int64_t began = now_ns();
        memset(bytes, i, len);
        ck_assert_int_eq(send(fd, bytes, len, 0), len);
        ck_assert_int_eq(recv(fd, bytes, sizeof bytes, 0), len);
        ck_assert_int_eq(bytes[len - 1], i);
        ck_assert_int_ge(now_ns() - began, rtt);
    }
    close(fd);
}

static inline void check_valid(const struct ferry_report *r)
{
    ck_assert_msg(r->valid, "%s", r->why);
    ck_assert(!r->died);
    for (int way = 0; way < FERRY_WAYS; way++) {
        const struct ferry_way *w = &r->way[way];
        ck_assert_int_ge(w->late_p50_ns, 0);
        ck_assert_int_le(w->late_p50_ns, w->late_p99_ns);
        ck_assert_int_le(w->late_p99_ns, w->late_max_ns);
    }
}

static const struct place datagrams = {AF_INET, SOCK_DGRAM};

/* Sends without waiting; the road is emptied by ferry_stop(). The socket is
 * left open, or echoes would be answered by ICMP. */
static inline int throw_in(int count)
{
    char bytes[100] = {0};
    int fd = call(&datagrams);

    for (int i = 0; i < count; i++)
        ck_assert_int_eq(send(fd, bytes, sizeof bytes, 0), sizeof bytes);
    return fd;
}

#endif
