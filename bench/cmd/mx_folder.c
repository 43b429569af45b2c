/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps what `turnaround mx` found. */
#include "bench/cmd/mx_folder.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "bench/run/draw.h"
#include "bench/run/mx_picture.h"
#include "bench/run/pinned.h"
#include "bench/tell/folder.h"

static int refuse(char why[MX_WHY], const char *path)
{
    snprintf(why, MX_WHY, "%.400s: %s", path, strerror(errno));
    return -1;
}

int mx_folder_captures(const char *dir, char captures[MX_FOLDER_PATH],
                       char why[MX_WHY])
{
    snprintf(captures, MX_FOLDER_PATH, "%s/captures", dir);
    return folder_ensure(captures, why, MX_WHY);
}

static FILE *open_file(const struct mx_folder *f, const char *name,
                       const char *manner, char why[MX_WHY])
{
    char path[PATH_MAX];
    FILE *to;

    snprintf(path, sizeof path, "%s/%s", f->path, name);
    to = fopen(path, manner);
    if (!to)
        refuse(why, path);
    return to;
}

static int close_file(FILE *to, const char *name, char why[MX_WHY])
{
    bool bad = ferror(to);

    return fclose(to) == EOF || bad ? refuse(why, name) : 0;
}

int mx_folder_create(struct mx_folder *f, const char *path,
                     const struct mx_sweep *s, char why[MX_WHY])
{
    const struct topology *t = s->topology;
    FILE *yaml;

    *f = (struct mx_folder){.path = path};
    if (folder_ensure(path, why, MX_WHY) < 0)
        return -1;
    f->csv = open_file(f, "rows.csv", "wxe", why);
    if (!f->csv)
        return -1;
    yaml = open_file(f, "topology.yaml", "we", why);
    if (yaml)
        fwrite(t->text.text, 1, t->text.len, yaml);
    if (!yaml || close_file(yaml, "topology.yaml", why) < 0)
        return -1;
    if (mx_csv_header(f->csv) < 0)
        return refuse(why, "rows.csv");
    return pinned_tell(path, s->world == WORLD_KERNEL, s->port, why);
}

/* One for each message and policy, in the first of the modes and times: the
 * way that the first seed took. */
static int write_pictures(const struct mx_folder *f, const struct mx_sweep *s,
                          char why[MX_WHY])
{
    for (size_t i = 0; i < s->rows; i++) {
        const struct mx_row *r = &s->row[i];
        char name[80];
        FILE *to;

        if (r->part.mode != s->topology->mode[0] ||
            r->patience_ns != s->patience_ns[0] || r->rtt_ns != s->rtt_ns[0])
            continue;
        snprintf(name, sizeof name, "plots/topology_%zu_%s.svg", r->message + 1,
                 policy_of(r->part.policy)->name);
        to = open_file(f, name, "we", why);
        if (!to)
            return -1;
        mx_picture_write(to, &r->part, &r->first, r->rtt_ns);
        if (close_file(to, name, why) < 0)
            return -1;
    }
    return 0;
}

int mx_folder_plot(const json_t *result, const char *folder, unsigned pictures,
                   struct mx_plots *made, char why[MX_WHY])
{
    int status = mx_plots_write(result, folder, made, why, MX_WHY);

    for (size_t i = 0; i < made->count; i++) {
        struct drawn d = draw_sheet(folder, made->name[i], pictures);
        size_t used = strlen(why);

        if (d.state == DRAWN_FAILED) {
            snprintf(why + used, MX_WHY - used, "%s%s: %s", used ? "; " : "",
                     made->name[i], d.why);
            status = -1;
        }
    }
    return status;
}

int mx_folder_end(struct mx_folder *f, const struct mx_sweep *s,
                  const char *command, const char *error, char why[MX_WHY])
{
    const unsigned pictures = 1U << PICTURE_SVG | 1U << PICTURE_PNG;
    json_t *all = mx_rows_json(s, command);
    char plots[PATH_MAX];
    struct mx_plots made;
    int result;

    if (error)
        json_object_set_new(all, "error", json_text(error));
    snprintf(plots, sizeof plots, "%s/plots", f->path);
    result = folder_keep(f->path, "result.json", json_incref(all), why, MX_WHY);
    if (result == 0)
        result = folder_ensure(plots, why, MX_WHY);
    if (result == 0)
        result = write_pictures(f, s, why);
    if (result == 0)
        result = mx_folder_plot(all, plots, pictures, &made, why);
    if (close_file(f->csv, "rows.csv", why) < 0)
        result = -1;
    json_decref(all);
    return result;
}
