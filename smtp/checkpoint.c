/* SPDX-License-Identifier: BSD-2-Clause */
/* Identifiers of transactions. */
#include "smtp/checkpoint.h"

#include <string.h>

/* RFC 1845, 2: atoms with dots between, on both sides of the at sign. */
bool checkpoint_is_id(struct span id)
{
    bool at = false, atom = false;

    if (id.len < 5 || id.len > CHECKPOINT_ID || id.at[0] != '<' ||
        id.at[id.len - 1] != '>')
        return false;
    for (size_t i = 1; i + 1 < id.len; i++) {
        char c = id.at[i];

        if (c <= ' ' || c > '~' || strchr("()<>,;:\\\"/[]?=", c))
            return false;
        if ((c == '@' && at) || ((c == '@' || c == '.') && !atom))
            return false;
        at |= c == '@';
        atom = c != '@' && c != '.';
    }
    return at && atom;
}

/* FNV-1a, with letters as one case: a domain's case means nothing. */
uint64_t checkpoint_client(struct span name)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];

        h = (h ^ (c >= 'A' && c <= 'Z' ? c | 0x20u : c)) *
            UINT64_C(1099511628211);
    }
    return h;
}

struct transaction *checkpoint_find(struct checkpoint *c, struct span id,
                                    uint64_t client)
{
    for (int i = 0; i < CHECKPOINT_SLOTS; i++) {
        struct transaction *t = &c->at[i];

        if (t->state > TRANSACTION_OPEN && client == t->client &&
            id.len == strlen(t->id) && memcmp(id.at, t->id, id.len) == 0)
            return t;
    }
    return NULL;
}

struct transaction *checkpoint_open(struct checkpoint *c, struct span id,
                                    uint64_t client, void **kept)
{
    struct transaction *oldest = NULL;

    for (int i = 0; i < CHECKPOINT_SLOTS; i++) {
        struct transaction *t = &c->at[i];
        uint64_t age = t->state == TRANSACTION_NONE ? 0 : t->age;

        if (t->state != TRANSACTION_OPEN && (!oldest || age < oldest->age)) {
            t->age = age;
            oldest = t;
        }
    }
    if (!oldest)
        return NULL;
    *kept = oldest->kept;
    *oldest = (struct transaction){
        .state = TRANSACTION_OPEN, .client = client, .age = ++c->clock};
    memcpy(oldest->id, id.at, id.len);
    return oldest;
}
