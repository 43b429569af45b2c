/* SPDX-License-Identifier: BSD-2-Clause */
/* Single lines of the logs of Postfix and Exim. They hold what strangers sent:
 * nothing is trusted but its shape. */
#include "bench/read/maillog.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST_S = 30 * 86400 }; /* no delivery takes longer */

/* Copies up to `stop`, or a blank; false: it does not fit, or is nothing. */
static bool copy_word(const char *from, const char *stop, char *out,
                      size_t size)
{
    size_t n = strcspn(from, stop);

    if (n == 0 || n >= size)
        return false;
    for (size_t i = 0; i < n; i++)
        out[i] = from[i] > ' ' && from[i] < 127 ? from[i] : '?';
    out[n] = 0;
    return true;
}

/* "12.34" in seconds; `*end` behind it. -1: none. */
static int64_t take_seconds(const char *at, const char **end)
{
    int64_t s = 0, us = 0, unit = 100000;

    *end = at;
    if (!isdigit((unsigned char)*at))
        return -1;
    for (; isdigit((unsigned char)*at); at++)
        s = s < LONGEST_S ? s * 10 + (*at - '0') : s;
    if (*at == '.')
        for (at++; isdigit((unsigned char)*at); at++, unit /= 10)
            us += unit * (*at - '0');
    *end = at;
    return s > LONGEST_S ? -1 : s * 1000000 + us;
}

/* Exim's "1h2m3.4s". */
static int64_t take_exim_time(const char *at)
{
    static const struct {
        char letter;
        int64_t s;
    } unit[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    int64_t sum = -1;

    while (isdigit((unsigned char)*at)) {
        int64_t us = take_seconds(at, &at);
        size_t i = 0;

        while (i < sizeof unit / sizeof unit[0] && unit[i].letter != *at)
            i++;
        if (us < 0 || i == sizeof unit / sizeof unit[0])
            return -1;
        sum = (sum < 0 ? 0 : sum) + us * unit[i].s;
        if (sum > (int64_t)LONGEST_S * 1000000)
            return -1;
        at++;
    }
    return sum;
}

static void clear(struct maillog_line *out)
{
    *out = (struct maillog_line){
        .setup_us = -1, .transfer_us = -1, .whole_us = -1};
}

static int tls_of(const char *at)
{
    return strstr(at, "TLSv1.3") == at || strstr(at, "TLS1.3") == at ? 13 : 12;
}

/* "a/b/c/d" (postconf: delay_logging_resolution_limit). */
static bool take_delays(const char *at, struct maillog_line *out)
{
    int64_t us[4];

    for (int i = 0; i < 4; i++) {
        us[i] = take_seconds(at, &at);
        if (us[i] < 0 || (i < 3 && *at++ != '/'))
            return false;
    }
    out->setup_us = us[2];
    out->transfer_us = us[3];
    return true;
}

/* "Trusted TLS connection established to HOST[IP]:PORT: TLSv1.3 with ..." */
static bool take_tls(const char *at, struct maillog_line *out)
{
    const char *version = strstr(at, ": ");
    size_t len;

    if (!version || !copy_word(at, " ", out->name, sizeof out->name))
        return false;
    len = strlen(out->name);
    if (len < 2 || out->name[len - 1] != ':')
        return false;
    out->name[len - 1] = 0;
    out->tls = tls_of(version + 2);
    out->tls_only = true;
    return true;
}

bool maillog_postfix(const char *line, struct maillog_line *out)
{
    static const char established[] = " TLS connection established to ";
    const char *at = strstr(line, "/smtp["), *relay, *delays;

    clear(out);
    at = at ? strstr(at, "]: ") : NULL;
    if (!at)
        return false;
    at += 3;
    if (strstr(at, established))
        return take_tls(strstr(at, established) + sizeof established - 1, out);
    if (!copy_word(at, ": ", out->id, sizeof out->id))
        return false;
    relay = strstr(at, " relay=");
    delays = relay ? strstr(relay, " delays=") : NULL;
    if (!delays || strstr(relay, " relay=none") == relay ||
        !copy_word(relay + 7, ", ", out->name, sizeof out->name))
        return false;
    at = strstr(relay, " conn_use=");
    out->reused = at && at < delays;
    return take_delays(delays + 8, out);
}

/* "H=mx.example (helo) [192.0.2.1]:25 ": the name and the address. */
static bool take_host(const char *at, struct maillog_line *out)
{
    const char *ip = strchr(at, '[');
    char name[MAILLOG_NAME], address[64];
    size_t len;

    if (!ip || !copy_word(ip, " ", address, sizeof address))
        return false;
    if (*at == '[' || *at == '(' ||
        !copy_word(at, " ", name, sizeof name - sizeof address))
        name[0] = 0;
    len = strlen(address);
    if (address[len - 1] == '*') { /* on a connection kept open */
        address[len - 1] = 0;
        out->reused = true;
    }
    snprintf(out->name, sizeof out->name, "%.63s%.63s", name, address);
    return true;
}

static void take_exim_word(const char *w, struct maillog_line *out)
{
    size_t len = strcspn(w, " ");

    if (w[0] == 'L' && len <= 2 && strchr("*.-", len == 2 ? w[1] : '*'))
        out->pipelining = len == 2 ? w[1] : 'L';
    else if (w[0] == 'K' && len == 1)
        out->chunked = true;
    else if (strncmp(w, "X=TLS", 5) == 0)
        out->tls = tls_of(w + 2);
    else if (strncmp(w, "DT=", 3) == 0)
        out->whole_us = take_exim_time(w + 3);
    else if (strncmp(w, "PS=", 3) == 0)
        copy_word(w + 3, " ", out->steps, sizeof out->steps);
}

/* Words up to the first that a stranger may have written at will. */
static void take_exim_words(const char *at, struct maillog_line *out)
{
    while (*at) {
        if (at[0] == 'C' && at[1] == '=' && at[2] == '"') {
            at = strchr(at + 3, '"'); /* what the server said last */
            if (!at)
                return;
            at++;
        } else if (strncmp(at, "T=\"", 3) == 0) {
            return; /* a message's subject */
        } else {
            take_exim_word(at, out);
        }
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
}

/* "2026-11-22 03:00:00[.123] [+0100] [pid] ID => address ... H=... " */
bool maillog_exim(const char *line, struct maillog_line *out)
{
    static const char *const arrows[] = {" => ", " -> ", " <= "};
    const char *arrow = NULL, *host, *id;
    int which = 0;

    clear(out);
    for (int i = 0; i < 3; i++) {
        const char *at = strstr(line, arrows[i]);

        if (at && (!arrow || at < arrow)) {
            arrow = at;
            which = i;
        }
    }
    host = arrow ? strstr(arrow, " H=") : NULL;
    if (!host || arrow - line > 100)
        return false;
    for (id = arrow; id > line && id[-1] != ' '; id--)
        ;
    if (!copy_word(id, " ", out->id, sizeof out->id) ||
        !take_host(host + 3, out))
        return false;
    out->more = which == 1;
    out->sends = which == 2;
    take_exim_words(host + 1, out);
    return true;
}
