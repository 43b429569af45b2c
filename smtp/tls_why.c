/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a certificate is not good, or TLS does not go on, in words that a person
 * can act upon. */
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "smtp/tls_inner.h"

void tls_error_text(char why[TLS_WHY], const char *what)
{
    unsigned long e = ERR_get_error();
    const char *reason = e ? ERR_reason_error_string(e) : NULL;

    snprintf(why, TLS_WHY, "%s: %s", what,
             reason ? reason
             : e    ? "OpenSSL gives no reason"
                    : "nothing of the kind is in it");
    ERR_clear_error();
}

/* The peer chooses what its certificate says: only plain characters of it are
 * shown. */
static void show_plain(char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~')
            *text = '?';
}

static void add(char *text, size_t size, const char *more)
{
    size_t len = strlen(text);

    snprintf(text + len, size - len, "%s", more);
}

/* Whom a certificate is for, "mx.example, mx2.example". */
static void names_of(X509 *x, char *text, size_t size)
{
    GENERAL_NAMES *names =
        X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);

    text[0] = '\0';
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *n = sk_GENERAL_NAME_value(names, i);
        char one[128] = "an address";

        if (n->type == GEN_DNS)
            snprintf(one, sizeof one, "%.*s", ASN1_STRING_length(n->d.dNSName),
                     (const char *)ASN1_STRING_get0_data(n->d.dNSName));
        add(text, size, i ? ", " : "");
        add(text, size, one);
    }
    GENERAL_NAMES_free(names);
    if (text[0] == '\0')
        X509_NAME_oneline(X509_get_subject_name(x), text, (int)size);
    show_plain(text);
}

static void date_of(const ASN1_TIME *t, char *text, size_t size)
{
    struct tm at;

    if (ASN1_TIME_to_tm(t, &at) == 1)
        snprintf(text, size, "%04d-%02d-%02d", at.tm_year + 1900, at.tm_mon + 1,
                 at.tm_mday);
    else
        snprintf(text, size, "no date");
}

static void doubt_certificate(struct tls_engine *e, X509 *x, int error)
{
    const char *text = X509_verify_cert_error_string(error);
    char names[128], date[32];

    names_of(x, names, sizeof names);
    switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        snprintf(e->doubt, TLS_WHY,
                 "the certificate is for '%s', and not for '%.100s'", names,
                 e->host);
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        date_of(X509_get0_notAfter(x), date, sizeof date);
        snprintf(e->doubt, TLS_WHY, "the certificate of '%s' expired on %s",
                 names, date);
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        date_of(X509_get0_notBefore(x), date, sizeof date);
        snprintf(e->doubt, TLS_WHY,
                 "the certificate of '%s' is not valid before %s", names, date);
        break;
    default:
        snprintf(e->doubt, TLS_WHY,
                 "the certificate of '%s' cannot be trusted: %s", names, text);
        break;
    }
}

int tls_judge(int good, X509_STORE_CTX *c)
{
    SSL *ssl =
        X509_STORE_CTX_get_ex_data(c, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_engine *e = SSL_get_app_data(ssl);

    if (good)
        return good;
    if (e->doubt[0] == '\0')
        doubt_certificate(e, X509_STORE_CTX_get_current_cert(c),
                          X509_STORE_CTX_get_error(c));
    return e->setup->insecure;
}

/* The first byte of a handshake's or an alert's record: RFC 8446, 5.1. */
static bool began_as_tls(const struct tls_engine *e)
{
    return e->heard_len == 0 || e->heard[0] == 21 || e->heard[0] == 22;
}

static void explain_no_tls(struct tls_engine *e)
{
    char shown[sizeof e->heard + 1];

    memcpy(shown, e->heard, e->heard_len);
    shown[e->heard_len] = '\0';
    for (size_t i = 0; i < e->heard_len; i++)
        if (shown[i] < ' ' || shown[i] > '~')
            shown[i] = '.';
    snprintf(e->why, TLS_WHY, "the peer does not speak TLS: it began with '%s'",
             shown);
}

static void explain_versions(struct tls_engine *e)
{
    int min = (int)SSL_get_min_proto_version(e->ssl);
    int max = (int)SSL_get_max_proto_version(e->ssl);

    snprintf(e->why, TLS_WHY, "no TLS version in common: here %s%s%s",
             tls_version_name((enum tls_version)min), min < max ? " to " : "",
             min < max ? tls_version_name((enum tls_version)max) : "");
}

static void explain_alert(struct tls_engine *e, int alert)
{
    if (alert == SSL_AD_PROTOCOL_VERSION) {
        explain_versions(e);
        add(e->why, TLS_WHY, ", which the peer refused");
        return;
    }
    snprintf(e->why, TLS_WHY, "the peer refused, by the alert '%s' (%d)",
             alert == SSL_AD_CERTIFICATE_REQUIRED
                 ? "certificate required" /* which OpenSSL calls unknown */
                 : SSL_alert_desc_string_long(alert),
             alert);
}

void tls_explain(struct tls_engine *e)
{
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_REASON(error);
    bool ssl = ERR_GET_LIB(error) == ERR_LIB_SSL;

    if (!began_as_tls(e))
        explain_no_tls(e);
    else if (ssl && reason == SSL_R_CERTIFICATE_VERIFY_FAILED && e->doubt[0])
        snprintf(e->why, TLS_WHY, "%s", e->doubt);
    else if (ssl && reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
        snprintf(e->why, TLS_WHY, "the peer has no certificate");
    else if (ssl && reason >= SSL_AD_REASON_OFFSET)
        explain_alert(e, reason - SSL_AD_REASON_OFFSET);
    else if (ssl && (reason == SSL_R_UNSUPPORTED_PROTOCOL ||
                     reason == SSL_R_WRONG_SSL_VERSION))
        explain_versions(e);
    else
        tls_error_text(e->why, "TLS went wrong");
    ERR_clear_error();
}
