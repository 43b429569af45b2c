/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of DNS share: servers, what they know, and how they are asked. */
#ifndef TESTS_DNS_HELP_H
#define TESTS_DNS_HELP_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/lookup.h"

static const struct endpoint server_at = {{192, 0, 2, 53}, 4, DNS_PORT};
static const struct endpoint second_at = {{192, 0, 2, 54}, 4, DNS_PORT};

/* clang-format off */
static const struct dns_record records[] = {
    {"foo.example", DNS_MX, 300, 10, "smtp1.foo.example", {0}},
    {"foo.example", DNS_MX, 300, 10, "smtp2.foo.example", {0}},
    {"foo.example", DNS_MX, 300, 20, "backup.foo.example", {0}},
    {"smtp1.foo.example", DNS_A, 300, 0, NULL, {192, 0, 2, 1}},
    {"smtp2.foo.example", DNS_A, 300, 0, NULL, {192, 0, 2, 2}},
    {"smtp2.foo.example", DNS_AAAA, 300, 0, NULL, {0x20, 1, 0xd, 0xb8, [15] = 2}},
    {"backup.foo.example", DNS_A, 300, 0, NULL, {192, 0, 2, 3}},
    {"null.example", DNS_MX, 300, 0, "", {0}},
    {"alias.example", DNS_CNAME, 300, 0, "Alias2.example", {0}},
    {"alias2.example", DNS_CNAME, 300, 0, "FOO.example", {0}},
    {"dangling.example", DNS_CNAME, 300, 0, "nowhere.example", {0}},
    {"self.example", DNS_CNAME, 300, 0, "self.example", {0}},
    {"tick.example", DNS_CNAME, 300, 0, "tock.example", {0}},
    {"tock.example", DNS_CNAME, 300, 0, "tick.example", {0}},
};
/* clang-format on */

static inline struct lookup_config asking(void)
{
    struct lookup_config c;

    lookup_defaults(&c);
    c.servers = &server_at;
    c.server_count = 1;
    return c;
}

#endif
