/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/run/ladders.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/read/chart.h"

/* The secrets of the sessions, where TLS ran; NULL: there are none. */
static struct keylog *keys_of(const struct report *r, const char *captures)
{
    struct keylog *keys = keylog_new();
    char path[2000], why[KEYLOG_WHY];
    int found = -1;

    if (!keys)
        return NULL;
    snprintf(path, sizeof path, "%s/%s/keys.log", r->folder, captures);
    found = access(path, R_OK) == 0 ? keylog_read(keys, path, why) : -1;
    snprintf(path, sizeof path, "%s/keys.log", r->folder);
    if (found < 0 && access(path, R_OK) == 0)
        found = keylog_read(keys, path, why);
    if (found == 0)
        return keys;
    keylog_free(keys);
    return NULL;
}

static const char *text_of(const json_t *row, const char *name)
{
    const char *text = json_string_value(json_object_get(row, name));

    return text ? text : "";
}

/* "lockstep, 3 recipients, RTT 200 ms, kernel: captures/1" */
static char *title_of(const json_t *row, const char *captures)
{
    const char *by = text_of(row, "body_by");
    bool bdat = strcmp(by, "bdat") == 0;
    char *title;
    long long n = json_integer_value(json_object_get(row, "recipients"));

    if (asprintf(&title, "%s%s, %lld recipient%s, RTT %.10g ms, %s: %s",
                 text_of(row, "mode"), bdat ? " by BDAT" : "", n,
                 n == 1 ? "" : "s",
                 json_number_value(json_object_get(row, "rtt_ms")),
                 text_of(row, "world"), captures) < 0)
        abort();
    return title;
}

static char *drawn(const struct conversation *c)
{
    struct chart chart;
    char *svg = NULL;
    size_t size;
    FILE *to = open_memstream(&svg, &size);

    if (!to || chart_init(&chart, c) < 0)
        abort();
    chart_svg(&chart, to);
    chart_release(&chart);
    fclose(to);
    return svg;
}

static void add(struct report *r, const json_t *row, const char *captures)
{
    char path[2000], why[TRACE_WHY];
    struct keylog *keys;
    struct trace *t;

    snprintf(path, sizeof path, "%s/%s/client.pcap", r->folder, captures);
    if (access(path, R_OK) != 0)
        return;
    if (r->charts == LADDERS_MOST) {
        r->charts_left++;
        return;
    }
    keys = keys_of(r, captures);
    t = trace_open_keyed(path, keys, why);
    if (t && trace_count(t) > 0)
        report_add_chart(r, title_of(row, captures), drawn(trace_get(t, 0)));
    trace_free(t);
    keylog_free(keys);
}

/* A row that does not count is run again, into the same folder: what is there
 * now is of the last that names it. */
static bool is_of_another(const struct report *r, size_t i,
                          const char *captures)
{
    while (++i < report_rows(r))
        if (strcmp(text_of(report_row(r, i), "captures"), captures) == 0)
            return true;
    return false;
}

void ladders_add(struct report *r)
{
    for (size_t i = 0; i < report_rows(r); i++) {
        const json_t *row = report_row(r, i);
        const char *captures = text_of(row, "captures");

        if (*captures && *captures != '/' && !strstr(captures, "..") &&
            !is_of_another(r, i, captures))
            add(r, row, captures);
    }
}
