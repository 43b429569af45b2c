/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses from text. */
#include "bench/run/address.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bench/run/channel.h"

struct parts {
    char host[256];
    const char *port; /* NULL: none */
};

static bool split(const char *text, struct parts *p)
{
    const char *end = text, *colon = strchr(text, ':');
    bool bracketed = *text == '[';

    if (bracketed) {
        text++;
        end = strchr(text, ']');
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return false;
        p->port = end[1] == ':' ? end + 2 : NULL;
    } else if (colon && !strchr(colon + 1, ':')) {
        end = colon;
        p->port = colon + 1;
    } else { /* a name, or a bare IPv6 address */
        end = text + strlen(text);
        p->port = NULL;
    }
    if (end == text || (size_t)(end - text) >= sizeof p->host)
        return false;
    memcpy(p->host, text, (size_t)(end - text));
    p->host[end - text] = '\0';
    return true;
}

static bool parse_port(const char *text, uint16_t *port)
{
    char *end;
    long n = strtol(text, &end, 10);

    if (*text < '0' || *text > '9' || *end || n < 0 || n > 65535)
        return false;
    *port = (uint16_t)n;
    return true;
}

int address_parse(const char *text, uint16_t default_port, struct endpoint *e,
                  char why[ADDRESS_WHY])
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    struct sockaddr_storage at = {0};
    struct parts p;
    uint16_t port = default_port;
    int error;

    if (!split(text, &p) || (p.port && !parse_port(p.port, &port))) {
        snprintf(why, ADDRESS_WHY,
                 "found \"%.100s\", wanted HOST:PORT, such as 127.0.0.1:2525 "
                 "or [::1]:2525",
                 text);
        return -1;
    }
    error = getaddrinfo(p.host, NULL, &hints, &found);
    if (error) {
        snprintf(why, ADDRESS_WHY, "%.100s: %s", p.host, gai_strerror(error));
        return -1;
    }
    memcpy(&at, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    *e = endpoint_from_sockaddr(&at);
    e->port = port;
    return 0;
}

void address_host(const char *text, char *host, size_t room)
{
    struct parts p;

    snprintf(host, room, "%s", split(text, &p) ? p.host : "");
}

bool address_is_loopback(struct endpoint e)
{
    static const uint8_t v6[16] = {[15] = 1};

    return e.family == 4 ? e.ip[0] == 127 : memcmp(e.ip, v6, 16) == 0;
}
