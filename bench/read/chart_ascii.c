/* SPDX-License-Identifier: BSD-2-Clause */
/* The ladder as text. A row is 72 columns:
 *
 *      3 blanks, the time in 9, a blank, the RTT in 6, two blanks, then the
 *      ladder of 45, a blank, and the number of the wait that ends in 5. */
#include "bench/read/chart.h"

#include <string.h>

enum { SHAFT = 43 }; /* between the lifelines */

/* Puts the words into an arrow's shaft, near its tail. */
static void shaft(const struct chart_arrow *a, char out[SHAFT + 1])
{
    char words[SHAFT - 5];
    int n = snprintf(words, sizeof words, "%s%s", a->prefix, a->says);
    size_t len = strlen(words);

    if (n >= (int)sizeof words)
        memcpy(words + len - 3, "...", 3);
    memset(out, '-', SHAFT);
    out[SHAFT] = 0;
    if (a->up) {
        memcpy(out + 2, words, len);
        out[1] = out[len + 2] = ' ';
        out[SHAFT - 1] = '>';
    } else {
        memcpy(out + SHAFT - 2 - len, words, len);
        out[SHAFT - 2] = out[SHAFT - 3 - len] = ' ';
        out[0] = '<';
    }
}

static void print_arrow(const struct chart *ch, const struct chart_arrow *a,
                        FILE *to)
{
    int64_t at_ns = a->up ? a->leaves_ns : a->lands_ns;
    char line[SHAFT + 1], number[32] = "";

    shaft(a, line);
    if (a->wait)
        snprintf(number, sizeof number, " (%zu)", a->wait);
    fprintf(to, "   %9.1f", (double)at_ns / 1e6);
    if (ch->of->rtt_ns > 0)
        fprintf(to, " %6.2f", (double)at_ns / (double)ch->of->rtt_ns);
    else
        fprintf(to, " %6s", "-");
    fprintf(to, "  |%s|%s\n", line, number);
}

/* By when the client hears, or speaks: the reader stands beside it. */
static int64_t seen_ns(const struct chart_arrow *a)
{
    return a->up ? a->leaves_ns : a->lands_ns;
}

/* Arrows in the order of the client's lifeline: leaving orders them at their
 * own sides, so what crosses on the road is put right. */
static void sort_for_client(struct chart_arrow *a, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct chart_arrow moved = a[i];
        size_t k = i;

        for (; k > 0 && (seen_ns(&a[k - 1]) > seen_ns(&moved) ||
                         (seen_ns(&a[k - 1]) == seen_ns(&moved) &&
                          a[k - 1].up && !moved.up));
             k--)
            a[k] = a[k - 1];
        a[k] = moved;
    }
}

static void print_head(const struct chart *ch, FILE *to)
{
    const struct conversation *c = ch->of;

    fprintf(to, "   %9s %6s  %-37s%8s  %s\n", "ms", "RTT", "Client", "Server",
            "wait");
    if (c->rtt_ns <= 0)
        return;
    fprintf(to, "   %9s %6s  |%*s|\n", "", "", SHAFT, "");
}

static void print_tail(const struct chart *ch, FILE *to)
{
    const struct conversation *c = ch->of;

    fprintf(to, "\n   %zu turnaround%s", c->turnarounds,
            c->turnarounds == 1 ? "" : "s");
    if (c->rtt_ns > 0)
        fprintf(to, "; RTT %.1f ms", (double)c->rtt_ns / 1e6);
    if (c->closed_ns != UNKNOWN_NS)
        fprintf(to, "; last reply at %.1f ms", (double)c->closed_ns / 1e6);
    if (c->closed_ns != UNKNOWN_NS && c->rtt_ns > 0)
        fprintf(to, " = %.2f RTT", (double)c->closed_ns / (double)c->rtt_ns);
    fputs(".\n", to);
}

void chart_ascii(const struct chart *ch, FILE *to, size_t rows)
{
    size_t first = ch->count <= rows ? ch->count : rows - rows / 4;
    size_t last = ch->count <= rows ? 0 : rows / 4;

    sort_for_client(ch->arrow, ch->count);
    print_head(ch, to);
    for (size_t i = 0; i < first; i++)
        print_arrow(ch, &ch->arrow[i], to);
    if (last)
        fprintf(to, "   %9s %6s  :  %-*s:\n", "", "", SHAFT - 2, "...");
    for (size_t i = ch->count - last; i < ch->count; i++)
        print_arrow(ch, &ch->arrow[i], to);
    print_tail(ch, to);
}
