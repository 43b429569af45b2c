/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/html.h"

#include <openssl/evp.h>
#include <string.h>

/* How long the letter is that begins here (RFC 3629); 0: it is none. */
static size_t letter(const unsigned char *s)
{
    size_t len = s[0] < 0x80   ? 1
                 : s[0] < 0xc2 ? 0
                 : s[0] < 0xe0 ? 2
                 : s[0] < 0xf0 ? 3
                 : s[0] < 0xf5 ? 4
                               : 0;

    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return len;
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
    case '\t':
        return " ";
    default:
        return (unsigned char)c < ' ' || c == 0x7f ? "\uFFFD" : NULL;
    }
}

void html_text(FILE *to, const char *s)
{
    while (*s) {
        size_t len = letter((const unsigned char *)s);
        const char *as = len == 1 ? entity(*s) : len ? NULL : "\uFFFD";

        if (as)
            fputs(as, to);
        else
            fwrite(s, 1, len, to);
        s += len ? len : 1;
    }
}

void html_path(FILE *to, const char *s)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";

    for (; *s; s++)
        if (strchr(plain, *s))
            fputc(*s, to);
        else
            fprintf(to, "%%%02X", (unsigned)(unsigned char)*s);
}

/* Behind each of these stands the name of an id. */
static const char *const before_id[] = {" id=\"", " id='", "href=\"#",
                                        "href='#", "url(#"};

static size_t names_id(const char *s)
{
    for (size_t i = 0; i < sizeof before_id / sizeof before_id[0]; i++)
        if (strncmp(s, before_id[i], strlen(before_id[i])) == 0)
            return strlen(before_id[i]);
    return 0;
}

void html_picture(FILE *to, const char *svg, const char *prefix,
                  const char *title)
{
    const char *s = strstr(svg, "<svg");

    if (!s)
        return;
    fputs("<svg role=\"img\" aria-label=\"", to);
    html_text(to, title);
    fputc('"', to);
    for (s += strlen("<svg"); *s;) {
        size_t len = names_id(s);

        fwrite(s, 1, len ? len : 1, to);
        s += len ? len : 1;
        if (len)
            fprintf(to, "%s-", prefix);
    }
}

const char *html_hash(const char *script, char room[HTML_HASH])
{
    unsigned char hash[EVP_MAX_MD_SIZE], text[48];
    unsigned len = 0;

    EVP_Digest(script, strlen(script), hash, &len, EVP_sha256(), NULL);
    EVP_EncodeBlock(text, hash, (int)len);
    snprintf(room, HTML_HASH, "sha256-%s", (char *)text);
    return room;
}
