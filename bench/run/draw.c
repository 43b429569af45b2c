/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/run/draw.h"

#include "bench/tell/capability_plot.h"
#include "bench/tell/plot.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* clang-format off */
#define X(name, text) text,
static const char *const names[] = {PICTURES(X)};
#undef X
/* clang-format on */

const char *picture_name(enum picture p)
{
    return names[p];
}

unsigned pictures_parse(const char *list, char *why, size_t why_size)
{
    unsigned set = 0;

    for (;; list++) {
        size_t len = strcspn(list, ",");
        int p = 0;

        while (p < PICTURE_COUNT &&
               !(strlen(names[p]) == len && strncmp(names[p], list, len) == 0))
            p++;
        if (p == PICTURE_COUNT) {
            snprintf(why, why_size, "'%.*s' is none of svg, png, pdf", (int)len,
                     list);
            return 0;
        }
        set |= 1U << p;
        list += len;
        if (!*list)
            return set;
    }
}

/* The name that gnuplot writes a picture under, beside its own. */
static void name_beside(char room[128], const char *plot, enum picture p)
{
    snprintf(room, 128, ".new.%.100s.%s", plot, names[p]);
}

/* Starts gnuplot in the folder, without init files of the user or the host,
 * which could change any look. Returns 0 or an errno. */
static int start(pid_t *pid, const char *folder, const char *plot,
                 enum picture p, FILE *complaints)
{
    char program[] = "gnuplot", no_init[] = "-d", run[] = "-e";
    char set[200], file[128], beside[128];
    char *argv[] = {program, no_init, run, set, file, NULL};
    posix_spawn_file_actions_t actions;
    int error;

    name_beside(beside, plot, p);
    snprintf(set, sizeof set, "format='%s'; picture='%s'", names[p], beside);
    snprintf(file, sizeof file, "%s.gp", plot);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(complaints), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(complaints), 2);
    error = posix_spawnp(pid, program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* The line of gnuplot's complaint that says what is wrong: the last. */
static void complaint(FILE *from, char *why, size_t why_size)
{
    char line[200];

    rewind(from);
    snprintf(why, why_size, "gnuplot failed");
    while (fgets(line, sizeof line, from)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[strspn(line, " ^\t")])
            snprintf(why, why_size, "gnuplot: %s", line);
    }
}

/* gnuplot ends with 0 even if the disk was full; how a picture ends tells
 * whether it is whole. */
static bool is_whole(const char *path, enum picture p, long *size)
{
    static const struct {
        const char *octets;
        size_t len;
    } ends[] = {[PICTURE_SVG] = {"</svg>", 6},
                [PICTURE_PNG] = {"IEND\xae\x42\x60\x82", 8},
                [PICTURE_PDF] = {"%%EOF", 5}};
    char tail[32];
    FILE *from = fopen(path, "re");
    size_t n = 0;

    *size = 0;
    if (!from)
        return false;
    if (fseek(from, 0, SEEK_END) == 0)
        *size = ftell(from);
    if (fseek(from, -(long)sizeof tail, SEEK_END) == 0)
        n = fread(tail, 1, sizeof tail, from);
    fclose(from);
    return memmem(tail, n, ends[p].octets, ends[p].len) != NULL;
}

/* Gives a picture its name, in place of the one before; that stays if the new
 * one is not whole. */
static void keep(struct drawn *d, const char *folder, const char *plot,
                 enum picture p)
{
    char beside[128], name[128], *from, *to;
    long size;

    name_beside(beside, plot, p);
    snprintf(name, sizeof name, "%.100s.%s", plot, names[p]);
    from = folder_path(folder, beside);
    to = folder_path(folder, name);
    if (d->state == DRAWN && !is_whole(from, p, &size)) {
        d->state = DRAWN_FAILED;
        snprintf(d->why, sizeof d->why,
                 "%s: gnuplot wrote %ld octets of it and not its end, as on a "
                 "full disk; what was there before is kept",
                 name, size);
    }
    if (d->state == DRAWN && rename(from, to) < 0) {
        d->state = DRAWN_FAILED;
        snprintf(d->why, sizeof d->why, "%s: %s", name, strerror(errno));
    }
    if (d->state != DRAWN)
        unlink(from);
    free(from);
    free(to);
}

static void draw(struct drawn *d, const char *folder, const char *plot,
                 unsigned pictures)
{
    pid_t pid[PICTURE_COUNT] = {0};
    FILE *complaints = tmpfile();
    int error = complaints ? 0 : errno, status;

    for (int p = 0; p < PICTURE_COUNT && !error; p++)
        if (pictures & (1U << p))
            error = start(&pid[p], folder, plot, (enum picture)p, complaints);
    if (error) {
        d->state = error == ENOENT ? DRAWN_BY_HAND : DRAWN_FAILED;
        snprintf(d->why, sizeof d->why, "gnuplot: %s",
                 error == ENOENT ? "not installed" : strerror(error));
    }
    for (int p = 0; p < PICTURE_COUNT; p++) {
        if (pid[p] <= 0)
            continue;
        while (waitpid(pid[p], &status, 0) < 0 && errno == EINTR)
            ;
        if (d->state == DRAWN && (!WIFEXITED(status) || WEXITSTATUS(status))) {
            d->state = DRAWN_FAILED;
            complaint(complaints, d->why, sizeof d->why);
        }
        keep(d, folder, plot, (enum picture)p);
    }
    if (complaints)
        fclose(complaints);
}

struct drawn draw_plot(const struct results *r, size_t i, const char *to,
                       unsigned pictures)
{
    struct drawn d = {.state = DRAWN};
    int written = plot_write(&plots[i], r, to, d.why, sizeof d.why);

    if (written < 0)
        d.state = DRAWN_FAILED;
    else if (written == 0)
        d.state = DRAWN_NOT_HELD;
    else
        draw(&d, to, plots[i].name, pictures);
    return d;
}

struct drawn draw_sheet(const char *folder, const char *name, unsigned pictures)
{
    struct drawn d = {.state = DRAWN};

    draw(&d, folder, name, pictures);
    return d;
}

static void draw_strategies(const struct results *r, const char *to,
                            unsigned pictures, draw_told *told, void *arg)
{
    static const char title[] = "by strategy";
    struct drawn d = {.state = DRAWN_FAILED};
    struct capability_plots made;

    if (capability_plots_write(r, to, &made, d.why, sizeof d.why) < 0)
        told(arg, title, title, &d);
    for (size_t i = 0; i < made.count; i++) {
        d = draw_sheet(to, made.name[i], pictures);
        told(arg, made.name[i], title, &d);
    }
}

void draw_all(const struct results *r, const char *to, unsigned pictures,
              draw_told *told, void *arg)
{
    for (size_t i = 0; i < plots_count; i++) {
        struct drawn d = draw_plot(r, i, to, pictures);

        told(arg, plots[i].name, plots[i].title, &d);
    }
    draw_strategies(r, to, pictures, told, arg);
}

bool gnuplot_version(char *room, size_t room_size)
{
    char program[] = "gnuplot", version[] = "--version";
    char *argv[] = {program, version, NULL};
    posix_spawn_file_actions_t actions;
    FILE *said = tmpfile();
    bool found = false;
    pid_t pid;

    room[0] = '\0';
    if (!said)
        return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(said), 1);
    if (posix_spawnp(&pid, program, &actions, NULL, argv, environ) == 0) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
        rewind(said);
        found = fgets(room, (int)room_size, said) != NULL;
        room[strcspn(room, "\n")] = '\0';
    }
    posix_spawn_file_actions_destroy(&actions);
    fclose(said);
    return found;
}
