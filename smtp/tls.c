/* SPDX-License-Identifier: BSD-2-Clause */
/* One end of a TLS connection: an SSL that reads and writes our memory. */
#include <assert.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/tls_inner.h"

const char *tls_version_name(enum tls_version v)
{
    return v == TLS_V12 ? "TLS 1.2" : v == TLS_V13 ? "TLS 1.3" : "no TLS";
}

/* OpenSSL asks for what it needs of a record and no more, so what is left in
 * `in` is what was not taken. */
static int memory_read(BIO *b, char *to, size_t room, size_t *len)
{
    struct tls_engine *e = BIO_get_data(b);

    BIO_clear_retry_flags(b);
    *len = e->in.len < room ? e->in.len : room;
    if (*len == 0) {
        BIO_set_retry_read(b);
        return 0;
    }
    memcpy(to, e->in.at, *len);
    e->in = (struct span){e->in.at + *len, e->in.len - *len};
    return 1;
}

static int memory_write(BIO *b, const char *from, size_t len, size_t *written)
{
    struct tls_engine *e = BIO_get_data(b);

    BIO_clear_retry_flags(b);
    *written = 0;
    if (e->out_len + len > e->out_room) {
        size_t room = e->out_len + len + 256;
        char *more = realloc(e->out, room);

        if (!more)
            return 0;
        e->out = more;
        e->out_room = room;
    }
    memcpy(e->out + e->out_len, from, len);
    e->out_len += len;
    *written = len;
    return 1;
}

static long memory_control(BIO *b, int what, long number, void *pointer)
{
    (void)b, (void)number, (void)pointer;
    return what == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_memory_new(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "an engine's memory");

    if (m && (BIO_meth_set_read_ex(m, memory_read) != 1 ||
              BIO_meth_set_write_ex(m, memory_write) != 1 ||
              BIO_meth_set_ctrl(m, memory_control) != 1)) {
        BIO_meth_free(m);
        return NULL;
    }
    return m;
}

struct span tls_out(const struct tls_engine *e)
{
    if (e->out_from == e->out_len)
        return (struct span){0};
    return (struct span){e->out + e->out_from, e->out_len - e->out_from};
}

/* An idle connection holds no memory for what it said. */
void tls_sent(struct tls_engine *e, size_t len)
{
    assert(len <= e->out_len - e->out_from);
    e->out_from += len;
    if (e->out_from < e->out_len)
        return;
    free(e->out);
    e->out = NULL;
    e->out_from = e->out_len = e->out_room = 0;
}

bool tls_is_address(const char *name)
{
    ASN1_OCTET_STRING *a = a2i_IPADDRESS(name);

    ASN1_OCTET_STRING_free(a);
    ERR_clear_error();
    return a != NULL;
}

/* SNI carries DNS names only (RFC 6066, 3), and without a final dot. */
static bool aim(struct tls_engine *e, const char *name)
{
    size_t len = strlen(name);

    if (len > 0 && name[len - 1] == '.')
        len--;
    if (len == 0 || len >= sizeof e->host)
        return false;
    memcpy(e->host, name, len);
    if (tls_is_address(e->host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(e->ssl), e->host);
    return SSL_set1_host(e->ssl, e->host) == 1 &&
           SSL_set_tlsext_host_name(e->ssl, e->host) == 1;
}

/* A session that was begun without a verdict is not resumed by one who wants
 * a verdict. */
static void resume(struct tls_engine *e, const struct tls_peer *peer)
{
    SSL_SESSION *s;

    if (!peer->session || !e->setup->store)
        return;
    snprintf(e->session, sizeof e->session, "%s", peer->session);
    s = tls_store_take(e->setup->store, e->session);
    if (!s)
        return;
    if (SSL_set_session(e->ssl, s) != 1 ||
        (!e->setup->insecure && SSL_get_verify_result(e->ssl) != X509_V_OK)) {
        SSL_set_session(e->ssl, NULL);
    } else if (peer->early && SSL_get_max_proto_version(e->ssl) >= TLS_V13) {
        e->early_room = SSL_SESSION_get_max_early_data(s);
        if (e->early_room > TLS_EARLY)
            e->early_room = TLS_EARLY;
    }
    SSL_SESSION_free(s);
}

void tls_give_up(struct tls_engine *e, const char *why)
{
    snprintf(e->why, TLS_WHY, "%s", why);
    e->state = TLS_FAILED;
}

static int refuse(struct tls_engine *e, const char *why)
{
    tls_give_up(e, why);
    return -1;
}

static int become_client(struct tls_engine *e, const struct tls_peer *peer)
{
    SSL_set_connect_state(e->ssl);
    if (!peer->name && !e->setup->insecure)
        return refuse(e, "no name is given by which to verify the server's "
                         "certificate");
    if (peer->name && !aim(e, peer->name))
        return refuse(e, "the server's name is no name for a certificate: "
                         "1 to 255 characters");
    resume(e, peer);
    return 0;
}

int tls_init(struct tls_engine *e, struct tls_setup *s,
             const struct tls_peer *peer)
{
    BIO *memory;

    memset(e, 0, sizeof *e);
    assert(s->server == !peer);
    ERR_clear_error();
    e->setup = s;
    e->ssl = SSL_new(s->context);
    memory = BIO_new(s->memory);
    if (!e->ssl || !memory) {
        BIO_free(memory);
        return refuse(e, "no memory");
    }
    BIO_set_data(memory, e);
    BIO_set_init(memory, 1);
    SSL_set_bio(e->ssl, memory, memory);
    SSL_set_app_data(e->ssl, e);
    if (peer)
        return become_client(e, peer);
    SSL_set_accept_state(e->ssl);
    e->early_over = s->early_max == 0 && !s->half_rtt;
    return 0;
}

static void forget_early(struct tls_engine *e)
{
    free(e->said_early);
    e->said_early = NULL;
    e->said_early_len = 0;
    e->early_room = 0;
}

/* OpenSSL does not resume what was left without close_notify, as SSL 3 had it;
 * RFC 5246, 7.2.1 took that back. */
void tls_release(struct tls_engine *e)
{
    if (e->state == TLS_OPEN && e->ssl)
        SSL_set_shutdown(e->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(e->ssl);
    e->ssl = NULL;
    forget_early(e);
    free(e->out);
    e->out = NULL;
    e->out_from = e->out_len = e->out_room = 0;
}

/* What became of a call of OpenSSL that has not done all it was asked. */
static void look_into(struct tls_engine *e, int result)
{
    switch (SSL_get_error(e->ssl, result)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        e->close_heard = true;
        if (e->state != TLS_OPEN)
            tls_give_up(e, "the peer ended TLS in the handshake");
        break;
    default:
        tls_explain(e);
        e->state = TLS_FAILED;
        break;
    }
}

void tls_start(struct tls_engine *e)
{
    int result;

    if (e->state != TLS_SHAKE_HANDS || e->setup->server ||
        e->early != TLS_EARLY_NONE)
        return;
    ERR_clear_error();
    result = SSL_do_handshake(e->ssl);
    if (result != 1)
        look_into(e, result);
}

static void learn_verdict(struct tls_engine *e)
{
    long verdict = SSL_get_verify_result(e->ssl);
    bool shown = SSL_get0_peer_certificate(e->ssl) != NULL;

    e->verified = shown && verdict == X509_V_OK;
    if (shown && !e->verified && e->doubt[0] == '\0')
        snprintf(e->doubt, TLS_WHY, "the certificate was not trusted: %s",
                 X509_verify_cert_error_string(verdict));
}

/* What was refused as early data is said again: the peer has thrown it away
 * unread (RFC 8446, 4.2.10). */
static void settle_early(struct tls_engine *e)
{
    size_t from = 0;

    if (SSL_get_early_data_status(e->ssl) == SSL_EARLY_DATA_ACCEPTED)
        e->early = TLS_EARLY_TAKEN;
    else if (e->early == TLS_EARLY_SAID)
        e->early = TLS_EARLY_REFUSED;
    while (e->early == TLS_EARLY_REFUSED && from < e->said_early_len) {
        struct span rest = {e->said_early + from, e->said_early_len - from};
        size_t said = tls_say(e, rest);

        if (said == 0)
            break; /* it has failed */
        from += said;
    }
    forget_early(e);
}

static void open_up(struct tls_engine *e)
{
    e->state = TLS_OPEN;
    e->version = (enum tls_version)SSL_version(e->ssl);
    snprintf(e->cipher, sizeof e->cipher, "%s", SSL_get_cipher_name(e->ssl));
    e->resumed = SSL_session_reused(e->ssl);
    learn_verdict(e);
    settle_early(e);
}

/* Servers: 0-RTT data, and where they end. Returns how many there were. */
static size_t read_early(struct tls_engine *e, char *plain, size_t room)
{
    size_t len = 0;

    while (!e->early_over && len < room && e->state != TLS_FAILED) {
        size_t n = 0;
        int result = SSL_read_early_data(e->ssl, plain + len, room - len, &n);

        len += n;
        if (result == SSL_READ_EARLY_DATA_FINISH)
            e->early_over = true;
        if (SSL_get_early_data_status(e->ssl) == SSL_EARLY_DATA_ACCEPTED ||
            (e->early_over && e->setup->half_rtt))
            e->state = TLS_HALF_OPEN;
        if (result == SSL_READ_EARLY_DATA_ERROR) {
            look_into(e, 0);
            break;
        }
    }
    return len;
}

static size_t shake(struct tls_engine *e, char *plain, size_t room)
{
    size_t len =
        e->early_over || !e->setup->server ? 0 : read_early(e, plain, room);
    int result;

    if (e->setup->server && !e->early_over)
        return len;
    e->early_room = 0; /* the peer has answered: it is too late for any */
    result = SSL_do_handshake(e->ssl);
    if (result == 1)
        open_up(e);
    else
        look_into(e, result);
    return len;
}

/* Bytes that were not taken come again: their place in the stream counts. */
static void remember_beginning(struct tls_engine *e, struct span in)
{
    for (size_t i = 0; i < in.len; i++) {
        if (e->taken + i >= sizeof e->heard)
            return;
        e->heard[e->taken + i] = in.at[i];
        e->heard_len = (size_t)e->taken + i + 1;
    }
}

static size_t read_plain(struct tls_engine *e, char *plain, size_t room)
{
    size_t len = 0, n;

    while (len < room && e->state == TLS_OPEN && !e->close_heard) {
        int result = SSL_read_ex(e->ssl, plain + len, room - len, &n);

        if (result != 1) {
            look_into(e, result);
            break;
        }
        len += n;
    }
    return len;
}

struct tls_heard tls_hear(struct tls_engine *e, struct span in, char *plain,
                          size_t room)
{
    struct tls_heard h = {0};

    assert(room > 0);
    remember_beginning(e, in);
    e->in = in;
    ERR_clear_error();
    if (e->state == TLS_SHAKE_HANDS || e->state == TLS_HALF_OPEN)
        h.plain_len = shake(e, plain, room);
    if (e->state == TLS_OPEN)
        h.plain_len += read_plain(e, plain + h.plain_len, room - h.plain_len);
    if (e->state == TLS_FAILED || e->close_heard)
        e->in.len = 0; /* nothing that comes behind it matters */
    h.taken = in.len - e->in.len;
    e->taken += h.taken;
    e->in = (struct span){0};
    return h;
}

void tls_hear_end(struct tls_engine *e)
{
    if (e->state == TLS_FAILED || e->close_heard)
        return;
    e->truncated = true;
    if (e->state == TLS_OPEN)
        return;
    tls_give_up(e, e->taken > 0
                       ? "the peer closed the connection in the TLS handshake"
                       : "the peer closed the connection, saying no TLS");
}

size_t tls_may_say(const struct tls_engine *e)
{
    switch (e->state) {
    case TLS_SHAKE_HANDS:
        return e->early_room < TLS_RECORD ? e->early_room : TLS_RECORD;
    case TLS_HALF_OPEN:
        return TLS_RECORD;
    case TLS_OPEN:
        return e->close_said ? 0 : TLS_RECORD;
    case TLS_FAILED:
        break;
    }
    return 0;
}

/* A copy is kept until it is known whether the peer takes it. */
static int keep_early(struct tls_engine *e, struct span plain)
{
    char *more = realloc(e->said_early, e->said_early_len + plain.len);

    if (!more)
        return -1;
    memcpy(more + e->said_early_len, plain.at, plain.len);
    e->said_early = more;
    e->said_early_len += plain.len;
    e->early_room -= plain.len;
    e->early = TLS_EARLY_SAID;
    return 0;
}

size_t tls_say(struct tls_engine *e, struct span plain)
{
    size_t may = tls_may_say(e), said = 0;
    int result;

    if (plain.len > may)
        plain.len = may;
    if (plain.len == 0)
        return 0;
    if (e->state == TLS_SHAKE_HANDS && keep_early(e, plain) < 0) {
        tls_give_up(e, "no memory");
        return 0;
    }
    ERR_clear_error();
    result = e->state == TLS_OPEN
                 ? SSL_write_ex(e->ssl, plain.at, plain.len, &said)
                 : SSL_write_early_data(e->ssl, plain.at, plain.len, &said);
    if (result != 1)
        look_into(e, result);
    return said;
}

void tls_say_end(struct tls_engine *e)
{
    if (e->state != TLS_OPEN || e->close_said)
        return;
    ERR_clear_error();
    e->close_said = true;
    SSL_shutdown(e->ssl);
}
