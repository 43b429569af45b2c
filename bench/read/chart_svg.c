/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder as a picture. Time is to scale, but for stretches in which
 * nothing happens: these are cut short, and marked. */
#include "bench/read/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = 900, CLIENT_X = 190, SERVER_X = 720, TOP = 112, LINE = 14 };
enum { BOTTOM = 64, BAR = 30, SERVER_BAR = 12, LABEL = 62 };

/* A stretch of time, and where it begins on the paper. */
struct knot {
    int64_t at_ns;
    double y;
    bool cut; /* the stretch behind it is shortened */
};

struct paper {
    const struct chart *chart;
    FILE *to;
    struct knot *knot;
    size_t knots;
    double bottom;
    double label_y[2]; /* of the last label of each direction */
};

static int compare_ns(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Longer stretches than this without an event are cut: four round trips, or
 * as long as eight of the usual ones. */
static int64_t longest_stretch(const struct chart *ch, const int64_t *at,
                               size_t n)
{
    int64_t *gap = calloc(n + 1, sizeof *gap), usual_ns = 0;
    int64_t trip_ns = ch->of->rtt_ns > 0 ? ch->of->rtt_ns : 0;
    size_t gaps = 0;

    for (size_t i = 1; gap && i < n; i++)
        if (at[i] - at[i - 1] > trip_ns / 8)
            gap[gaps++] = at[i] - at[i - 1];
    if (gaps) {
        qsort(gap, gaps, sizeof *gap, compare_ns);
        usual_ns = gap[gaps / 2];
    }
    free(gap);
    return 8 * usual_ns > 4 * trip_ns ? 8 * usual_ns : 4 * trip_ns;
}

/* Few flights have room; many get a line of text each, at the least. */
static double height_of(const struct chart *ch)
{
    double n = (double)ch->count;

    return n < 12 ? 420 : n < 60 ? 36 * n : 36 * 60 + 15 * (n - 60);
}

static size_t all_times(const struct chart *ch, int64_t *at)
{
    const struct conversation *c = ch->of;
    size_t n = 0;

    at[n++] = 0;
    for (size_t i = 0; i < ch->count; i++) {
        at[n++] = ch->arrow[i].leaves_ns;
        at[n++] = ch->arrow[i].lands_ns;
        at[n++] = ch->arrow[i].until_ns;
    }
    for (size_t i = 0; i < c->wait_count; i++) {
        at[n++] = c->waits[i].begin_ns;
        at[n++] = c->waits[i].end_ns;
    }
    qsort(at, n, sizeof *at, compare_ns);
    return n;
}

static int lay_time(struct paper *p)
{
    const struct chart *ch = p->chart;
    size_t most = 1 + 3 * ch->count + 2 * ch->of->wait_count, n;
    int64_t *at = calloc(most, sizeof *at), longest_ns, shown_ns = 0;
    double scale;

    p->knot = calloc(most, sizeof *p->knot);
    if (!at || !p->knot) {
        free(at);
        return -1;
    }
    n = all_times(ch, at);
    longest_ns = longest_stretch(ch, at, n);
    for (size_t i = 1; i < n; i++)
        shown_ns +=
            at[i] - at[i - 1] > longest_ns ? longest_ns / 2 : at[i] - at[i - 1];
    scale = shown_ns ? height_of(ch) / (double)shown_ns : 0;
    p->knot[p->knots++] = (struct knot){at[0], TOP, false};
    for (size_t i = 1; i < n; i++) {
        struct knot *last = &p->knot[p->knots - 1];
        int64_t gap_ns = at[i] - at[i - 1];

        last->cut = gap_ns > longest_ns;
        if (gap_ns)
            p->knot[p->knots++] = (struct knot){
                at[i],
                last->y + scale * (double)(last->cut ? longest_ns / 2 : gap_ns),
                false};
    }
    p->bottom = p->knot[p->knots - 1].y;
    free(at);
    return 0;
}

static double y_of(const struct paper *p, int64_t at_ns)
{
    size_t low = 0, high = p->knots - 1;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        *(p->knot[middle].at_ns <= at_ns ? &low : &high) = middle;
    }
    if (low == high || at_ns <= p->knot[low].at_ns)
        return p->knot[low].y;
    if (at_ns >= p->knot[high].at_ns)
        return p->knot[high].y;
    return p->knot[low].y +
           (p->knot[high].y - p->knot[low].y) *
               (double)(at_ns - p->knot[low].at_ns) /
               (double)(p->knot[high].at_ns - p->knot[low].at_ns);
}

static bool in_cut(const struct paper *p, int64_t at_ns)
{
    for (size_t i = 0; i + 1 < p->knots && p->knot[i].at_ns < at_ns; i++)
        if (p->knot[i].cut && p->knot[i + 1].at_ns > at_ns)
            return true;
    return false;
}

static void put_text(FILE *to, const char *text)
{
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", to);
        else if (*text == '<')
            fputs("&lt;", to);
        else if (*text == '>')
            fputs("&gt;", to);
        else if ((unsigned char)*text < ' ' || (unsigned char)*text > 126)
            fputc('?', to);
        else
            fputc(*text, to);
    }
}

static void draw_title(const struct paper *p)
{
    const struct conversation *c = p->chart->of;
    char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];

    fprintf(p->to, "<text x=\"24\" y=\"30\" class=\"title\">%s &#8594; %s",
            endpoint_text(&c->client, client),
            endpoint_text(&c->server, server));
    if (c->banner[0]) {
        fputs("&#160;&#160;<tspan class=\"small\">", p->to);
        put_text(p->to, c->banner);
        fputs("</tspan>", p->to);
    }
    fprintf(p->to, "</text>\n<text x=\"24\" y=\"52\">%zu turnaround%s",
            c->turnarounds, c->turnarounds == 1 ? "" : "s");
    if (c->rtt_ns > 0)
        fprintf(p->to, " &#183; RTT %.*f ms", c->rtt_ns < 1000000 ? 3 : 1,
                (double)c->rtt_ns / 1e6);
    if (c->closed_ns != UNKNOWN_NS)
        fprintf(p->to, " &#183; last reply after %.1f ms",
                (double)c->closed_ns / 1e6);
    if (c->closed_ns != UNKNOWN_NS && c->rtt_ns >= 1000000)
        fprintf(p->to, " = %.2f RTT", (double)c->closed_ns / (double)c->rtt_ns);
    fputs("</text>\n", p->to);
    fprintf(p->to,
            "<text x=\"%d\" y=\"%d\" class=\"head\">client</text>\n"
            "<text x=\"%d\" y=\"%d\" class=\"head\">server</text>\n"
            "<text x=\"%d\" y=\"%d\" class=\"time\">ms</text>\n",
            CLIENT_X, TOP - 22, SERVER_X, TOP - 22, CLIENT_X - BAR - 10,
            TOP - 22);
}

static void draw_lifelines(const struct paper *p)
{
    const int x[] = {CLIENT_X, SERVER_X};

    for (int i = 0; i < 2; i++)
        fprintf(p->to,
                "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%.1f\" "
                "class=\"life\"/>\n",
                x[i], TOP - 14, x[i], p->bottom + 14);
}

/* Stretches that were cut, as a zigzag over both lifelines. */
static void draw_cuts(const struct paper *p)
{
    const int x[] = {CLIENT_X, SERVER_X};

    for (size_t i = 0; i + 1 < p->knots; i++) {
        double y = (p->knot[i].y + p->knot[i + 1].y) / 2;

        if (!p->knot[i].cut)
            continue;
        for (int k = 0; k < 2; k++)
            fprintf(p->to,
                    "<path d=\"M%d %.1f l14 -5 M%d %.1f l14 -5\" "
                    "class=\"cut\"/>\n",
                    x[k] - 7, y, x[k] - 7, y + 6);
        fprintf(p->to,
                "<text x=\"%d\" y=\"%.1f\" class=\"cuttext\">%.1f ms, "
                "shortened</text>\n",
                (CLIENT_X + SERVER_X) / 2, y + 4,
                (double)(p->knot[i + 1].at_ns - p->knot[i].at_ns) / 1e6);
    }
}

/* Whole round trips, as far as they can be told apart. */
static void draw_trips(const struct paper *p)
{
    int64_t trip_ns = p->chart->of->rtt_ns;
    int64_t end_ns = p->knot[p->knots - 1].at_ns;
    double last = -1e9;

    if (trip_ns < 1000000 || end_ns / trip_ns > 100000)
        return; /* it is the hosts that take the time */
    for (int64_t k = 0; k * trip_ns <= end_ns; k++) {
        double y = y_of(p, k * trip_ns);

        if (y - last < 22 || in_cut(p, k * trip_ns))
            continue;
        last = y;
        fprintf(p->to,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" "
                "class=\"trip\"/>\n"
                "<text x=\"%d\" y=\"%.1f\" class=\"small\">%lld RTT</text>\n",
                CLIENT_X, y, SERVER_X + 40, y, SERVER_X + 46, y + 4,
                (long long)k);
    }
}

static void draw_waits(const struct paper *p)
{
    const struct conversation *c = p->chart->of;
    double last = -1e9;

    for (size_t i = 0; i < c->wait_count; i++) {
        const struct wait *w = &c->waits[i];
        int64_t heard_ns = w->heard_ns == UNKNOWN_NS
                               ? w->end_ns
                               : w->heard_ns + 2 * chart_before(c);
        double y = y_of(p, w->begin_ns);
        double end = y_of(p, w->end_ns > heard_ns ? w->end_ns : heard_ns);
        double middle = (y + end) / 2 + 4;

        fprintf(p->to,
                "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
                "class=\"wait%s\"/>\n",
                CLIENT_X - BAR, y, BAR, end > y + 1 ? end - y : 1,
                w->in_tls ? " tls" : "");
        if (middle - last < LINE)
            continue;
        last = middle;
        fprintf(p->to,
                "<text x=\"%d\" y=\"%.1f\" class=\"number\">%zu</text>\n",
                CLIENT_X - BAR / 2, middle, i + 1);
    }
}

/* What the server held on to, as the ledger has it. */
static void draw_thinking(const struct paper *p)
{
    const struct conversation *c = p->chart->of;
    int64_t half_ns = c->up_ns == UNKNOWN_NS ? 0 : c->up_ns / 2;
    int64_t before_ns = chart_before(c);

    for (size_t i = 0; i < c->share_count; i++) {
        const struct share *s = &c->shares[i];
        int64_t sum[CAUSE_COUNT] = {0}, says_ns, held_ns;
        double y, end;

        if (s->kind != SHARE_SERVER)
            continue;
        share_settle(s, c->up_ns, c->down_ns, UNKNOWN_NS, sum);
        held_ns = sum[CAUSE_SERVER] + sum[CAUSE_GREET_PAUSE] + sum[CAUSE_CORK];
        says_ns = s->end_ns + before_ns - half_ns;
        y = y_of(p, says_ns - held_ns);
        end = y_of(p, says_ns);
        if (end - y >= 1)
            fprintf(p->to,
                    "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" "
                    "class=\"think\"/>\n",
                    SERVER_X, y, SERVER_BAR, end - y);
    }
}

/* Rotates with the arrow; left out where the one before is too near. */
static void draw_label(struct paper *p, const struct chart_arrow *a)
{
    double y = y_of(p, a->leaves_ns), end = y_of(p, a->lands_ns);
    double across = (double)(SERVER_X - CLIENT_X);
    double angle = atan2(end - y, across) * 180 / M_PI * (a->up ? 1 : -1);
    double at = y + (end - y) * 0.5;
    char words[LABEL + 1];

    if (at - p->label_y[a->up] < LINE)
        return;
    p->label_y[a->up] = at;
    if (snprintf(words, sizeof words, "%s%s", a->prefix, a->says) >= LABEL)
        strcpy(words + LABEL - 3, "...");
    fprintf(p->to,
            "<text transform=\"translate(%d %.1f) rotate(%.2f)\" "
            "class=\"%s\">",
            (CLIENT_X + SERVER_X) / 2 + (a->up ? -70 : 70),
            at - 4 + (end - y) * (a->up ? -70 : -70) / across, angle,
            a->up ? "says up" : "says down");
    put_text(p->to, words);
    if (a->bytes)
        fprintf(p->to, "<tspan class=\"small\">&#160;(%llu B)</tspan>",
                (unsigned long long)a->bytes);
    fputs("</text>\n", p->to);
}

static void draw_arrow(struct paper *p, const struct chart_arrow *a,
                       double *time_y)
{
    int from = a->up ? CLIENT_X : SERVER_X, to = a->up ? SERVER_X : CLIENT_X;
    int head = a->up ? -9 : 9;
    double y = y_of(p, a->leaves_ns), end = y_of(p, a->lands_ns);
    double until = y_of(p, a->until_ns), slope = (end - y) / (to - from);

    if (until - y > 2) /* a flight that takes its time is a band */
        fprintf(p->to,
                "<path d=\"M%d %.1f L%d %.1f L%d %.1f L%d %.1f Z\" "
                "class=\"band\"/>\n",
                from, y, to, end, to, end + until - y, from, until);
    fprintf(p->to,
            "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" "
            "class=\"arrow %s\"/>\n"
            "<path d=\"M%d %.1f L%d %.1f L%d %.1f Z\" class=\"head%s\"/>\n",
            from, y, to, end, a->up ? "up" : "down", to, end, to + head,
            end + slope * head - 4, to + head, end + slope * head + 4,
            a->up ? "up" : "down");
    y = a->up ? y : end; /* the time at the client's lifeline */
    if (y - *time_y < LINE)
        return;
    *time_y = y;
    fprintf(p->to, "<text x=\"%d\" y=\"%.1f\" class=\"time\">%.1f</text>\n",
            CLIENT_X - BAR - 10, y + 4,
            (double)(a->up ? a->leaves_ns : a->lands_ns) / 1e6);
}

static void draw_legend(const struct paper *p)
{
    double y = p->bottom + 44;

    fprintf(p->to,
            "<rect x=\"24\" y=\"%.1f\" width=\"22\" height=\"12\" "
            "class=\"wait\"/><text x=\"52\" y=\"%.1f\" class=\"small\">"
            "the client waits (numbered)</text>\n"
            "<rect x=\"240\" y=\"%.1f\" width=\"22\" height=\"12\" "
            "class=\"wait tls\"/><text x=\"268\" y=\"%.1f\" class=\"small\">"
            "the same, in a TLS handshake</text>\n"
            "<rect x=\"470\" y=\"%.1f\" width=\"12\" height=\"12\" "
            "class=\"think\"/><text x=\"490\" y=\"%.1f\" class=\"small\">"
            "the server's time, at most</text>\n",
            y - 10, y, y - 10, y, y - 10, y);
}

/* A page may have this picture inside, and a style in a picture holds for the
 * whole page it stands in (SVG 2, 6): all of it asks for our root. */
static const char style[] =
    "<style>\n"
    ".chart text{font-family:Helvetica,Arial,sans-serif;font-size:13px;"
    "fill:#222}\n"
    ".chart .title{font-size:16px;font-weight:bold}\n"
    ".chart .small{font-size:11px;fill:#555;font-weight:normal}\n"
    ".chart .head{font-weight:bold;text-anchor:middle}\n"
    ".chart .time{font-size:11px;fill:#555;text-anchor:end}\n"
    ".chart .life{stroke:#222;stroke-width:1.5}\n"
    ".chart .trip{stroke:#bbb;stroke-width:1;stroke-dasharray:2 4}\n"
    ".chart .wait{fill:#dcdcdc;stroke:#999;stroke-width:.5}\n"
    ".chart .tls{fill:#b9c7d8}\n"
    ".chart .think{fill:#c9752b;fill-opacity:.75}\n"
    ".chart .number{font-size:12px;font-weight:bold;text-anchor:middle}\n"
    ".chart .arrow{stroke-width:1.6}\n"
    ".chart .arrow.up{stroke:#1a4f8b}\n"
    ".chart .arrow.down{stroke:#a8480b;stroke-dasharray:7 3}\n"
    ".chart .headup{fill:#1a4f8b}\n"
    ".chart .headdown{fill:#a8480b}\n"
    ".chart .band{fill:#1a4f8b;fill-opacity:.13}\n"
    ".chart .says{text-anchor:middle;stroke:#fff;stroke-width:4;"
    "paint-order:stroke;stroke-linejoin:round}\n"
    ".chart .cut{stroke:#222;stroke-width:1.2;fill:none}\n"
    ".chart .cuttext{font-size:11px;fill:#555;text-anchor:middle;"
    "font-style:italic}\n"
    "</style>\n";

static void draw(struct paper *p)
{
    double time_y = -1e9;

    fprintf(p->to,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" "
            "width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\">\n%s"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
            WIDE, p->bottom + BOTTOM, WIDE, p->bottom + BOTTOM, style);
    draw_title(p);
    draw_trips(p);
    draw_waits(p);
    draw_thinking(p);
    draw_lifelines(p);
    for (size_t i = 0; i < p->chart->count; i++)
        draw_arrow(p, &p->chart->arrow[i], &time_y);
    for (size_t i = 0; i < p->chart->count; i++)
        draw_label(p, &p->chart->arrow[i]);
    draw_cuts(p);
    draw_legend(p);
    fputs("</svg>\n", p->to);
}

void chart_svg(const struct chart *ch, FILE *to)
{
    struct paper p = {.chart = ch, .to = to, .label_y = {-1e9, -1e9}};

    if (lay_time(&p) == 0)
        draw(&p);
    free(p.knot);
}
