/* SPDX-License-Identifier: BSD-2-Clause */
/* How a machine moves its alarm, of which it keeps when it rings. */
#ifndef SMTP_ALARM_H
#define SMTP_ALARM_H

#include "smtp/machine.h"

/* ASK_WAKE, where it does not ring at that time already. */
static inline struct ask ask_wake_at(int64_t *alarm_ns, int64_t at_ns)
{
    if (*alarm_ns == at_ns)
        return (struct ask){.kind = ASK_NOTHING};
    *alarm_ns = at_ns;
    return (struct ask){.kind = ASK_WAKE, .at_ns = at_ns};
}

/* Likewise, but moves it only where it would ring too late, or for nothing: one
 * that rings early costs less than moving it each time. */
static inline struct ask ask_wake_by(int64_t *alarm_ns, int64_t at_ns)
{
    if (at_ns != NEVER_NS && at_ns >= *alarm_ns)
        return (struct ask){.kind = ASK_NOTHING};
    return ask_wake_at(alarm_ns, at_ns);
}

#endif
