/* SPDX-License-Identifier: BSD-2-Clause */
/* Which program this is: "0.1.0", and the commit it was built from where the
 * build could tell ("0.1.0+1a2b3c4", "-dirty" for uncommitted changes). */
#ifndef BENCH_TELL_VERSION_H
#define BENCH_TELL_VERSION_H

const char *turnaround_version(void);

#endif
