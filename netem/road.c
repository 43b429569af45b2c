/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop that carries packets: it reads what has arrived, puts it on the
 * links, sleeps until the next is due, and sends it. */
#include "netem/road.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "netem/lane.h"
#include "netem/urgent.h"

#define SPIN_DUTY 10        /* at most one part in so many of the time */
#define FIFO_SPIN_NS 200000 /* a longer spin gains nothing */
#define USER_SPIN_NS                                                           \
    15000              /* what a timer is late; on a busy host, where          \
                          nobody waits for us, more would do harm */
#define NEAR_NS 2000   /* too near to be worth a sleep */
#define DEAF_NS 200000 /* no longer, or buffers might not hold what comes */
#define ROUNDS 4 /* batches read from one port before others have a turn */
#define EVENTS 64
#define CAPTURE_ROOM (64 << 20)

struct road {
    struct lane_shared shared;
    struct lane *lanes; /* of link i: 2i up, then down */
    size_t lanes_count;
    int64_t *due_ns; /* of each lane, together for the sake of the cache */
    int epoll, timer, control;
    int64_t armed_ns; /* what the timer is set to */
    int64_t spin_left_ns, spin_counted_ns;
    int64_t heard_ns; /* all that came before has been read */
    int64_t deaf_ns;  /* what came since then is not due for so long */
    bool fifo, stopping, leave;
    int64_t stop_by_ns, grace_ns;
    struct road_tally *tally;
};

#define TIMER_EVENT UINT64_MAX
#define CONTROL_EVENT (UINT64_MAX - 1)

static int watch(struct road *r, int fd, uint64_t what, uint32_t how)
{
    struct epoll_event e = {.events = EPOLLIN | how, .data.u64 = what};

    return epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &e);
}

static int set_up_waiting(struct road *r)
{
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (r->epoll == -1)
        return -1;
    r->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (r->timer == -1 || watch(r, r->timer, TIMER_EVENT, EPOLLET) == -1)
        return -1;
    if (watch(r, r->control, CONTROL_EVENT, 0) == -1)
        return -1;
    for (size_t i = 0; i < r->lanes_count; i++)
        if (watch(r, r->lanes[i].in->fd, i, 0) == -1)
            return -1;
    r->armed_ns = INT64_MAX;
    return 0;
}

static void arm(struct road *r, int64_t at_ns)
{
    struct itimerspec t = {{0, 0}, {0, 0}};

    if (at_ns == r->armed_ns)
        return;
    r->armed_ns = at_ns;
    if (at_ns != INT64_MAX) {
        t.it_value.tv_sec = at_ns / 1000000000;
        t.it_value.tv_nsec = at_ns % 1000000000;
    }
    timerfd_settime(r->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

static int64_t next_due(const struct road *r)
{
    int64_t due = r->stopping ? r->stop_by_ns : INT64_MAX;

    for (size_t i = 0; i < r->lanes_count; i++)
        if (r->due_ns[i] < due)
            due = r->due_ns[i];
    return due;
}

/* The first byte asks us to stop, the end of file tells that nobody is left
 * to ask. */
static void hear_control(struct road *r, int64_t now_ns)
{
    char c;
    ssize_t n = read(r->control, &c, 1);

    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    r->leave = n <= 0;
    r->stopping = true;
    r->stop_by_ns = now_ns + r->grace_ns;
}

static void send_due(struct road *r)
{
    int64_t now = clock_read_ns(CLOCK_MONOTONIC);

    for (size_t i = 0; i < r->lanes_count; i++) {
        if (r->due_ns[i] > now)
            continue;
        lane_leave(&r->lanes[i], &r->shared, now);
        r->due_ns[i] = link_next_ns(r->lanes[i].link);
    }
}

/* Returns whether all that had come was read. */
static bool drain(struct road *r, size_t i)
{
    bool more = true;

    for (int round = 0; more && round < ROUNDS; round++)
        more = lane_board(&r->lanes[i], &r->shared);
    r->due_ns[i] = link_next_ns(r->lanes[i].link);
    return !more;
}

/* Reads whatever has come; waits for it as epoll_wait(2) does. What is due
 * does not wait for the reading. Returns 1 if all was read, 0 if not; or -1. */
static int hear(struct road *r, int timeout_ms)
{
    struct epoll_event e[EVENTS];
    int n = epoll_wait(r->epoll, e, EVENTS, timeout_ms);
    bool all = n < EVENTS;

    if (n == -1)
        return errno == EINTR ? 0 : -1;
    if (n == 0)
        return 1;
    r->shared.now_ns = clock_sample(&r->shared.clock);
    send_due(r);
    for (int i = 0; i < n; i++) {
        if (e[i].data.u64 == CONTROL_EVENT)
            hear_control(r, r->shared.now_ns);
        else if (e[i].data.u64 == TIMER_EVENT)
            r->armed_ns = -1; /* it rang: to be set again even to the same */
        else
            all &= drain(r, e[i].data.u64);
    }
    return all;
}

/* How long before the due time to stop sleeping. What is not spun is saved,
 * but no more than one whole spin. */
static int64_t spin_budget(struct road *r, int64_t now_ns)
{
    int64_t most = r->fifo ? FIFO_SPIN_NS : USER_SPIN_NS;

    r->spin_left_ns += (now_ns - r->spin_counted_ns) / SPIN_DUTY;
    r->spin_counted_ns = now_ns;
    if (r->spin_left_ns > most)
        r->spin_left_ns = most;
    return r->spin_left_ns > 0 ? r->spin_left_ns : 0;
}

/* Looks at the clock up to the due time, and reads what comes unless there is
 * no need yet. */
static int spin(struct road *r, int64_t lead_ns)
{
    int64_t began = clock_read_ns(CLOCK_MONOTONIC), now = began;
    int64_t due = next_due(r);

    do {
        if (now >= r->heard_ns + r->deaf_ns) {
            int all = hear(r, 0);
            if (all == -1)
                return -1;
            if (all)
                r->heard_ns = now;
            due = next_due(r);
        }
        now = clock_read_ns(CLOCK_MONOTONIC);
    } while (now < due && due - now <= lead_ns + NEAR_NS &&
             now - began <= lead_ns + NEAR_NS && !r->leave);
    r->spin_left_ns -= now - began;
    return 0;
}

/* Waits until something is due; or at least until something has come. Where
 * the due time is so near that nothing that comes meanwhile can be due before,
 * nothing shall wake us: at high rates that is half of all there is to do. */
static int wait_for_due(struct road *r)
{
    int64_t due = next_due(r), now = clock_read_ns(CLOCK_MONOTONIC);
    int64_t lead = spin_budget(r, now), wake = due - lead;

    if (wake - now <= NEAR_NS)
        return spin(r, lead);
    if (wake <= r->heard_ns + r->deaf_ns) {
        struct timespec t = {wake / 1000000000, wake % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        return spin(r, lead);
    }
    arm(r, due == INT64_MAX ? due : wake);
    return hear(r, -1) == -1 ? -1 : 0;
}

static bool is_empty(const struct road *r)
{
    for (size_t i = 0; i < r->lanes_count; i++)
        if (link_inside(r->lanes[i].link) > 0)
            return false;
    return true;
}

/* Asked to stop, we leave no packet behind that came before. */
static bool is_over(struct road *r)
{
    if (r->leave || !r->stopping)
        return r->leave;
    if (clock_read_ns(CLOCK_MONOTONIC) >= r->stop_by_ns)
        return true;
    if (!is_empty(r))
        return false;
    r->shared.now_ns = clock_sample(&r->shared.clock);
    for (size_t i = 0; i < r->lanes_count; i++)
        drain(r, i);
    return is_empty(r);
}

static int carry(struct road *r)
{
    while (!is_over(r)) {
        if (wait_for_due(r) == -1)
            return -1;
        send_due(r);
    }
    return 0;
}

static int refuse(struct road_tally *t, const char *step)
{
    if (t->error)
        return -1;
    t->error = errno ? errno : EIO;
    snprintf(t->why, sizeof t->why, "ferry: %s: %s", step, strerror(t->error));
    return -1;
}

static struct capture *open_file(struct road *r, const char *path,
                                 uint32_t snaplen)
{
    char why[CAPTURE_WHY];
    struct capture *c;

    if (!path || r->tally->error)
        return NULL;
    c = capture_open(r->shared.desk, path, snaplen, why);
    if (!c) {
        r->tally->error = errno;
        snprintf(r->tally->why, sizeof r->tally->why, "capture: %s", why);
    }
    return c;
}

static void open_files(struct road *r, const struct ferry_config *config)
{
    uint32_t snaplen = config->snaplen ? config->snaplen : CAPTURE_SNAPLEN;

    for (size_t i = 0; i < config->links_count; i++) {
        const struct ferry_link *l = &config->links[i];
        struct lane *up = &r->lanes[2 * i], *down = up + 1;
        up->at_in = down->at_out = open_file(r, l->client_pcap, snaplen);
        up->at_out = down->at_in = open_file(r, l->server_pcap, snaplen);
        up->log = down->log = open_file(r, l->packet_log, 0);
        lane_log_head(up, r->shared.clock.at_ns + r->shared.clock.base_ns);
    }
}

static bool wants_files(const struct ferry_config *config)
{
    for (size_t i = 0; i < config->links_count; i++)
        if (config->links[i].client_pcap || config->links[i].server_pcap ||
            config->links[i].packet_log)
            return true;
    return false;
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* How long after it came a packet cannot be due, whatever the chances; known
 * only where the kernel says when it came. */
static int64_t quiet_ns(const struct port *in, const struct link_params *p)
{
    int64_t least = in->kind == PORT_VETH ? DEAF_NS : 0;

    for (size_t i = 0; i <= p->change_count; i++) {
        const struct link_phase *h = i ? &p->change[i - 1] : &p->base;
        if (h->delay.jitter_ns || h->reorder.gap)
            return 0;
        if (h->delay.ns < least)
            least = h->delay.ns;
    }
    return least;
}

static void set_up_lane(struct road *r, const struct lab *lab, size_t i,
                        const struct ferry_link *l, enum ferry_direction way)
{
    struct lane *lane = &r->lanes[2 * i + (way == FERRY_DOWN)];
    bool up = way == FERRY_UP;

    lane->in = lab_port(lab, i, up ? LAB_CLIENT : LAB_SERVER);
    lane->out = lab_port(lab, i, up ? LAB_SERVER : LAB_CLIENT);
    /* Each direction draws its own chances from the one seed. */
    lane->link = link_new(up ? l->up : l->down, 2 * l->seed + !up);
    r->deaf_ns = least_of(r->deaf_ns, quiet_ns(lane->in, up ? l->up : l->down));
    lane->way = way;
    lane->drop = l->drop;
    lane->drop_arg = l->drop_arg;
    lane->count = &r->tally->way[i][way].count;
    lane->late = &r->tally->way[i][way].late;
    if (r->shared.parcels.room < lane->in->most + 1u)
        r->shared.parcels.room = lane->in->most + 1u;
}

static int set_up(struct road *r, const struct lab *lab,
                  const struct ferry_config *config)
{
    r->lanes_count = 2 * config->links_count;
    r->lanes = calloc(r->lanes_count, sizeof *r->lanes);
    r->due_ns = calloc(r->lanes_count, sizeof *r->due_ns);
    r->grace_ns = config->grace_ns;
    r->deaf_ns = DEAF_NS;
    if (!r->lanes || !r->due_ns)
        return refuse(r->tally, "memory");
    for (size_t i = 0; i < config->links_count; i++) {
        set_up_lane(r, lab, i, &config->links[i], FERRY_UP);
        set_up_lane(r, lab, i, &config->links[i], FERRY_DOWN);
    }
    if (lane_prepare(&r->shared) == -1)
        return refuse(r->tally, "memory for packets");
    if (set_up_waiting(r) == -1)
        return refuse(r->tally, "epoll and timerfd");
    if (!wants_files(config))
        return 0;
    r->shared.desk = capture_desk_new(CAPTURE_ROOM);
    if (!r->shared.desk)
        return refuse(r->tally, "the thread that writes captures");
    open_files(r, config);
    return r->tally->error ? -1 : 0;
}

/* From here on packets count; what came before is nobody's. */
static void begin(struct road *r)
{
    int64_t now = clock_sample(&r->shared.clock);

    for (size_t i = 0; i < r->lanes_count; i++) {
        lane_flush(&r->lanes[i], &r->shared);
        link_start(r->lanes[i].link, now);
        r->due_ns[i] = INT64_MAX;
    }
    r->spin_counted_ns = now;
}

static void finish(struct road *r)
{
    struct road_tally *t = r->tally;
    char why[CAPTURE_WHY];
    int64_t lost = 0;

    for (size_t i = 0; r->lanes && i < r->lanes_count; i++)
        lane_finish(&r->lanes[i], &r->shared);
    if (r->shared.desk)
        lost = capture_desk_close(r->shared.desk, why);
    if (lost == -1 && t->error == 0) {
        t->error = errno;
        snprintf(t->why, sizeof t->why, "capture: %s", why);
    }
    t->capture_lost = lost > 0 ? (uint64_t)lost : 0;
    t->clock_steps = r->shared.clock.steps;
    t->fifo = r->fifo;
    t->finished = true;
    lane_release(&r->shared);
    free(r->lanes);
    free(r->due_ns);
}

void road_run(const struct lab *lab, const struct ferry_config *config,
              int control, struct road_tally *tally)
{
    struct road r = {.control = control, .tally = tally};

    clock_sample(&r.shared.clock);
    if (set_up(&r, lab, config) == 0) {
        prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
        r.fifo = urgent_become(!config->no_fifo);
        begin(&r);
        if (write(control, "r", 1) != 1 || carry(&r) == -1)
            refuse(tally, "wait for packets");
    }
    finish(&r);
}
