/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts and pictures into a page of HTML, whatever is in them. */
#ifndef BENCH_TELL_HTML_H
#define BENCH_TELL_HTML_H

#include <stdio.h>

/* As content, or in an attribute with double quotes. Bytes that are no UTF-8,
 * and controls, become U+FFFD. */
void html_text(FILE *, const char *);

/* As a relative address: what an address could take for anything else than a
 * file's name is percent-encoded. */
void html_path(FILE *, const char *);

/* An SVG document inside the page, under a name for those who do not see it.
 * `prefix` sets its ids apart from those of other pictures. */
void html_picture(FILE *, const char *svg, const char *prefix,
                  const char *title);

/* The words of a Content-Security-Policy that let this script run and no
 * other: "sha256-...". */
enum { HTML_HASH = 60 };
const char *html_hash(const char *script, char room[HTML_HASH]);

#endif
