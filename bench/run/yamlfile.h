/* SPDX-License-Identifier: BSD-2-Clause */
/* YAML files by libcyaml's schemas. Every refusal says the file, the line, the
 * field, what was found, and what would be accepted; the latter comes from a
 * table of the caller's, since a schema does not know it. (libyaml has taken
 * the names that begin with yaml_.) */
#ifndef BENCH_RUN_YAMLFILE_H
#define BENCH_RUN_YAMLFILE_H

#include <cyaml/cyaml.h>
#include <stddef.h>

#define YAMLFILE_WHY 700

struct yamlfile_accepts { /* ends with a NULL field */
    const char *field;    /* as the file spells it; "" is the whole file */
    const char *accepts;
};

struct yamlfile {     /* a file that was read */
    const char *file; /* borrowed */
    char *text;       /* owned */
    size_t len;
};

/* "-" is standard input. -1 and `why`. */
int yamlfile_read(struct yamlfile *, const char *file, char why[YAMLFILE_WHY]);
void yamlfile_release(struct yamlfile *);

/* Fills `data` by the schema; to be freed with yamlfile_free(). -1 and `why`.
 */
int yamlfile_load(const struct yamlfile *, const cyaml_schema_value_t *,
                  const struct yamlfile_accepts *, void **data,
                  char why[YAMLFILE_WHY]);
void yamlfile_free(const cyaml_schema_value_t *, void *data);

/* The line of the node at a path such as "hosts[1].later.greeting", or of the
 * nearest node above it that is there; from 1. */
size_t yamlfile_line(const struct yamlfile *, const char *path);

#endif
