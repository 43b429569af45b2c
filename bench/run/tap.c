/* SPDX-License-Identifier: BSD-2-Clause */
/* libpcap's loop in a child: pcap(3PCAP). */
#include "bench/run/tap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUFFER_BYTES (32 << 20)
#define LOOK_MS 10 /* how long the kernel may gather packets */

struct tap_post { /* shared */
    int64_t lost;
    bool failed;
    char why[TAP_WHY];
};

struct tap {
    pid_t pid;
    int control; /* a byte comes when it catches; closed: it is to stop */
    struct tap_post *post;
};

static void refuse(struct tap_post *post, const char *what, const char *why)
{
    if (!post->failed)
        snprintf(post->why, TAP_WHY, "capture: %.150s: %.200s", what, why);
    post->failed = true;
}

static pcap_t *open_device(const char *device, struct tap_post *post)
{
    char why[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_create(device, why);

    if (!p) {
        refuse(post, device, why);
        return NULL;
    }
    pcap_set_snaplen(p, 65535);
    pcap_set_buffer_size(p, BUFFER_BYTES);
    pcap_set_timeout(p, LOOK_MS);
    pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
    if (pcap_activate(p) >= 0 && pcap_setnonblock(p, 1, why) == 0)
        return p;
    refuse(post, device, *why ? why : pcap_geterr(p));
    pcap_close(p);
    return NULL;
}

/* Until it is told to stop, and then until nothing is left. */
static void catch_all(pcap_t *p, pcap_dumper_t *to, int control)
{
    struct timeval nap = {0, LOOK_MS * 1000};
    fd_set set;
    int fd = pcap_get_selectable_fd(p), most = fd > control ? fd : control;

    do {
        while (pcap_dispatch(p, -1, pcap_dump, (u_char *)to) > 0)
            continue;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        FD_SET(control, &set);
        nap.tv_usec = LOOK_MS * 1000;
        select(most + 1, &set, NULL, NULL, &nap);
    } while (!FD_ISSET(control, &set));
    usleep(2 * LOOK_MS * 1000); /* the kernel hands over a block by then */
    while (pcap_dispatch(p, -1, pcap_dump, (u_char *)to) > 0)
        continue;
}

static void be_tap(const char *device, const char *path, FILE *file,
                   int control, struct tap_post *post)
{
    struct pcap_stat seen = {0};
    pcap_t *p = open_device(device, post);
    pcap_dumper_t *to = p ? pcap_dump_fopen(p, file) : NULL;

    if (p && !to)
        refuse(post, path, pcap_geterr(p));
    if (to && send(control, "!", 1, MSG_NOSIGNAL) == 1) {
        catch_all(p, to, control);
        errno = 0;
        if (pcap_dump_flush(to) == -1 || ferror(pcap_dump_file(to)))
            refuse(post, path, strerror(errno ? errno : EIO));
        pcap_stats(p, &seen);
        post->lost = seen.ps_drop;
        pcap_dump_close(to);
    }
    if (!to || post->failed)
        unlink(path);
    _exit(0);
}

static void child(struct lab *lab, enum lab_side side, const char *device,
                  const char *path, int control, struct tap_post *post)
{
    /* Behind lab_enter() an ordinary user is in a user namespace of the lab,
     * from which another's descriptors in /proc cannot be opened. */
    FILE *file = fopen(path, "we");

    setsid();
    prctl(PR_SET_NAME, "tap");
    if (!file) {
        refuse(post, path, strerror(errno));
    } else if (lab_enter(lab, side) == -1) {
        refuse(post, device, strerror(errno));
    } else {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_tap(device, path, file, control, post);
    }
    if (file)
        unlink(path);
    _exit(1);
}

/* Others that we have forked may hold our end too. */
static void stop_it(struct tap *t)
{
    if (t->control == -1)
        return;
    shutdown(t->control, SHUT_RDWR);
    close(t->control);
    t->control = -1;
}

static void free_tap(struct tap *t)
{
    stop_it(t);
    while (t->pid > 0 && waitpid(t->pid, NULL, 0) == -1 && errno == EINTR)
        continue;
    if (t->post)
        munmap(t->post, sizeof *t->post);
    free(t);
}

struct tap *tap_start(struct lab *lab, enum lab_side side, const char *device,
                      const char *path, char why[TAP_WHY])
{
    struct tap *t = calloc(1, sizeof *t);
    int pair[2] = {-1, -1};
    char ready;

    if (!t)
        abort();
    t->control = -1;
    t->post = mmap(NULL, sizeof *t->post, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t->post == MAP_FAILED)
        abort();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
        t->control = pair[0];
        t->pid = fork();
        if (t->pid == 0) {
            close(pair[0]);
            child(lab, side, device, path, pair[1], t->post);
        }
        close(pair[1]);
    }
    if (t->pid > 0 && recv(t->control, &ready, 1, 0) == 1)
        return t;
    snprintf(why, TAP_WHY, "%s",
             t->post->failed ? t->post->why : "capture: no process for it");
    free_tap(t);
    return NULL;
}

int64_t tap_stop(struct tap *t, char why[TAP_WHY])
{
    int64_t lost;

    stop_it(t);
    while (waitpid(t->pid, NULL, 0) == -1 && errno == EINTR)
        continue;
    t->pid = 0;
    lost = t->post->failed ? -1 : t->post->lost;
    snprintf(why, TAP_WHY, "%s", t->post->why);
    free_tap(t);
    return lost;
}
