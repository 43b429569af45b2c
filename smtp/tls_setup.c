/* SPDX-License-Identifier: BSD-2-Clause */
/* What the connections of one end share: an SSL_CTX. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/tls_inner.h"

/* A key behind a password would make OpenSSL ask at the terminal. */
static int no_password(char *to, int room, int writing, void *arg)
{
    (void)to, (void)room, (void)writing, (void)arg;
    return -1;
}

static BIO *reader(struct span text)
{
    return BIO_new_mem_buf(text.at, (int)text.len);
}

static X509 *next_certificate(BIO *from)
{
    return from ? PEM_read_bio_X509(from, NULL, no_password, NULL) : NULL;
}

/* The text was read to its end: what is left is no certificate. */
static bool read_to_end(void)
{
    unsigned long e = ERR_peek_last_error();
    bool end = ERR_GET_LIB(e) == ERR_LIB_PEM &&
               ERR_GET_REASON(e) == PEM_R_NO_START_LINE;

    if (end)
        ERR_clear_error();
    return end;
}

static int use_chain(SSL_CTX *c, struct span text)
{
    BIO *from = reader(text);
    X509 *x = next_certificate(from);
    bool good = x && SSL_CTX_use_certificate(c, x) == 1;

    X509_free(x);
    while (good && (x = next_certificate(from))) {
        good = SSL_CTX_add0_chain_cert(c, x) == 1;
        if (!good)
            X509_free(x);
    }
    good = good && read_to_end();
    BIO_free(from);
    return good ? 0 : -1;
}

static int use_key(SSL_CTX *c, struct span text)
{
    BIO *from = reader(text);
    EVP_PKEY *k =
        from ? PEM_read_bio_PrivateKey(from, NULL, no_password, NULL) : NULL;
    bool good = k && SSL_CTX_use_PrivateKey(c, k) == 1 &&
                SSL_CTX_check_private_key(c) == 1;

    EVP_PKEY_free(k);
    BIO_free(from);
    return good ? 0 : -1;
}

/* Servers name whom they trust, so that a client can choose. */
static int use_anchors(SSL_CTX *c, struct span text, bool server)
{
    BIO *from = reader(text);
    size_t count = 0;
    X509 *x;

    while ((x = next_certificate(from))) {
        bool good = X509_STORE_add_cert(SSL_CTX_get_cert_store(c), x) == 1 &&
                    (!server || SSL_CTX_add_client_CA(c, x) == 1);

        X509_free(x);
        if (!good)
            break;
        count++;
    }
    BIO_free(from);
    return read_to_end() && count > 0 ? 0 : -1;
}

static int use_texts(SSL_CTX *c, const struct tls_config *config,
                     char why[TLS_WHY])
{
    if (config->chain.len == 0 && config->server)
        snprintf(why, TLS_WHY, "a server needs a certificate");
    else if (config->chain.len > 0 && config->key.len == 0)
        snprintf(why, TLS_WHY, "the certificate needs its key");
    else if (config->chain.len > 0 && use_chain(c, config->chain) < 0)
        tls_error_text(why, "the certificate cannot be used");
    else if (config->chain.len > 0 && use_key(c, config->key) < 0)
        tls_error_text(why, "the key cannot be used");
    else if (config->anchors.len > 0 &&
             use_anchors(c, config->anchors, config->server) < 0)
        tls_error_text(why, "the trust anchors cannot be used");
    else
        return 0;
    return -1;
}

static void log_keys(const SSL *ssl, const char *line)
{
    const struct tls_setup *s = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

    s->keylog(s->arg, line);
}

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    const struct tls_engine *e = SSL_get_app_data(ssl);

    if (e->session[0] == '\0')
        return 0;
    tls_store_put(e->setup->store, e->session, session);
    return 1; /* it is the store's now */
}

/* Without anchors a server asks for no certificate; whoever asks for one
 * judges it, though `insecure` makes nothing of the verdict. */
static int verify_mode(const struct tls_config *config)
{
    if (config->server && config->anchors.len == 0)
        return SSL_VERIFY_NONE;
    if (config->server && config->demand)
        return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    return SSL_VERIFY_PEER;
}

static void judge_by(SSL_CTX *c, const struct tls_config *config)
{
    X509_VERIFY_PARAM *p = SSL_CTX_get0_param(c);

    SSL_CTX_set_verify(c, verify_mode(config), tls_judge);
    SSL_CTX_set_security_level(c, config->insecure ? 0 : 2);
    /* Whoever is named as trusted is, be it itself signed by another. */
    X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_hostflags(p, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (config->judged_at_s != 0)
        X509_VERIFY_PARAM_set_time(p, (time_t)config->judged_at_s);
}

static void cache_by(SSL_CTX *c, const struct tls_config *config)
{
    static const unsigned char ours[] = "turnaround";

    SSL_CTX_set_session_id_context(c, ours, sizeof ours - 1);
    if (config->server) {
        SSL_CTX_set_max_early_data(c, config->early_max);
        SSL_CTX_set_recv_max_early_data(c, config->early_max);
    } else if (config->store) {
        SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT |
                                              SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(c, keep_session);
    }
}

static SSL_CTX *new_context(const struct tls_config *config)
{
    SSL_CTX *c;

    /* What this machine's openssl.cnf says must not change a measurement. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
        return NULL;
    c = SSL_CTX_new(config->server ? TLS_server_method() : TLS_client_method());
    if (!c)
        return NULL;
    SSL_CTX_set_min_proto_version(c, config->min ? (int)config->min : TLS_V12);
    SSL_CTX_set_max_proto_version(c, config->max ? (int)config->max : TLS_V13);
    SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_dh_auto(c, 1);
    judge_by(c, config);
    cache_by(c, config);
    return c;
}

struct tls_setup *tls_setup_new(const struct tls_config *config,
                                char why[TLS_WHY])
{
    struct tls_setup *s = calloc(1, sizeof *s);

    ERR_clear_error();
    if (!s) {
        snprintf(why, TLS_WHY, "no memory");
        return NULL;
    }
    *s = (struct tls_setup){.context = new_context(config),
                            .memory = tls_memory_new(),
                            .store = config->store,
                            .server = config->server,
                            .insecure = config->insecure,
                            .half_rtt = config->half_rtt,
                            .early_max = config->early_max,
                            .keylog = config->keylog,
                            .arg = config->arg};
    if (!s->context || !s->memory) {
        tls_error_text(why, "OpenSSL cannot be set up");
        tls_setup_free(s);
        return NULL;
    }
    SSL_CTX_set_app_data(s->context, s);
    if (config->keylog)
        SSL_CTX_set_keylog_callback(s->context, log_keys);
    if (use_texts(s->context, config, why) < 0) {
        tls_setup_free(s);
        return NULL;
    }
    return s;
}

void tls_setup_free(struct tls_setup *s)
{
    if (!s)
        return;
    SSL_CTX_free(s->context);
    BIO_meth_free(s->memory);
    free(s);
}

bool tls_setup_is_server(const struct tls_setup *s)
{
    return s->server;
}
