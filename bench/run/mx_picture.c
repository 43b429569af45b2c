/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws the client at the left, the resolver above, the hosts at the right,
 * the best preference first. */
#include "bench/run/mx_picture.h"

#include <stdlib.h>
#include <string.h>

#include "netem/value.h"

enum {
    WIDTH = 960,
    TOP = 150,   /* of the first host */
    PITCH = 104, /* from one host to the next */
    BOX = 84,
    LEFT = 560, /* of the hosts */
    CLIENT = 190,
    TOLD = 6 /* steps along a road; further ones are counted */
};

struct picture {
    FILE *to;
    const struct mx_part *part;
    const struct mx_tally *tally;
    int64_t rtt_ns;                      /* of every road; -1: each its own */
    size_t order[TOPOLOGY_HOSTS], count; /* the hosts that are drawn */
};

static void put(FILE *to, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        case '&':
            fputs("&amp;", to);
            break;
        case '"':
            fputs("&quot;", to);
            break;
        default:
            putc((unsigned char)*text < ' ' ? ' ' : *text, to);
        }
}

static void text(const struct picture *p, double x, double y, const char *class,
                 const char *words)
{
    fprintf(p->to, "<text x='%.0f' y='%.0f' class='%s'>", x, y, class);
    put(p->to, words);
    fputs("</text>\n", p->to);
}

/* The best preference that the message's domain, or whatever it is an alias
 * of, gives to a host; UINT32_MAX: none. */
static uint32_t preference_of(const struct picture *p, size_t host)
{
    const struct topology *t = p->part->topology;
    const char *owner = p->part->message->domain;
    uint32_t best = UINT32_MAX;

    for (size_t hop = 0, i = 0; i < t->zone.record_count && hop < 16; i++) {
        const struct dns_record *r = &t->record[i];

        if (r->type == DNS_CNAME && strcmp(r->owner, owner) == 0) {
            owner = r->target;
            hop++;
            i = SIZE_MAX; /* from the start again */
        }
    }
    for (size_t i = 0; i < t->zone.record_count; i++) {
        const struct dns_record *r = &t->record[i];

        if (r->type == DNS_MX && strcmp(r->owner, owner) == 0 &&
            strcmp(r->target, t->host[host].name) == 0 && r->preference < best)
            best = r->preference;
    }
    if (best == UINT32_MAX && strcmp(owner, t->host[host].name) == 0)
        return 0; /* implicit MX */
    return best;
}

static void choose_hosts(struct picture *p)
{
    uint32_t preference[TOPOLOGY_HOSTS];

    for (size_t i = 0; i < p->part->topology->hosts; i++) {
        size_t k = p->count;

        preference[i] = preference_of(p, i);
        if (preference[i] == UINT32_MAX)
            continue;
        for (; k > 0 && preference[p->order[k - 1]] > preference[i]; k--)
            p->order[k] = p->order[k - 1];
        p->order[k] = i;
        p->count++;
    }
}

static bool took_mail(const struct picture *p, size_t host)
{
    return p->tally->takers >> host & 1;
}

static const char *colour_of(const struct picture *p, size_t host)
{
    if (took_mail(p, host))
        return "#009e73";
    for (size_t i = 0; i < p->tally->steps && i < MX_STEPS; i++)
        if (p->tally->step[i] == host)
            return "#d55e00";
    return "#999999";
}

/* "1: 100 ms, 3: 700 ms" */
static void tell_steps(const struct picture *p, size_t host, double x, double y)
{
    char words[200] = "", time[VALUE_ROOM];
    size_t told = 0, len = 0, all = 0;

    for (size_t i = 0; i < p->tally->steps && i < MX_STEPS; i++) {
        if (p->tally->step[i] != host)
            continue;
        all++;
        if (told == TOLD)
            continue;
        value_print_time(time, p->tally->step_ns[i] / 100000 * 100000);
        len += (size_t)snprintf(words + len, sizeof words - len, "%s%zu: %s",
                                told++ ? ",  " : "", i + 1, time);
        if (len >= sizeof words)
            len = sizeof words - 1;
    }
    if (all > told && len < sizeof words)
        snprintf(words + len, sizeof words - len, ", ... (%zu)", all);
    text(p, x, y, "end way", all ? words : "not asked");
}

static void tell_road(const struct picture *p, const struct topology_road *r,
                      const char *class, double x, double y)
{
    char words[80], rtt[VALUE_ROOM], loss[40] = "";

    value_print_time(rtt, p->rtt_ns >= 0 ? p->rtt_ns : r->rtt_ns);
    if (r->up.base.loss.model != LINK_LOSS_NONE)
        snprintf(loss, sizeof loss, ", with loss");
    snprintf(words, sizeof words, "RTT %s%s", rtt, loss);
    text(p, x, y, class, words);
}

/* The capabilities in two lines. */
static void tell_offer(const struct picture *p, uint32_t has, double x,
                       double y)
{
    char line[80] = "";
    size_t len = 0;

    for (int i = 0; i < OFFER_COUNT; i++) {
        const char *name = offer_name(i);

        if (!(has >> i & 1))
            continue;
        if (len + strlen(name) > 52) {
            text(p, x, y, "small", line);
            y += 16;
            len = 0;
        }
        len += (size_t)snprintf(line + len, sizeof line - len, "%s%s",
                                len ? " " : "", name);
    }
    if (len > 0)
        text(p, x, y, "small", line);
}

static void tell_state(const struct picture *p, const struct topology_host *h,
                       char words[80])
{
    snprintf(words, 80, "%s%s%s%s%s", topology_state_name(h->state),
             h->check == CHECK_PASSES ? "" : ", fails its check",
             p->part->topology->tls && h->tls ? ", through TLS" : "",
             h->guises < 2 ? ""
             : h->pooled   ? ", a pool"
                           : ", changes",
             h->server[0].refusal ? ", turns away" : "");
}

static void draw_host(const struct picture *p, size_t row)
{
    const struct topology *t = p->part->topology;
    size_t i = p->order[row];
    const struct topology_host *h = &t->host[i];
    double y = TOP + (double)row * PITCH, middle = y + BOX / 2.0;
    const char *colour = colour_of(p, i);
    char words[80], title[120];

    fprintf(p->to,
            "<line x1='%d' y1='%.0f' x2='%d' y2='%.0f' stroke='%s' "
            "stroke-width='%d' stroke-dasharray='%s'/>\n"
            "<rect x='%d' y='%.0f' width='%d' height='%d' rx='6' "
            "stroke='%s'/>\n",
            CLIENT, TOP + BOX / 2.0, LEFT, middle, colour,
            took_mail(p, i) ? 4 : 2, h->state == HOST_UP ? "none" : "6,6", LEFT,
            y, WIDTH - LEFT - 20, BOX, colour);
    snprintf(title, sizeof title, "%u  %.60s", preference_of(p, i), h->name);
    text(p, LEFT + 12, y + 22, "host", title);
    tell_state(p, h, words);
    text(p, LEFT + 12, y + 40, "small", words);
    if (h->state == HOST_UP)
        tell_offer(p,
                   t->tls && h->tls ? h->secure[0].offer.has
                                    : h->server[0].offer.has,
                   LEFT + 12, y + 57);
    tell_road(p, &h->road, "end small", LEFT - 10, middle + 17);
    tell_steps(p, i, LEFT - 10, middle + 34);
}

static void draw_client(const struct picture *p)
{
    const struct mx_part *part = p->part;
    char words[120];

    fprintf(p->to,
            "<line x1='%d' y1='%d' x2='%d' y2='84' stroke='#999999' "
            "stroke-width='2'/>\n"
            "<rect x='20' y='%d' width='%d' height='%d' rx='6' "
            "stroke='#0072b2'/>\n"
            "<rect x='20' y='60' width='170' height='44' rx='6' "
            "stroke='#999999'/>\n",
            100, TOP, 100, TOP, CLIENT - 20, BOX);
    text(p, 32, TOP + 22, "host", "client");
    snprintf(words, sizeof words, "%s %s", policy_of(part->policy)->name,
             policy_of(part->policy)->word);
    text(p, 32, TOP + 42, "small", words);
    text(p, 32, TOP + 60, "small", mode_of(part->mode)->name);
    text(p, 32, 79, "host", "resolver");
    tell_road(p, &part->topology->dns_road, "small", 32, 96);
}

static void tell_end(const struct picture *p, double y)
{
    const struct mx_tally *t = p->tally;
    char words[200], time[VALUE_ROOM] = "never";

    if (t->accepted_ns >= 0)
        value_print_time(time, t->accepted_ns / 100000 * 100000);
    snprintf(words, sizeof words,
             "%s; accepted: %s; hosts: %zu; connections: %zu; turnarounds: %zu "
             "(longest chain: %zu)",
             dispatch_end_name(t->end), time, t->hosts, t->connections,
             t->turnarounds, t->longest_chain);
    text(p, 20, y, "way", words);
    text(p, 20, y + 20, "small",
         "numbers: the order of connections, and when each was begun. Green "
         "took the mail, orange was asked.");
}

static void write_wants(const struct picture *p)
{
    char words[200];

    mx_message_text(p->part->message, words, sizeof words);
    text(p, 20, 46, "small", words);
}

/* On a page a style holds for all of it, not for its picture alone (SVG 2, 6):
 * all of this asks for our root. */
static const char style[] =
    "<style>"
    ".topology rect{fill:#ffffff;stroke-width:2}"
    ".topology .title{font-size:20px}"
    ".topology .host{font-size:15px;font-weight:bold}"
    ".topology .small{font-size:12.5px;fill:#333333}"
    ".topology .way{font-size:13px;fill:#000000}"
    ".topology .end{text-anchor:end;paint-order:stroke;stroke:#ffffff;"
    "stroke-width:5px}"
    "</style>\n";

void mx_picture_write(FILE *to, const struct mx_part *part,
                      const struct mx_tally *tally, int64_t rtt_ns)
{
    struct picture p = {
        .to = to, .part = part, .tally = tally, .rtt_ns = rtt_ns};
    double height;

    choose_hosts(&p);
    height = TOP + (double)(p.count > 0 ? p.count : 1) * PITCH + 50;
    fprintf(to,
            "<svg xmlns='http://www.w3.org/2000/svg' class='topology' "
            "width='%d' height='%.0f' viewBox='0 0 %d %.0f' "
            "font-family='Helvetica,Arial,sans-serif'>\n%s"
            "<rect width='%d' height='%.0f' stroke='none'/>\n",
            WIDTH, height, WIDTH, height, style, WIDTH, height);
    text(&p, 20, 26, "title", part->topology->name);
    write_wants(&p);
    for (size_t i = 0; i < p.count; i++)
        draw_host(&p, i);
    draw_client(&p);
    tell_end(&p, height - 36);
    fputs("</svg>\n", to);
}
