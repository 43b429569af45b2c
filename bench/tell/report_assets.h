/* SPDX-License-Identifier: BSD-2-Clause */
/* The page's style and script: bench/tell/report.css and .js, as they are. */
#ifndef BENCH_TELL_REPORT_ASSETS_H
#define BENCH_TELL_REPORT_ASSETS_H

extern const char report_css[], report_js[]; /* end with a zero */

#endif
