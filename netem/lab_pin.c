/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel settings of a new namespace: written, read back, recorded. See
 * the kernel's Documentation/networking/ip-sysctl.rst. */
#include "netem/lab_pin.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VALUE_MAX sizeof(((struct pin *)0)->value)

const char *lab_side_name(enum lab_side side)
{
    static const char *const names[] = {"client", "server", "road"};

    assert(side < LAB_SIDES);
    return names[side];
}

void pin_note(struct pins *pins, const char *where, const char *name,
              const char *value)
{
    struct pin *p;

    if (pins->count == PIN_MAX)
        return;
    p = &pins->at[pins->count++];
    snprintf(p->where, sizeof p->where, "%s", where);
    snprintf(p->name, sizeof p->name, "%s", name);
    snprintf(p->value, sizeof p->value, "%s", value);
}

/* One blank between words and none at the ends, so that what was written can
 * be compared with what the kernel prints. */
static void squeeze(char *text)
{
    char *to = text;

    for (const char *c = text; *c; c++)
        if (!isspace((unsigned char)*c))
            *to++ = *c;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    if (to > text && to[-1] == ' ')
        to--;
    *to = 0;
}

struct sysctl {
    struct pins *pins;
    enum lab_side side;
    const char *name;  /* with slashes, below /proc/sys */
    const char *value; /* NULL: only to be recorded */
    char *why;
};

static int refuse(const struct sysctl *s, const char *step, const char *help)
{
    int kept = errno;

    snprintf(s->why, LAB_WHY, "%s: %s /proc/sys/%s = %s: %s%s",
             lab_side_name(s->side), step, s->name, s->value ? s->value : "?",
             strerror(kept), help);
    errno = kept;
    return -1;
}

static int differs(const struct sysctl *s, const char *found)
{
    snprintf(s->why, LAB_WHY,
             "%s: /proc/sys/%s was set to %s, but the kernel says %s",
             lab_side_name(s->side), s->name, s->value, found);
    errno = EINVAL;
    return -1;
}

static int write_and_read(const struct sysctl *s, int fd, char *found)
{
    ssize_t n;
    char wanted[VALUE_MAX];

    if (s->value && write(fd, s->value, strlen(s->value)) == -1)
        return refuse(s, "write", "");
    n = pread(fd, found, VALUE_MAX - 1, 0);
    if (n == -1)
        return refuse(s, "read", "");
    found[n] = 0;
    squeeze(found);
    if (!s->value)
        return 0;
    snprintf(wanted, sizeof wanted, "%s", s->value);
    squeeze(wanted);
    return strcmp(wanted, found) == 0 ? 0 : differs(s, found);
}

/* A setting that this kernel does not know is recorded as absent: there is
 * nothing to be pinned then. */
static int pin(const struct sysctl *s)
{
    char path[120], found[VALUE_MAX];
    int fd, ok;

    snprintf(path, sizeof path, "/proc/sys/%s", s->name);
    fd = open(path, (s->value ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    if (fd == -1 && errno == ENOENT) {
        pin_note(s->pins, lab_side_name(s->side), s->name, "absent");
        return 0;
    }
    if (fd == -1)
        return refuse(s, "open",
                      errno == EROFS ? " (a container with /proc/sys mounted "
                                       "read-only?)"
                                     : "");
    ok = write_and_read(s, fd, found);
    close(fd);
    if (ok == 0)
        pin_note(s->pins, lab_side_name(s->side), s->name, found);
    return ok;
}

static const char *flag(bool on)
{
    return on ? "1" : "0";
}

static int pin_list(struct sysctl s, const char *const (*list)[2])
{
    for (; (*list)[0]; list++) {
        s.name = (*list)[0];
        s.value = (*list)[1];
        if (pin(&s) == -1)
            return -1;
    }
    return 0;
}

/* No device may speak unasked: no router solicitation, no duplicate address
 * detection, no link-local address. */
static int pin_ip(struct sysctl s)
{
    char group[24];
    const char *const list[][2] = {
        {"net/ipv6/conf/default/disable_ipv6", "0"},
        {"net/ipv6/conf/default/accept_ra", "0"},
        {"net/ipv6/conf/default/autoconf", "0"},
        {"net/ipv6/conf/default/router_solicitations", "0"},
        {"net/ipv6/conf/default/dad_transmits", "0"},
        {"net/ipv4/conf/all/rp_filter", "0"},
        {"net/ipv4/conf/default/rp_filter", "0"},
        {"net/ipv4/ip_unprivileged_port_start", "0"},
        {"net/ipv4/ping_group_range", group},
        {NULL, NULL}};

    snprintf(group, sizeof group, "%u %u", getegid(), getegid());
    return pin_list(s, list);
}

static int pin_tcp(struct sysctl s, const struct lab_tcp *tcp)
{
    char fastopen[12], ecn[12], syn[12], retries[12];
    const char *const list[][2] = {
        {"net/ipv4/tcp_no_metrics_save", flag(!tcp->metrics_save)},
        {"net/ipv4/tcp_fastopen", fastopen},
        {"net/ipv4/tcp_ecn", ecn},
        {"net/ipv4/tcp_slow_start_after_idle",
         flag(tcp->slow_start_after_idle)},
        {"net/ipv4/tcp_timestamps", flag(tcp->timestamps)},
        {"net/ipv4/tcp_sack", flag(tcp->sack)},
        {"net/ipv4/tcp_window_scaling", flag(tcp->window_scaling)},
        {"net/ipv4/tcp_rmem", tcp->rmem},
        {"net/ipv4/tcp_wmem", tcp->wmem},
        {"net/ipv4/ip_local_port_range", tcp->ports},
        {"net/ipv4/tcp_syn_retries", tcp->syn_retries < 0 ? NULL : syn},
        {"net/ipv4/tcp_retries2", tcp->retries2 < 0 ? NULL : retries},
        {"net/ipv4/tcp_moderate_rcvbuf", NULL},
        {"net/ipv4/tcp_mtu_probing", NULL},
        {"net/ipv4/tcp_autocorking", NULL},
        {"net/ipv4/tcp_limit_output_bytes", NULL},
        {"net/ipv4/tcp_congestion_control", NULL},
        {NULL, NULL}};

    snprintf(fastopen, sizeof fastopen, "%d", tcp->fastopen);
    snprintf(ecn, sizeof ecn, "%d", tcp->ecn);
    snprintf(syn, sizeof syn, "%d", tcp->syn_retries);
    snprintf(retries, sizeof retries, "%d", tcp->retries2);
    return pin_list(s, list);
}

int pin_forwarding(struct pins *pins, enum lab_side side, char why[LAB_WHY])
{
    static const char *const forwarding[][2] = {
        {"net/ipv4/ip_forward", "1"},
        {"net/ipv6/conf/all/forwarding", "1"},
        {NULL, NULL}};
    struct sysctl s = {.pins = pins, .side = side, .why = why};

    return pin_list(s, forwarding);
}

int pin_namespace(struct pins *pins, enum lab_side side,
                  const struct lab_tcp *tcp, char why[LAB_WHY])
{
    static const char *const road[][2] = {
        {"net/ipv6/conf/default/disable_ipv6", "1"}, {NULL, NULL}};
    struct sysctl s = {.pins = pins, .side = side, .why = why};

    if (!tcp)
        return pin_list(s, road);
    if (pin_ip(s) == -1)
        return -1;
    return side == LAB_ROAD ? pin_forwarding(pins, side, why) : pin_tcp(s, tcp);
}
