/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/tell/saves.h"

#include <stdlib.h>

#include "bench/tell/folder.h"

static json_t *told(const struct saving_question *q,
                    const struct saving_answer *a)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    json_t *value;

    if (!to)
        abort();
    saving_print(to, q, a);
    if (fclose(to) != 0)
        abort();
    value = json_text(text);
    free(text);
    return value;
}

int saves_keep(const char *folder, const struct saving_question *q,
               const struct saving_answer *a, size_t count, size_t rows,
               char *why, size_t why_size)
{
    json_t *answers = saving_to_json(q, a, count);

    for (size_t i = 0; i < count; i++)
        json_object_set_new(json_array_get(answers, i), "told", told(q, &a[i]));
    return folder_keep(folder, "saves.json",
                       json_pack("{s:i, s:I, s:o}", "schema", SCHEMA, "rows",
                                 (json_int_t)rows, "answers", answers),
                       why, why_size);
}

json_t *saves_read(const char *folder)
{
    char *path = folder_path(folder, "saves.json");
    json_t *saves = json_load_file(path, 0, NULL);

    free(path);
    if (json_integer_value(json_object_get(saves, "schema")) == SCHEMA)
        return saves;
    json_decref(saves);
    return NULL;
}

const char *saves_told(const json_t *saves, size_t i)
{
    const json_t *all = json_object_get(saves, "answers");
    const char *text =
        json_string_value(json_object_get(json_array_get(all, i), "told"));

    return text ? text : "";
}

const char *saves_of(const json_t *saves, size_t rows, char *room,
                     size_t room_size)
{
    json_int_t then = json_integer_value(json_object_get(saves, "rows"));

    room[0] = '\0';
    if (saves && then != (json_int_t)rows)
        snprintf(room, room_size,
                 "Answered when there were %" JSON_INTEGER_FORMAT
                 " rows; now there are %zu.",
                 then, rows);
    return room;
}
