/* SPDX-License-Identifier: BSD-2-Clause */
/* A Maildir: written under tmp, and moved to new when it is whole. */
#include "bench/run/mailbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int make(const char *folder, const char *sub)
{
    char path[4096];

    snprintf(path, sizeof path, "%s%s", folder, sub);
    return mkdir(path, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

int mailbox_make(const char *folder)
{
    static const char *const subs[] = {"", "/tmp", "/new", "/cur"};

    for (int i = 0; i < 4; i++)
        if (make(folder, subs[i]) < 0)
            return -1;
    return 0;
}

static void path_of(const struct mailbox *m, const char *sub, char *path,
                    size_t size)
{
    snprintf(path, size, "%s/%s/%s", m->folder, sub, m->name);
}

/* Unique among all deliveries: time, process, and a count. */
static void name_it(struct mailbox *m)
{
    static unsigned long count;
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(m->name, sizeof m->name, "%lld.M%09ldP%dQ%lu.turnaround",
             (long long)now.tv_sec, now.tv_nsec, (int)getpid(), ++count);
}

static void put(struct mailbox *m, struct span s)
{
    if (m->file && fwrite(s.at, 1, s.len, m->file) != s.len)
        m->failed = true;
}

static void begin(void *mailbox, struct span sender)
{
    struct mailbox *m = mailbox;
    char path[4096];

    name_it(m);
    path_of(m, "tmp", path, sizeof path);
    m->file = fopen(path, "wxe");
    m->failed = !m->file;
    put(m, span_of("Return-Path: <"));
    put(m, sender);
    put(m, span_of(">\r\n"));
}

static void add_recipient(void *mailbox, struct span recipient)
{
    put(mailbox, span_of("Delivered-To: "));
    put(mailbox, recipient);
    put(mailbox, span_of("\r\n"));
}

/* A file without a name, for what must wait. */
static FILE *nameless(struct mailbox *m)
{
    char path[4096];
    FILE *file;

    name_it(m);
    path_of(m, "tmp", path, sizeof path);
    file = fopen(path, "w+xe");
    if (file)
        unlink(path);
    return file;
}

/* QMTP has the text before the envelope. */
static void add_text(void *mailbox, struct span part)
{
    struct mailbox *m = mailbox;

    if (m->file) {
        put(m, part);
        return;
    }
    if (!m->ahead)
        m->ahead = nameless(m);
    m->short_of_text |=
        !m->ahead || fwrite(part.at, 1, part.len, m->ahead) != part.len;
}

static void put_ahead(struct mailbox *m)
{
    char part[4096];
    size_t len;

    if (!m->ahead || !m->file)
        return;
    rewind(m->ahead);
    while ((len = fread(part, 1, sizeof part, m->ahead)) > 0)
        put(m, (struct span){part, len});
    m->failed |= ferror(m->ahead) != 0;
}

/* On disk before it is answered for. */
static bool keep(struct mailbox *m)
{
    char from[4096], to[4096];

    put_ahead(m);
    if (m->failed || m->short_of_text || fflush(m->file) != 0 ||
        fsync(fileno(m->file)) < 0)
        return false;
    path_of(m, "tmp", from, sizeof from);
    path_of(m, "new", to, sizeof to);
    return rename(from, to) == 0;
}

static bool end(void *mailbox, bool accepted)
{
    struct mailbox *m = mailbox;
    bool kept = accepted && m->file && keep(m);
    char path[4096];

    if (m->file)
        fclose(m->file);
    if (m->file && !kept) {
        path_of(m, "tmp", path, sizeof path);
        unlink(path);
    }
    m->file = NULL;
    if (m->ahead)
        fclose(m->ahead);
    m->ahead = NULL;
    m->short_of_text = false;
    return kept;
}

static void *keep_for_later(void *mailbox)
{
    struct mailbox *m = mailbox, *kept = malloc(sizeof *kept);

    if (!kept) {
        end(m, false);
        return NULL;
    }
    *kept = *m;
    m->file = m->ahead = NULL;
    m->short_of_text = false;
    return kept;
}

static void go_on(void *mailbox, void *kept)
{
    struct mailbox *m = mailbox;
    const struct mail_sink sink = m->sink;

    end(m, false);
    *m = *(struct mailbox *)kept;
    m->sink = sink;
    free(kept);
}

void mailbox_drop(void *kept)
{
    if (kept)
        end(kept, false);
    free(kept);
}

const struct mail_keeper mailbox_keeper = {keep_for_later, go_on, mailbox_drop};

void mailbox_init(struct mailbox *m, const char *folder)
{
    *m = (struct mailbox){.sink = {m, begin, add_recipient, add_text, end},
                          .folder = folder};
}

void mailbox_release(struct mailbox *m)
{
    end(m, false);
}
