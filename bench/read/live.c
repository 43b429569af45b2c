/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/live.h"
#include "bench/read/feed.h"
#include "bench/read/packet.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <string.h>
#include <time.h>

enum { SNAPLEN = 262144, WAKE_MS = 100 };
/* VLAN tags shift what comes behind them, so the language needs both. */
static const char tcp_alone[] = "tcp or (vlan and tcp)";

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What a person can do about it. */
static const char *cure(int error)
{
    if (error == PCAP_ERROR_PERM_DENIED ||
        error == PCAP_ERROR_PROMISC_PERM_DENIED)
        return "; it takes root, or CAP_NET_RAW: as root, or with a file from "
               "`tcpdump -w`";
    if (error == PCAP_ERROR_NO_SUCH_DEVICE)
        return "; `ip link` lists the interfaces, `any` is all of them";
    return error == PCAP_ERROR_IFACE_NOT_UP ? "; it is down" : "";
}

static int set_filter(pcap_t *p, const char *interface, const char *filter,
                      char why[TRACE_WHY])
{
    struct bpf_program code;

    if (pcap_compile(p, &code, filter ? filter : tcp_alone, 1,
                     PCAP_NETMASK_UNKNOWN) < 0) {
        snprintf(why, TRACE_WHY, "%s: filter `%.100s`: %s", interface,
                 filter ? filter : tcp_alone, pcap_geterr(p));
        return -1;
    }
    if (pcap_setfilter(p, &code) < 0) {
        snprintf(why, TRACE_WHY, "%s: %s", interface, pcap_geterr(p));
        pcap_freecode(&code);
        return -1;
    }
    pcap_freecode(&code);
    return 0;
}

static int activate(pcap_t *p, const char *interface, const char *filter,
                    char why[TRACE_WHY])
{
    int status, link;

    pcap_set_snaplen(p, SNAPLEN);
    pcap_set_immediate_mode(p, 1);
    pcap_set_buffer_size(p, 16 << 20);
    pcap_set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO);
    status = pcap_activate(p);
    if (status < 0) {
        const char *more = pcap_geterr(p);

        snprintf(why, TRACE_WHY, "%s: %s%s%.100s%s%s", interface,
                 pcap_statustostr(status), more[0] ? " (" : "", more,
                 more[0] ? ")" : "", cure(status));
        return -1;
    }
    link = pcap_datalink(p);
    if (!packet_link_known(link)) {
        snprintf(why, TRACE_WHY, "%s: its link type, %s, cannot be read",
                 interface, pcap_datalink_val_to_name(link));
        return -1;
    }
    return set_filter(p, interface, filter, why);
}

/* Takes what has come. -1: the interface is gone. */
static int take(pcap_t *p, struct feed *f, bool nano,
                const struct live_bounds *b)
{
    struct pcap_pkthdr *h;
    const uint8_t *frame;
    int got;

    while ((got = pcap_next_ex(p, &h, &frame)) == 1) {
        feed_packet(f, pcap_datalink(p), h->ts.tv_sec,
                    nano ? h->ts.tv_usec : h->ts.tv_usec * 1000, frame,
                    h->caplen, h->len);
        if ((b->packets && f->sum->packets >= b->packets) || *b->stop)
            break;
    }
    return got < 0 ? -1 : 0;
}

static int run(pcap_t *p, const char *interface, struct feed *f,
               const struct live_bounds *b, char why[TRACE_WHY])
{
    bool nano = pcap_get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO;
    struct pollfd ready = {pcap_get_selectable_fd(p), POLLIN, 0};
    int64_t end_ns = b->ns ? now_ns() + b->ns : INT64_MAX;
    char error[PCAP_ERRBUF_SIZE];

    if (pcap_setnonblock(p, 1, error) < 0) {
        snprintf(why, TRACE_WHY, "%s: %s", interface, error);
        return -1;
    }
    while (!*b->stop && !(b->packets && f->sum->packets >= b->packets)) {
        int64_t left_ms = (end_ns - now_ns() + 999999) / 1000000;

        if (left_ms <= 0)
            break;
        if (poll(&ready, 1, left_ms < WAKE_MS ? (int)left_ms : WAKE_MS) < 0 &&
            errno != EINTR) {
            snprintf(why, TRACE_WHY, "%s: %s", interface, strerror(errno));
            return -1;
        }
        if (take(p, f, nano, b) < 0) {
            f->sum->truncated = true;
            snprintf(why, TRACE_WHY, "%s: %s", interface, pcap_geterr(p));
            return -1;
        }
    }
    return 0;
}

static uint64_t lost_by(pcap_t *p)
{
    struct pcap_stat s;

    return pcap_stats(p, &s) == 0 ? s.ps_drop : 0;
}

int live_each(const char *interface, const char *filter,
              const struct trace_given *given, const struct live_bounds *b,
              trace_each_fn *each, void *arg, struct trace_sum *sum,
              uint64_t *lost, char why[TRACE_WHY])
{
    char error[PCAP_ERRBUF_SIZE] = "";
    pcap_t *p = pcap_create(interface, error);
    struct feed f;
    int status = -1;

    *lost = 0;
    *sum = (struct trace_sum){0};
    if (!p) {
        snprintf(why, TRACE_WHY, "%s: %s", interface, error);
        return -1;
    }
    if (activate(p, interface, filter, why) == 0) {
        if (feed_init(&f, given, each, arg, sum) == 0) {
            status = run(p, interface, &f, b, why);
            *lost = lost_by(p);
            feed_end(&f);
            feed_release(&f);
        } else {
            snprintf(why, TRACE_WHY, "out of memory");
        }
    }
    pcap_close(p);
    return status;
}
