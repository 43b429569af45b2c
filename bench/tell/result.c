/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/result.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define X(kind, name, unit, help)                                              \
    {#name, COLUMN_##kind, unit, help, offsetof(struct row, name)},
const struct column row_columns[ROW_WIDTH] = {ROW_COLUMNS(X)};
#undef X

static char **text_at(const struct row *r, const struct column *c)
{
    assert(c->kind == COLUMN_TEXT);
    return (char **)((char *)r + c->offset);
}
static int64_t *count_at(const struct row *r, const struct column *c)
{
    assert(c->kind == COLUMN_COUNT);
    return (int64_t *)((char *)r + c->offset);
}
static double *real_at(const struct row *r, const struct column *c)
{
    assert(c->kind == COLUMN_REAL);
    return (double *)((char *)r + c->offset);
}
static enum row_flag *flag_at(const struct row *r, const struct column *c)
{
    assert(c->kind == COLUMN_FLAG);
    return (enum row_flag *)((char *)r + c->offset);
}
/* clang-format on */

void row_init(struct row *r)
{
    for (const struct column *c = row_columns; c < row_columns + ROW_WIDTH; c++)
        switch (c->kind) {
        case COLUMN_TEXT:
            *text_at(r, c) = NULL;
            break;
        case COLUMN_COUNT:
            *count_at(r, c) = ROW_NO_COUNT;
            break;
        case COLUMN_REAL:
            *real_at(r, c) = NAN;
            break;
        case COLUMN_FLAG:
            *flag_at(r, c) = FLAG_UNKNOWN;
            break;
        }
}

void row_release(struct row *r)
{
    for (const struct column *c = row_columns; c < row_columns + ROW_WIDTH; c++)
        if (c->kind == COLUMN_TEXT)
            free(*text_at(r, c));
    row_init(r);
}

/* Memory for a text is a matter of a few bytes: without it nothing goes on. */
static char *text_copy(const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    if (text && !copy)
        abort();
    return copy;
}

void row_copy(struct row *to, const struct row *from)
{
    *to = *from;
    for (const struct column *c = row_columns; c < row_columns + ROW_WIDTH; c++)
        if (c->kind == COLUMN_TEXT)
            *text_at(to, c) = text_copy(*text_at(from, c));
}

void row_text(char **field, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;

    if (format) {
        va_start(arguments, format);
        if (vasprintf(&text, format, arguments) < 0)
            abort();
        va_end(arguments);
    }
    free(*field); /* last: it may be among the arguments */
    *field = text;
}

const struct column *row_column(const char *name)
{
    for (const struct column *c = row_columns; c < row_columns + ROW_WIDTH; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

double row_number(const struct row *r, const struct column *c)
{
    switch (c->kind) {
    case COLUMN_COUNT:
        return *count_at(r, c) == ROW_NO_COUNT ? NAN : (double)*count_at(r, c);
    case COLUMN_REAL:
        return *real_at(r, c);
    case COLUMN_FLAG:
        return *flag_at(r, c) == FLAG_UNKNOWN ? NAN : (double)*flag_at(r, c);
    case COLUMN_TEXT:
        break;
    }
    return NAN;
}

static int parse_count(int64_t *to, const char *value)
{
    char *end;

    errno = 0;
    *to = strtoimax(value, &end, 10);
    return *end || errno || *to == ROW_NO_COUNT ? -1 : 0;
}

static int parse_real(double *to, const char *value)
{
    char *end;

    *to = strtod(value, &end);
    return *end || !isfinite(*to) ? -1 : 0;
}

static int parse_flag(enum row_flag *to, const char *value)
{
    *to = strcmp(value, "true") == 0    ? FLAG_TRUE
          : strcmp(value, "false") == 0 ? FLAG_FALSE
                                        : FLAG_UNKNOWN;
    return *to == FLAG_UNKNOWN ? -1 : 0;
}

static const char *kind_accepts(enum column_kind kind)
{
    return kind == COLUMN_TEXT    ? "a text"
           : kind == COLUMN_COUNT ? "a whole number"
           : kind == COLUMN_REAL  ? "a number"
                                  : "true or false";
}

int row_field_parse(struct row *r, const struct column *c, const char *value,
                    char *why, size_t why_size)
{
    int status = 0;

    if (!*value)
        return 0;
    switch (c->kind) {
    case COLUMN_TEXT:
        free(*text_at(r, c));
        *text_at(r, c) = text_copy(value);
        break;
    case COLUMN_COUNT:
        status = parse_count(count_at(r, c), value);
        break;
    case COLUMN_REAL:
        status = parse_real(real_at(r, c), value);
        break;
    case COLUMN_FLAG:
        status = parse_flag(flag_at(r, c), value);
        break;
    }
    if (status)
        snprintf(why, why_size, "%s: '%.40s' is not %s", c->name, value,
                 kind_accepts(c->kind));
    return status;
}

/* Six decimals are nanoseconds of what is in ms: more would be the noise of
 * binary fractions. */
static double rounded(double n)
{
    return fabs(n) < 1e9 ? round(n * 1e6) / 1e6 : n;
}

const char *row_field_text(const struct row *r, const struct column *c,
                           char *room, size_t room_size)
{
    room[0] = '\0';
    switch (c->kind) {
    case COLUMN_TEXT:
        return *text_at(r, c) ? *text_at(r, c) : room;
    case COLUMN_COUNT:
        if (*count_at(r, c) != ROW_NO_COUNT)
            snprintf(room, room_size, "%" PRId64, *count_at(r, c));
        return room;
    case COLUMN_REAL:
        if (isfinite(*real_at(r, c)))
            snprintf(room, room_size, "%.15g", rounded(*real_at(r, c)));
        return room;
    case COLUMN_FLAG:
        if (*flag_at(r, c) != FLAG_UNKNOWN)
            snprintf(room, room_size, "%s",
                     *flag_at(r, c) == FLAG_TRUE ? "true" : "false");
        return room;
    }
    return room;
}

json_t *json_text(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();

    return value ? value : json_string("(not UTF-8)");
}

static json_t *field_to_json(const struct row *r, const struct column *c)
{
    json_t *value = NULL;

    switch (c->kind) {
    case COLUMN_TEXT:
        return json_text(*text_at(r, c));
    case COLUMN_COUNT:
        if (*count_at(r, c) != ROW_NO_COUNT)
            value = json_integer(*count_at(r, c));
        break;
    case COLUMN_REAL:
        if (isfinite(*real_at(r, c)))
            value = json_real(rounded(*real_at(r, c)));
        break;
    case COLUMN_FLAG:
        if (*flag_at(r, c) != FLAG_UNKNOWN)
            value = json_boolean(*flag_at(r, c) == FLAG_TRUE);
        break;
    }
    return value ? value : json_null();
}

json_t *row_to_json(const struct row *r)
{
    json_t *object = json_object();

    for (const struct column *c = row_columns; c < row_columns + ROW_WIDTH; c++)
        json_object_set_new(object, c->name, field_to_json(r, c));
    return object;
}

static int field_from_json(struct row *r, const struct column *c,
                           const json_t *value, char *why, size_t why_size)
{
    char *found;

    if (!value || json_is_null(value))
        return 0;
    if (c->kind == COLUMN_TEXT && json_is_string(value))
        row_text(text_at(r, c), "%s", json_string_value(value));
    else if (c->kind == COLUMN_COUNT && json_is_integer(value))
        *count_at(r, c) = json_integer_value(value);
    else if (c->kind == COLUMN_REAL && json_is_number(value))
        *real_at(r, c) = json_number_value(value);
    else if (c->kind == COLUMN_FLAG && json_is_boolean(value))
        *flag_at(r, c) = json_is_true(value) ? FLAG_TRUE : FLAG_FALSE;
    else {
        found = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        snprintf(why, why_size, "%s: %.40s is not %s or null", c->name,
                 found ? found : "(unprintable)", kind_accepts(c->kind));
        free(found);
        return -1;
    }
    return 0;
}

int row_from_json(struct row *r, const json_t *object, char *why,
                  size_t why_size)
{
    row_init(r);
    if (!json_is_object(object)) {
        snprintf(why, why_size, "a row must be a JSON object");
        return -1;
    }
    for (const struct column *c = row_columns; c < row_columns + ROW_WIDTH; c++)
        if (field_from_json(r, c, json_object_get(object, c->name), why,
                            why_size))
            return -1;
    return 0;
}
