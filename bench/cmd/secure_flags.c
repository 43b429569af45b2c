/* SPDX-License-Identifier: BSD-2-Clause */
/* From files to the setups of TLS, and from text to names and passwords. */
#include "bench/cmd/secure_flags.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "smtp/wire.h"

enum {
    FILE_MAX = 4 << 20,
    EARLY_MAX = 16384, /* 0-RTT data that a server takes */
    SESSIONS = 1000,   /* kept by a client, to be resumed */
    VALID_S = 30 * 24 * 3600
};

/* Where systems keep the authorities that they trust, as one file. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch, Alpine */
    "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
    "/etc/ssl/ca-bundle.pem",             /* SUSE */
    "/etc/ssl/cert.pem",                  /* OpenBSD and others */
};

void secure_flags_init(struct secure_flags *f)
{
    *f = (struct secure_flags){.keylog_fd = -1};
}

void secure_flags_release(struct secure_flags *f)
{
    tls_setup_free(f->setup);
    tls_store_free(f->store);
    certificate_release(&f->own);
    free(f->ca_text);
    free(f->cert_text);
    free(f->key_text);
    for (size_t i = 0; i < f->users; i++)
        free((char *)(uintptr_t)f->user[i].user);
    if (f->keylog_fd >= 0)
        close(f->keylog_fd);
    secure_flags_init(f);
}

/* Caller frees. NULL: `why` begins with the flag. */
static char *read_text(const char *flag, const char *path, char why[SECURE_WHY])
{
    FILE *f = fopen(path, "re");
    char *text = f ? malloc(FILE_MAX) : NULL;
    size_t len = text ? fread(text, 1, FILE_MAX, f) : 0;
    bool good = text && !ferror(f) && len < FILE_MAX;

    if (good)
        text[len] = '\0';
    else
        snprintf(why, SECURE_WHY, "--%s: %.300s: %s", flag, path,
                 len == FILE_MAX ? "larger than 4 MiB" : strerror(errno));
    if (f)
        fclose(f);
    if (good)
        return text;
    free(text);
    return NULL;
}

static int add_user(struct secure_flags *f, const char *line, size_t len,
                    char why[SECURE_WHY])
{
    char *text = strndup(line, len), *colon = text ? strchr(text, ':') : NULL;
    bool good = colon && colon > text && colon - text <= AUTH_WORD &&
                strlen(colon + 1) > 0 && strlen(colon + 1) <= AUTH_WORD;

    if (!good || f->users == SECURE_USERS) {
        snprintf(why, SECURE_WHY,
                 good ? "64 of them are enough"
                      : "wanted NAME:PASSWORD, each of 1 to %d octets, or "
                        "@FILE with such lines",
                 AUTH_WORD);
        free(text);
        return -1;
    }
    *colon = '\0';
    f->user[f->users++] = (struct auth_account){text, colon + 1};
    return 0;
}

int secure_flags_user(struct secure_flags *f, const char *value,
                      char why[SECURE_WHY])
{
    char *text, *line;
    int result = 0;

    if (*value != '@')
        return add_user(f, value, strlen(value), why);
    text = read_text("user", value + 1, why);
    if (!text)
        return -1;
    for (line = text; *line && result == 0;) {
        size_t len = strcspn(line, "\r\n");

        if (len > 0 && *line != '#')
            result = add_user(f, line, len, why);
        line += len;
        line += strspn(line, "\r\n");
    }
    free(text);
    return result;
}

static int read_bundle(struct secure_flags *f, char why[SECURE_WHY])
{
    for (size_t i = 0; i < sizeof bundles / sizeof bundles[0]; i++)
        if (access(bundles[i], R_OK) == 0) {
            f->ca_text = read_text("tls-ca", bundles[i], why);
            return f->ca_text ? 0 : -1;
        }
    snprintf(why, SECURE_WHY,
             "--tls-ca is needed: no authorities are installed here (as in "
             "%s); --tls-insecure takes any certificate",
             bundles[0]);
    return -1;
}

static int read_files(struct secure_flags *f, char why[SECURE_WHY])
{
    if (!f->cert != !f->key) {
        snprintf(why, SECURE_WHY, "--tls-cert and --tls-key go together");
        return -1;
    }
    if (f->ca && !(f->ca_text = read_text("tls-ca", f->ca, why)))
        return -1;
    if (f->cert && !(f->cert_text = read_text("tls-cert", f->cert, why)))
        return -1;
    if (f->key && !(f->key_text = read_text("tls-key", f->key, why)))
        return -1;
    if (f->keylog && (f->keylog_fd = secure_open_keys(f->keylog)) < 0) {
        snprintf(why, SECURE_WHY, "--keylog: %.300s: %s", f->keylog,
                 strerror(errno));
        return -1;
    }
    return 0;
}

static struct span text_of(const char *text)
{
    return text ? span_of(text) : (struct span){NULL, 0};
}

static struct tls_config config_of(struct secure_flags *f,
                                   const struct scenario *s)
{
    return (struct tls_config){
        .max = s->tls_version == TLS_RELEASE_12 ? TLS_V12 : TLS_V13,
        .anchors = text_of(f->ca_text),
        .chain = text_of(f->cert_text),
        .key = text_of(f->key_text),
        .insecure = f->insecure,
        .keylog = f->keylog ? secure_write_key : NULL,
        .arg = &f->keylog_fd,
    };
}

static int set_up(struct secure_flags *f, const struct tls_config *config,
                  const struct scenario *s, char why[SECURE_WHY])
{
    char wrong[TLS_WHY];

    f->setup = tls_setup_new(config, wrong);
    f->machine.setup = f->setup;
    f->machine.implicit = s->tls == TLS_USE_IMPLICIT;
    if (f->setup)
        return 0;
    snprintf(why, SECURE_WHY, "TLS: %s", wrong);
    return -1;
}

int secure_flags_client(struct secure_flags *f, const struct scenario *s,
                        const char *host, char why[SECURE_WHY])
{
    struct tls_config config;

    /* RFC 7435, 3: who would go on in the clear does not insist on a name. */
    f->insecure |= s->tls == TLS_USE_OPPORTUNISTIC;
    if (read_files(f, why) < 0 ||
        (!f->ca && !f->insecure && read_bundle(f, why) < 0))
        return -1;
    config = config_of(f, s);
    if (s->tls_session != TLS_SESSION_FULL)
        config.store = f->store = tls_store_new(SESSIONS);
    f->machine.name = f->name ? f->name : host;
    f->machine.hello_in_syn = s->tfo && s->tls == TLS_USE_IMPLICIT;
    f->machine.early = s->tls_session == TLS_SESSION_0RTT;
    return set_up(f, &config, s, why);
}

/* Nobody can know whose it is, but TLS can be tried with it. */
static int make_own(struct secure_flags *f, const char *host,
                    char why[SECURE_WHY])
{
    const int64_t now_s = time(NULL);
    const struct certificate_wish wish = {
        .name = host, .from_s = now_s - 3600, .until_s = now_s + VALID_S};
    char wrong[TLS_WHY];

    if (certificate_make(&f->own, &wish, wrong) == 0)
        return 0;
    snprintf(why, SECURE_WHY, "a certificate for %.80s: %s", host, wrong);
    return -1;
}

int secure_flags_server(struct secure_flags *f, const struct scenario *s,
                        const char *host, char why[SECURE_WHY])
{
    struct tls_config config;

    if (read_files(f, why) < 0 || (!f->cert && make_own(f, host, why) < 0))
        return -1;
    config = config_of(f, s);
    config.server = true;
    config.demand = f->ca && !f->insecure;
    config.half_rtt = s->tls_early_banner;
    config.early_max = s->tls_session == TLS_SESSION_0RTT ? EARLY_MAX : 0;
    if (!f->cert) {
        config.chain = span_of(f->own.chain);
        config.key = span_of(f->own.key);
    }
    return set_up(f, &config, s, why);
}
