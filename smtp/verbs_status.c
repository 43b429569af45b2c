/* SPDX-License-Identifier: BSD-2-Clause */
/* Enhanced status codes (RFC 2034; RFC 3463; RFC 5248), by the reply's code. */
#include <stdlib.h>
#include <string.h>

#include "smtp/verbs_inner.h"

/* clang-format off */
static const struct {
    int code;
    const char *status;
} statuses[] = {
    {235, "2.7.0"}, {421, "4.4.2"}, {450, "4.2.0"}, {451, "4.3.0"},
    {452, "4.5.3"}, {454, "4.7.0"}, {500, "5.5.2"}, {501, "5.5.4"},
    {502, "5.5.1"}, {503, "5.5.1"}, {504, "5.5.4"}, {530, "5.7.0"},
    {535, "5.7.8"}, {538, "5.7.11"}, {550, "5.1.1"}, {552, "5.3.4"},
    {554, "5.5.1"}, {555, "5.5.4"}, {200, "2.0.0"}, {400, "4.0.0"},
    {500, "5.0.0"}, /* of all others of their class */
};
/* clang-format on */

static const char *status_of(int code)
{
    const size_t count = sizeof statuses / sizeof statuses[0];

    for (size_t i = 0; i < count; i++)
        if (statuses[i].code == code ||
            (i >= count - 3 && statuses[i].code / 100 == code / 100))
            return statuses[i].status;
    return NULL; /* 3yz has none: RFC 2034, 4 */
}

/* A text may bring its own: class, dot, digit. */
static bool has_status(const char *reply, size_t len)
{
    return len >= 7 && reply[4] == reply[0] && reply[5] == '.' &&
           reply[6] >= '0' && reply[6] <= '9';
}

size_t verbs_enhance(char *reply, size_t len, size_t room, const char *success)
{
    const char *status = success && reply[0] == '2'
                             ? success
                             : status_of((int)strtol(reply, NULL, 10));
    size_t more = status ? strlen(status) + 1 : 0;

    if (!status || len < 4 || has_status(reply, len) || len + more >= room)
        return len;
    memmove(reply + 4 + more, reply + 4, len - 4 + 1);
    memcpy(reply + 4, status, more - 1);
    reply[4 + more - 1] = ' ';
    return len + more;
}
