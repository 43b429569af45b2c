/* SPDX-License-Identifier: BSD-2-Clause */
/* How the server answers who asks what a recipient can take: RCPT with CONNEG
 * or CAPS, VRFY, and XRCAP, whose replies are VRFY's (RFC 5321, 4.3.2). */
#include <stdio.h>

#include "smtp/verbs_inner.h"

/* clang-format off */
#define X(name, text) text,
static const char *const kinds[] = {ABILITIES(X)};
#undef X
/* clang-format on */

const char *ability_name(enum ability_kind k)
{
    return kinds[k];
}

const struct ability *verbs_ability(const struct server *s, struct span of)
{
    const struct directory *d = s->config->directory;

    return d ? d->find(d->arg, of) : NULL;
}

/* What is asked as optional is not refused for want of an answer:
 * draft-ietf-fax-esmtp-conneg-03. */
const char *verbs_ability_refusal(const struct ability *a, int asked, bool rcpt)
{
    bool question = asked >= 0 && asked != SPELLING_OPTIONAL;

    if (!a)
        return question ? "504 not known of this recipient" : NULL;
    if (a->kind == ABILITY_REFUSED || (a->kind == ABILITY_LATE && rcpt))
        return "550 no such user";
    if (a->kind == ABILITY_DEFERRED)
        return "450 try again later";
    if (a->kind == ABILITY_UNSUPPORTED && question)
        return "504 not known of this recipient";
    return NULL;
}

/* RFC 4141 knows CONNEG alone, its draft the two values; CAPS has none. */
bool verbs_asks(struct server *s, struct esmtp_parameter p)
{
    if (span_is(p.keyword, "CAPS"))
        s->asked = SPELLING_CAPS;
    else if (!span_is(p.keyword, "CONNEG"))
        return true;
    else if (span_is(p.value, "OPTIONAL"))
        s->asked = SPELLING_OPTIONAL;
    else if (p.value.len > 0)
        s->asked = SPELLING_REQUIRED;
    else
        s->asked = SPELLING_CONNEG;
    return p.value.len == 0 ||
           (s->asked != SPELLING_CAPS &&
            (span_is(p.value, "OPTIONAL") || span_is(p.value, "REQUIRED")));
}

static const char flood_line[] = "CONNEG (flood=1)";

void verbs_flood(struct server *s)
{
    for (; s->flood_left > 0 && sizeof s->out - s->out_len > 100;)
        verbs_reply(s, HELD, "250%c%s", --s->flood_left > 0 ? '-' : ' ',
                    flood_line);
}

/* `first` is the code and text of the first line; NULL: that of RFC 4141. */
void verbs_tell(struct server *s, enum hold hold, const struct ability *a,
                struct span of, const char *first)
{
    int spelling = s->asked >= 0 ? s->asked : SPELLING_CONNEG;
    const char *filter =
        a->kind == ABILITY_MALFORMED ? "(&(color=Binary)" : a->filter;
    uint32_t ttl_s = s->asked < 0 || spelling == SPELLING_CAPS ? a->ttl_s : 0;
    char line[WIRE_PATH + 40], reply[CONNEG_REPLY];
    size_t len;

    snprintf(line, sizeof line, "250 <%s%.*s> recipient ok",
             a->kind == ABILITY_OTHER ? "not-" : "", (int)of.len, of.at);
    if (!first || a->kind == ABILITY_OTHER)
        first = line;
    if (a->kind == ABILITY_SILENT || a->kind == ABILITY_UNSUPPORTED) {
        verbs_reply(s, hold, "%.500s", first);
        return;
    }
    if (a->kind == ABILITY_FLOODED) {
        verbs_reply(s, hold, "%.3s-%.496s", first, first + 4);
        s->flood_left = ABILITY_FLOOD;
        return;
    }
    len =
        conneg_say(reply, (enum conneg_spelling)spelling, first, filter, ttl_s);
    if (len > 0)
        verbs_lines(s, hold, (struct span){reply, len});
    else /* accepted; what it can take has no form in that spelling */
        verbs_reply(s, hold, "%.500s", first);
}

/* RFC 5321, 4.1.1.6: an address with or without its brackets. */
static struct span bare(struct span path)
{
    if (path.len >= 2 && path.at[0] == '<' && path.at[path.len - 1] == '>')
        return (struct span){path.at + 1, path.len - 2};
    return path;
}

static void answer(struct server *s, enum hold hold, struct span rest,
                   bool offered)
{
    struct span of = bare(rest);
    const struct ability *a = offered ? verbs_ability(s, of) : NULL;
    const char *refusal =
        a ? verbs_ability_refusal(a, SPELLING_CONNEG, false) : NULL;

    s->asked = -1;
    if (rest.len == 0)
        verbs_reply(s, hold, "501 whom?");
    else if (of.len >= WIRE_PATH)
        verbs_reply(s, hold, "501 path too long");
    else if (!a || a->kind == ABILITY_SILENT)
        verbs_reply(s, hold, "252 cannot verify, but will try");
    else if (refusal)
        verbs_reply(s, hold, "%s", refusal);
    else
        verbs_tell(s, hold, a, of, NULL);
}

void verbs_vrfy(struct server *s, struct span rest)
{
    answer(s, AT_ONCE, rest, s->config->offer.has & OFFER_CONNEG);
}

/* It may stand anywhere in a group, as RCPT may: its extension would have to
 * say so, since RFC 2920, 3.1 does not. */
void verbs_xrcap(struct server *s, struct span rest)
{
    if (!(s->config->offer.has & OFFER_XRCAP))
        verbs_reply(s, AT_ONCE, "500 command unrecognized");
    else
        answer(s, HELD, rest, true);
}
