/* SPDX-License-Identifier: BSD-2-Clause */
/* What a client may do when the hosts of a domain differ, as data: a row per
 * policy. None of them is forbidden by RFC 5321, 2.2.3, and none is required.
 */
#ifndef SMTP_POLICY_H
#define SMTP_POLICY_H

#include <stdbool.h>

/* clang-format off */
#define POLICIES(X)                                                            \
    X(P0, "first",    NOBODY, FIRST, 0,                                        \
      "use the first host that answers, whatever it offers")                   \
    X(P1, "equals",   EQUALS, FIRST, 0,                                        \
      "leave it, try its equals, then go back to the first")                   \
    X(P2, "backups",  ALL,    FIRST, 0,                                        \
      "as P1, and worse preferences too (RFC 5321, 2.2.3)")                    \
    X(P3, "hold",     EQUALS, FIRST, POLICY_HOLD,                              \
      "as P1, and hold the first session open meanwhile")                      \
    X(P4, "requeue",  NOBODY, FIRST, POLICY_REQUEUE,                           \
      "queue the mail again and try later; fall back in the end")              \
    X(P5, "parallel", EQUALS, FIRST, POLICY_HOLD | POLICY_PARALLEL,            \
      "connect to all equals at once, and use the first that has it")          \
    X(P6, "remember", NOBODY, FIRST, POLICY_REMEMBER,                          \
      "as P0, but first to hosts whose remembered offer has it")               \
    X(P7, "insist",   ALL,    FIRST, POLICY_INSIST,                            \
      "as P2, and never without it, preferred or required (RFC 8689, 4.2.1)")  \
    X(P8, "most",     EQUALS, MOST,  0,                                        \
      "as P1, but go back to the host that has most of what is wanted")

#define X(name, word, search, settle, flags, what) POLICY_##name,
enum policy_id { POLICIES(X) POLICY_COUNT };
#undef X
/* clang-format on */

enum policy_flag {
    POLICY_HOLD = 1,     /* a first session stays open during the search */
    POLICY_REQUEUE = 2,  /* later may be better */
    POLICY_PARALLEL = 4, /* all of a preference at once */
    POLICY_REMEMBER = 8, /* what is remembered orders equals */
    POLICY_INSIST = 16   /* preferred is required */
};

struct policy {
    const char *name, *word, *what;
    /* Who else is asked for what a host lacks: */
    enum policy_search { SEARCH_NOBODY, SEARCH_EQUALS, SEARCH_ALL } search;
    /* and who is settled for where nobody has all of it: the first that was
     * reached, or the one that has most. */
    enum policy_settle { SETTLE_FIRST, SETTLE_MOST } settle;
    unsigned flags; /* POLICY_... */
};

const struct policy *policy_of(enum policy_id);
bool policy_has(enum policy_id, enum policy_flag);

/* By name or word; POLICY_COUNT: there is none. */
enum policy_id policy_named(const char *);

#endif
