/* SPDX-License-Identifier: BSD-2-Clause */
/* What a report is of, in a line: "Sweep: mode × rtt, 12000 rows". */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "bench/tell/report_inner.h"

enum { SAID = 90 }; /* of a command */

const char *report_name(const struct report *r)
{
    const char *end = strrchr(r->folder, '/');

    return end && end[1] ? end + 1 : r->folder;
}

/* "mode × rtt": what has more than one value. */
static void put_axes(const struct report *r, FILE *to)
{
    size_t n = 0;

    for (size_t i = 0; i < r->axes; i++)
        if (json_object_size(r->axis[i].values) > 1)
            fprintf(to, "%s%s", n++ ? " × " : "", r->axis[i].name);
    if (n == 0)
        fputs("one cell", to);
}

/* As much of the words behind a subcommand as a line has room for, but for
 * where the results went. */
static void put_words(const char *words, FILE *to)
{
    size_t used = 0;

    while (*(words += strspn(words, " "))) {
        size_t len = strcspn(words, " ");

        if (len == 5 && strncmp(words, "--out", len) == 0) {
            words += len + strspn(words + len, " ");
            words += strcspn(words, " ");
            continue;
        }
        if (used + len > SAID) {
            fputs(" …", to);
            return;
        }
        fprintf(to, " %.*s", (int)len, words);
        used += len + 1;
        words += len;
    }
}

/* "Run: --mode early"; "MX: hosts.yaml". */
static void put_command(const struct report *r, FILE *to)
{
    const char *verb = report_text_of(r, "command");
    const char *words;
    size_t len;

    if (strncmp(verb, "turnaround ", 11) != 0) {
        fprintf(to, "Results: %s", report_name(r));
        return;
    }
    verb += 11;
    len = strcspn(verb, " ");
    words = verb + len;
    if (strncmp(verb, "mx ", 3) == 0)
        fputs("MX", to);
    else if (len > 0)
        fprintf(to, "%c%.*s", toupper((unsigned char)*verb), (int)len - 1,
                verb + 1);
    if (table_count(&r->cell) > 0) {
        fputs(": ", to);
        put_axes(r, to);
    } else if (words[strspn(words, " ")]) {
        fputc(':', to);
        put_words(words, to);
    }
}

const char *report_title(const struct report *r, char room[REPORT_ROOM])
{
    size_t rows = report_rows(r);
    FILE *to;

    if (r->claims > 0)
        return "What does a round trip cost?";
    to = fmemopen(room, REPORT_ROOM, "w");
    if (!to)
        abort();
    put_command(r, to);
    fprintf(to, ", %zu row%s", rows, rows == 1 ? "" : "s");
    fclose(to);
    room[REPORT_ROOM - 1] = '\0';
    return room;
}
