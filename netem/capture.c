/* SPDX-License-Identifier: BSD-2-Clause */
/* One thread puts records into a ring, another sorts them and writes. */
#include "netem/capture.h"

#include <assert.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAP_NS 20000000 /* the writer looks for work this often */
#define GRAIN 32        /* records begin here, so that a head always fits */

struct record {
    struct capture *of; /* NULL: nothing up to the end of the ring */
    int64_t stamp_ns;
    uint32_t size; /* in the ring, this head included */
    uint32_t kept, len;
    alignas(8) uint8_t bytes[];
};

static_assert(sizeof(struct record) <= GRAIN, "a head fits in a grain");

struct waiting { /* a record that may yet be overtaken by an older one */
    struct waiting *older, *newer;
    int64_t stamp_ns;
    uint32_t kept, len;
    uint8_t bytes[];
};

struct capture {
    struct capture_desk *desk;
    struct capture *next;
    char *path;
    uint32_t snaplen;
    FILE *file;
    pcap_t *pcap;
    pcap_dumper_t *dumper; /* NULL: text */
    struct waiting *oldest, *newest;
    int64_t written_ns; /* stamp of the last record in the file */
};

struct capture_desk {
    struct capture *captures;
    pthread_t writer;
    sem_t work;
    uint8_t *ring;
    size_t room;
    /* Both only grow; modulo `room` they are places in the ring. The writer
     * moves `tail`, the other thread `head`. */
    alignas(64) _Atomic uint64_t tail;
    alignas(64) _Atomic uint64_t head;
    uint64_t lost_in;  /* no room in the ring; the putting thread's */
    uint64_t lost_out; /* no memory; the writer's */
    bool woken;        /* the putting thread has called since it was half */
    _Atomic bool closing;
    int error; /* of the first refusal; 0: none */
    char why[CAPTURE_WHY];
};

static void refuse(struct capture_desk *d, const char *what, const char *path)
{
    if (d->error)
        return;
    d->error = errno ? errno : EIO;
    snprintf(d->why, sizeof d->why, "%s %s: %s", what, path,
             strerror(d->error));
}

/* The stamps of a file never go back: one that comes too late to be sorted
 * gets the stamp of the one before it. */
static void write_out(struct capture *c, struct waiting *w)
{
    struct pcap_pkthdr h = {.caplen = w->kept, .len = w->len};

    if (w->stamp_ns < c->written_ns)
        w->stamp_ns = c->written_ns;
    c->written_ns = w->stamp_ns;
    /* With nanosecond precision libpcap takes tv_usec for nanoseconds. */
    h.ts.tv_sec = w->stamp_ns / 1000000000;
    h.ts.tv_usec = w->stamp_ns % 1000000000;
    if (c->dumper)
        pcap_dump((u_char *)c->dumper, &h, w->bytes);
    else
        fwrite(w->bytes, 1, w->kept, c->file);
    if (ferror(c->file))
        refuse(c->desk, "write", c->path);
}

static void write_until(struct capture *c, int64_t stamp_ns)
{
    while (c->oldest && c->oldest->stamp_ns <= stamp_ns) {
        struct waiting *w = c->oldest;
        c->oldest = w->newer;
        if (c->oldest)
            c->oldest->older = NULL;
        else
            c->newest = NULL;
        if (c->desk->error == 0)
            write_out(c, w);
        free(w);
    }
}

/* Nearly always the new one is the newest or nearly so. */
static void sort_in(struct capture *c, struct waiting *w)
{
    struct waiting *before = c->newest;

    while (before && before->stamp_ns > w->stamp_ns)
        before = before->older;
    w->older = before;
    w->newer = before ? before->newer : c->oldest;
    if (w->newer)
        w->newer->older = w;
    else
        c->newest = w;
    if (before)
        before->newer = w;
    else
        c->oldest = w;
}

static void take(const struct record *r)
{
    struct capture *c = r->of;
    struct waiting *w = malloc(sizeof *w + r->kept);

    if (!w) {
        c->desk->lost_out++;
        return;
    }
    w->stamp_ns = r->stamp_ns;
    w->kept = r->kept;
    w->len = r->len;
    memcpy(w->bytes, r->bytes, r->kept);
    sort_in(c, w);
    write_until(c, c->newest->stamp_ns - CAPTURE_WINDOW_NS);
}

static void empty_ring(struct capture_desk *d)
{
    uint64_t tail = atomic_load_explicit(&d->tail, memory_order_relaxed);
    uint64_t head = atomic_load_explicit(&d->head, memory_order_acquire);

    while (tail != head) {
        const struct record *r = (const void *)(d->ring + tail % d->room);
        if (r->of)
            take(r);
        tail += r->size;
        atomic_store_explicit(&d->tail, tail, memory_order_release);
    }
}

static void nap(struct capture_desk *d)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_nsec += NAP_NS;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    sem_clockwait(&d->work, CLOCK_MONOTONIC, &t);
}

static void *write_all(void *arg)
{
    struct capture_desk *d = arg;
    bool last;

    do {
        last = atomic_load(&d->closing);
        empty_ring(d);
        if (!last)
            nap(d);
    } while (!last);
    for (struct capture *c = d->captures; c; c = c->next)
        write_until(c, INT64_MAX);
    return NULL;
}

/* Signals are the other thread's business. */
static int start_writer(struct capture_desk *d)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&d->writer, NULL, write_all, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

static void free_desk(struct capture_desk *d)
{
    if (d->ring != MAP_FAILED)
        munmap(d->ring, d->room);
    sem_destroy(&d->work);
    free(d);
}

struct capture_desk *capture_desk_new(size_t room)
{
    struct capture_desk *d = aligned_alloc(alignof(struct capture_desk),
                                           sizeof(struct capture_desk));

    if (!d)
        return NULL;
    memset(d, 0, sizeof *d);
    sem_init(&d->work, 0, 0);
    d->room = (room + 4095) / 4096 * 4096;
    d->ring = mmap(NULL, d->room, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (d->ring != MAP_FAILED) {
        errno = start_writer(d);
        if (errno == 0)
            return d;
    }
    free_desk(d);
    return NULL;
}

static int open_pcap(struct capture *c)
{
    c->pcap = pcap_open_dead_with_tstamp_precision(DLT_RAW, (int)c->snaplen,
                                                   PCAP_TSTAMP_PRECISION_NANO);
    if (c->pcap)
        c->dumper = pcap_dump_fopen(c->pcap, c->file);
    return c->dumper ? 0 : -1;
}

struct capture *capture_open(struct capture_desk *d, const char *path,
                             uint32_t snaplen, char why[CAPTURE_WHY])
{
    struct capture *c = calloc(1, sizeof *c);

    assert(atomic_load(&d->head) == 0);
    if (c)
        c->path = strdup(path);
    if (c && c->path)
        c->file = fopen(path, "we");
    if (!c || !c->path || !c->file) {
        refuse(d, "create", path);
        snprintf(why, CAPTURE_WHY, "%s", d->why);
        if (c)
            free(c->path);
        free(c);
        errno = d->error;
        return NULL;
    }
    c->desk = d;
    c->snaplen = snaplen;
    c->next = d->captures;
    d->captures = c;
    if (snaplen == 0 || open_pcap(c) == 0)
        return c;
    refuse(d, "write", path);
    snprintf(why, CAPTURE_WHY, "%s", d->why);
    errno = d->error;
    return NULL;
}

/* Finds room for `size` bytes in one piece; NULL: there is none. */
static struct record *reserve(struct capture_desk *d, uint32_t size,
                              uint64_t *head)
{
    uint64_t tail = atomic_load_explicit(&d->tail, memory_order_acquire);
    size_t to_end = d->room - *head % d->room, used = *head - tail;
    bool wraps = to_end < size;

    if (used > d->room / 2 && !d->woken)
        sem_post(&d->work);
    d->woken = used > d->room / 2;
    if (used + size + (wraps ? to_end : 0) > d->room)
        return NULL;
    if (wraps) {
        struct record *skip = (void *)(d->ring + *head % d->room);
        skip->of = NULL;
        skip->size = (uint32_t)to_end;
        *head += to_end;
    }
    return (void *)(d->ring + *head % d->room);
}

void capture_put(struct capture *c, int64_t stamp_ns, const void *bytes,
                 uint32_t len)
{
    struct capture_desk *d = c->desk;
    uint64_t head = atomic_load_explicit(&d->head, memory_order_relaxed);
    uint32_t kept = c->dumper && len > c->snaplen ? c->snaplen : len;
    uint32_t size = (sizeof(struct record) + kept + GRAIN - 1) / GRAIN * GRAIN;
    struct record *r = reserve(d, size, &head);

    if (!r) {
        d->lost_in++;
        return;
    }
    r->of = c;
    r->stamp_ns = stamp_ns;
    r->size = size;
    r->kept = kept;
    r->len = len;
    memcpy(r->bytes, bytes, kept);
    atomic_store_explicit(&d->head, head + size, memory_order_release);
}

/* A device such as /dev/full is not ours to remove. */
static void remove_file(const char *path)
{
    struct stat s;

    if (lstat(path, &s) == 0 && S_ISREG(s.st_mode))
        unlink(path);
}

static void close_files(struct capture_desk *d)
{
    for (struct capture *c = d->captures; c; c = c->next) {
        if (fflush(c->file) == EOF || ferror(c->file))
            refuse(d, "write", c->path);
        if (c->dumper)
            pcap_dump_close(c->dumper);
        else
            fclose(c->file);
        if (c->pcap)
            pcap_close(c->pcap);
    }
}

int64_t capture_desk_close(struct capture_desk *d, char why[CAPTURE_WHY])
{
    int64_t lost;
    int error;

    atomic_store(&d->closing, true);
    sem_post(&d->work);
    pthread_join(d->writer, NULL);
    close_files(d);
    while (d->captures) {
        struct capture *c = d->captures;
        d->captures = c->next;
        if (d->error)
            remove_file(c->path);
        free(c->path);
        free(c);
    }
    lost = (int64_t)(d->lost_in + d->lost_out);
    error = d->error;
    snprintf(why, CAPTURE_WHY, "%s", d->why);
    free_desk(d);
    errno = error;
    return error ? -1 : lost;
}
