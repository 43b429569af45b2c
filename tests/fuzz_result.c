/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as rows.csv and as a row of result.json: read or refused with a
 * reason; what was read is written and read again the same. */
#include "bench/tell/csv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void rows_fuzz(const uint8_t *data, size_t size)
{
    struct rows rows = {0};
    char why[256] = "";
    FILE *from = fmemopen((void *)(uintptr_t)data, size, "r");
    bool torn;

    if (csv_read(from, "fuzz", &rows, &torn, why, sizeof why))
        assert(*why);
    for (size_t i = 0; !*why && i < rows.count; i++) {
        struct row again;
        json_t *object = row_to_json(&rows.row[i]);

        assert(object && json_object_size(object) == ROW_WIDTH);
        assert(row_from_json(&again, object, why, sizeof why) == 0);
        row_release(&again);
        json_decref(object);
    }
    rows_release(&rows);
    fclose(from);
}

static void row_fuzz(const uint8_t *data, size_t size)
{
    json_t *object = json_loadb((const char *)data, size, 0, NULL);
    char why[256] = "";
    struct row r;

    if (!object)
        return;
    if (row_from_json(&r, object, why, sizeof why))
        assert(*why);
    row_release(&r);
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size) {
        rows_fuzz(data, size);
        row_fuzz(data, size);
    }
    return 0;
}
