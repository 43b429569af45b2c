/* SPDX-License-Identifier: BSD-2-Clause */
/* Making certificates. */
#include "smtp/tls_certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/tls_inner.h"

/* Of DNS names and addresses; none that means something to OpenSSL. */
#define NAME_CHARACTERS                                                        \
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.:*"

static char *text_of(BIO *b)
{
    char *at, *text;
    long len = BIO_get_mem_data(b, &at);

    text = len > 0 ? malloc((size_t)len + 1) : NULL;
    if (text) {
        memcpy(text, at, (size_t)len);
        text[len] = '\0';
    }
    return text;
}

/* Eight bytes whose first is from 64 to 127: always as long in DER. */
static bool number(X509 *x)
{
    unsigned char serial[8];
    BIGNUM *n;
    bool good;

    if (RAND_bytes(serial, sizeof serial) != 1)
        return false;
    serial[0] = (unsigned char)((serial[0] & 0x3f) | 0x40);
    n = BN_bin2bn(serial, sizeof serial, NULL);
    good = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
    BN_free(n);
    return good;
}

static bool extend(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX c;
    X509_EXTENSION *e;
    bool good;

    X509V3_set_ctx(&c, issuer, x, NULL, NULL, 0);
    e = X509V3_EXT_conf_nid(NULL, &c, nid, value);
    good = e && X509_add_ext(x, e, -1) == 1;
    X509_EXTENSION_free(e);
    return good;
}

static bool describe(X509 *x, X509 *issuer, const struct certificate_wish *w)
{
    char names[80];

    snprintf(names, sizeof names, "%s:%s",
             tls_is_address(w->name) ? "IP" : "DNS", w->name);
    return extend(x, issuer, NID_basic_constraints,
                  w->authority ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
           extend(x, issuer, NID_key_usage,
                  w->authority ? "critical,keyCertSign,cRLSign"
                               : "critical,digitalSignature") &&
           extend(x, issuer, NID_subject_alt_name, names) &&
           extend(x, issuer, NID_subject_key_identifier, "hash") &&
           extend(x, issuer, NID_authority_key_identifier, "keyid");
}

static bool fill_in(X509 *x, EVP_PKEY *key, X509 *issuer,
                    const struct certificate_wish *w)
{
    X509_NAME *name = X509_get_subject_name(x);

    return X509_set_version(x, X509_VERSION_3) == 1 && number(x) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)w->name, -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(x, X509_get_subject_name(issuer)) == 1 &&
           ASN1_TIME_set(X509_getm_notBefore(x), (time_t)w->from_s) &&
           ASN1_TIME_set(X509_getm_notAfter(x), (time_t)w->until_s) &&
           X509_set_pubkey(x, key) == 1 && describe(x, issuer, w);
}

static EVP_PKEY *make_key(bool rsa)
{
    return rsa ? EVP_RSA_gen(2048) : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static bool issue(X509 *x, EVP_PKEY *key, const struct certificate_wish *w)
{
    BIO *from = w->issuer ? BIO_new_mem_buf(w->issuer->chain, -1) : NULL;
    BIO *secret = w->issuer ? BIO_new_mem_buf(w->issuer->key, -1) : NULL;
    X509 *issuer = from ? PEM_read_bio_X509(from, NULL, NULL, NULL) : NULL;
    EVP_PKEY *by =
        secret ? PEM_read_bio_PrivateKey(secret, NULL, NULL, NULL) : NULL;
    bool good = !w->issuer || (issuer && by);

    good = good && fill_in(x, key, issuer ? issuer : x, w);
    if (good) {
        EVP_PKEY *signer = by ? by : key;
        const EVP_MD *digest =
            EVP_PKEY_is_a(signer, "ED25519") ? NULL : EVP_sha256();

        good = X509_sign(x, signer, digest) > 0;
    }
    X509_free(issuer);
    EVP_PKEY_free(by);
    BIO_free(from);
    BIO_free(secret);
    return good;
}

/* Those who verify have the root; all others go along. */
static bool add_issuers(BIO *to, const struct certificate *issuer)
{
    BIO *from = issuer ? BIO_new_mem_buf(issuer->chain, -1) : NULL;
    bool good = true;
    X509 *x;

    while (from && (x = PEM_read_bio_X509(from, NULL, NULL, NULL))) {
        bool root = X509_self_signed(x, 0) == 1;

        good = good && (root || PEM_write_bio_X509(to, x) == 1);
        X509_free(x);
    }
    BIO_free(from);
    ERR_clear_error(); /* where the text ended */
    return good;
}

static bool write_down(struct certificate *c, X509 *x, EVP_PKEY *key,
                       const struct certificate *issuer)
{
    BIO *chain = BIO_new(BIO_s_mem()), *secret = BIO_new(BIO_s_mem());

    if (chain && secret && PEM_write_bio_X509(chain, x) == 1 &&
        add_issuers(chain, issuer) &&
        PEM_write_bio_PrivateKey(secret, key, NULL, NULL, 0, NULL, NULL) == 1) {
        c->chain = text_of(chain);
        c->key = text_of(secret);
    }
    BIO_free(chain);
    BIO_free(secret);
    return c->chain && c->key;
}

int certificate_make(struct certificate *c, const struct certificate_wish *w,
                     char why[TLS_WHY])
{
    size_t len = strlen(w->name);
    EVP_PKEY *key;
    X509 *x;
    bool good;

    *c = (struct certificate){0};
    if (len == 0 || len > 64 || /* RFC 5280, A.1: ub-common-name */
        w->name[strspn(w->name, NAME_CHARACTERS)] != '\0') {
        snprintf(why, TLS_WHY,
                 "'%.100s' is no name for a certificate: 1 to 64 letters, "
                 "digits, '-', '.', ':', '*'",
                 w->name);
        return -1;
    }
    ERR_clear_error();
    key = make_key(w->rsa);
    x = X509_new();
    good = key && x && issue(x, key, w) && write_down(c, x, key, w->issuer);
    X509_free(x);
    EVP_PKEY_free(key);
    if (good)
        return 0;
    tls_error_text(why, "the certificate cannot be made");
    certificate_release(c);
    return -1;
}

void certificate_release(struct certificate *c)
{
    free(c->chain);
    free(c->key);
    *c = (struct certificate){0};
}
