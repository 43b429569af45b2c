/* SPDX-License-Identifier: BSD-2-Clause */
/* Ledgers as tidy CSV: a line for each entry. */
#include "bench/read/show.h"

#include <string.h>

void show_csv_header(FILE *to)
{
    fputs("client,server,start_s,phase,cause,ns,at_most\n", to);
}

/* The names hold no comma that is not ours. */
static void print_name(FILE *to, const char *name)
{
    fprintf(to, strpbrk(name, ",\"") ? ",\"%s\"" : ",%s", name);
}

void show_csv(FILE *to, const struct conversation *c, const struct account *a)
{
    char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];

    endpoint_text(&c->client, client);
    endpoint_text(&c->server, server);
    for (int p = 0; p < PHASE_COUNT; p++)
        for (int k = 0; k < CAUSE_COUNT; k++) {
            if (a->ns[p][k] == 0)
                continue;
            fprintf(to, "%s,%s,%lld.%09lld", client, server,
                    (long long)(c->start_ns / 1000000000),
                    (long long)(c->start_ns % 1000000000));
            print_name(to, phase_name((enum phase)p));
            print_name(to, cause_name((enum cause)k));
            fprintf(to, ",%lld,%s\n", (long long)a->ns[p][k],
                    a->bounded && k == CAUSE_SERVER ? "true" : "false");
        }
}
