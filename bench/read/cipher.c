/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/read/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum { MOST_HASH = 48 };

struct cipher_suite {
    uint16_t number;
    const EVP_CIPHER *(*cipher)(void);
    const EVP_MD *(*hash)(void);
    uint8_t secret, key, fixed; /* sizes; `fixed` is the part of the nonce that
                                   the key exchange makes */
};

/* clang-format off */
static const struct cipher_suite suites[] = {
    {0x1301, EVP_aes_128_gcm,       EVP_sha256, 32, 16, 12},
    {0x1302, EVP_aes_256_gcm,       EVP_sha384, 48, 32, 12},
    {0x1303, EVP_chacha20_poly1305, EVP_sha256, 32, 32, 12},
    {0x009c, EVP_aes_128_gcm,       EVP_sha256, 48, 16, 4}, /* RSA */
    {0x009d, EVP_aes_256_gcm,       EVP_sha384, 48, 32, 4},
    {0x009e, EVP_aes_128_gcm,       EVP_sha256, 48, 16, 4}, /* DHE-RSA */
    {0x009f, EVP_aes_256_gcm,       EVP_sha384, 48, 32, 4},
    {0xc02b, EVP_aes_128_gcm,       EVP_sha256, 48, 16, 4}, /* ECDHE-ECDSA */
    {0xc02c, EVP_aes_256_gcm,       EVP_sha384, 48, 32, 4},
    {0xc02f, EVP_aes_128_gcm,       EVP_sha256, 48, 16, 4}, /* ECDHE-RSA */
    {0xc030, EVP_aes_256_gcm,       EVP_sha384, 48, 32, 4},
    {0xcca8, EVP_chacha20_poly1305, EVP_sha256, 48, 32, 12},
    {0xcca9, EVP_chacha20_poly1305, EVP_sha256, 48, 32, 12},
    {0xccaa, EVP_chacha20_poly1305, EVP_sha256, 48, 32, 12},
};
/* clang-format on */

const struct cipher_suite *cipher_suite_of(unsigned number)
{
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++)
        if (suites[i].number == number)
            return &suites[i];
    return NULL;
}

bool cipher_suite_is_13(const struct cipher_suite *s)
{
    return s->number >> 8 == 0x13;
}

size_t cipher_suite_secret(const struct cipher_suite *s)
{
    return s->secret;
}

/* Part of the nonce stands in the record. */
static size_t explicit_nonce(const struct cipher_suite *s)
{
    return CIPHER_NONCE - s->fixed;
}

size_t cipher_suite_overhead(const struct cipher_suite *s)
{
    return CIPHER_TAG + explicit_nonce(s) + cipher_suite_is_13(s);
}

/* HKDF-Expand-Label without a context (RFC 8446, 7.1). Nothing that is asked
 * for is longer than one round of HKDF-Expand (RFC 5869, 2.3). */
static bool expand(const struct cipher_suite *s,
                   const struct keylog_secret *secret, const char *label,
                   uint8_t *out, size_t len)
{
    uint8_t info[32], hash[MOST_HASH];
    size_t size = strlen(label), n = 0;

    info[n++] = 0;
    info[n++] = (uint8_t)len;
    info[n++] = (uint8_t)(6 + size);
    memcpy(info + n, "tls13 ", 6);
    memcpy(info + n + 6, label, size);
    n += 6 + size;
    info[n++] = 0; /* no context */
    info[n++] = 1; /* the first round */
    if (!HMAC(s->hash(), secret->at, secret->len, info, n, hash, NULL))
        return false;
    memcpy(out, hash, len);
    OPENSSL_cleanse(hash, sizeof hash);
    return true;
}

/* A secret of `len` bytes and its use, from the master secret: P_hash of RFC
 * 5246, 5. */
static bool expand_12(const struct cipher_suite *s,
                      const struct keylog_secret *master, const uint8_t *seed,
                      size_t seed_len, uint8_t *out, size_t len)
{
    uint8_t a[MOST_HASH + 128], block[MOST_HASH];
    const uint8_t *from = seed;
    size_t hash = (size_t)EVP_MD_size(s->hash()), from_len = seed_len;

    while (len > 0) {
        size_t n = len < hash ? len : hash;

        if (!HMAC(s->hash(), master->at, master->len, from, from_len, block,
                  NULL))
            return false;
        memcpy(a, block, hash);
        memcpy(a + hash, seed, seed_len);
        if (!HMAC(s->hash(), master->at, master->len, a, hash + seed_len, block,
                  NULL))
            return false;
        memcpy(out, block, n);
        out += n;
        len -= n;
        from = a;
        from_len = hash;
    }
    return true;
}

static bool set_key(struct cipher *c, const struct cipher_suite *s,
                    const uint8_t *key)
{
    EVP_CIPHER_CTX *x = c->context;

    if (!x)
        c->context = x = EVP_CIPHER_CTX_new();
    c->suite = s;
    c->number = 0;
    return x && EVP_DecryptInit_ex(x, s->cipher(), NULL, key, NULL) == 1;
}

bool cipher_set_13(struct cipher *c, const struct cipher_suite *s,
                   const struct keylog_secret *secret)
{
    uint8_t key[CIPHER_KEY];

    return secret->len == s->secret && expand(s, secret, "key", key, s->key) &&
           expand(s, secret, "iv", c->iv, sizeof c->iv) && set_key(c, s, key);
}

void cipher_next_secret(const struct cipher_suite *s,
                        struct keylog_secret *secret)
{
    uint8_t next[KEYLOG_SECRET];

    if (expand(s, secret, "traffic upd", next, secret->len))
        memcpy(secret->at, next, secret->len);
}

bool cipher_set_12(struct cipher *c, const struct cipher_suite *s,
                   const struct keylog_secret *master,
                   const uint8_t client_random[KEYLOG_RANDOM],
                   const uint8_t server_random[KEYLOG_RANDOM], bool of_server)
{
    static const char label[] = "key expansion";
    enum { LABEL = sizeof label - 1 };
    uint8_t seed[LABEL + 2 * KEYLOG_RANDOM];
    uint8_t block[2 * (CIPHER_KEY + CIPHER_NONCE)];
    size_t key_at = of_server ? s->key : 0;
    size_t iv_at = 2u * s->key + (of_server ? s->fixed : 0);

    memcpy(seed, label, LABEL);
    memcpy(seed + LABEL, server_random, KEYLOG_RANDOM);
    memcpy(seed + LABEL + KEYLOG_RANDOM, client_random, KEYLOG_RANDOM);
    if (master->len != s->secret || !expand_12(s, master, seed, sizeof seed,
                                               block, 2u * (s->key + s->fixed)))
        return false;
    memcpy(c->iv, block + iv_at, s->fixed);
    return set_key(c, s, block + key_at);
}

static void put_number(uint8_t out[8], uint64_t number)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(number >> (56 - 8 * i));
}

static void make_nonce(const struct cipher *c, uint64_t number,
                       const uint8_t *body, uint8_t nonce[CIPHER_NONCE])
{
    uint8_t text[8];

    memcpy(nonce, c->iv, CIPHER_NONCE);
    if (explicit_nonce(c->suite)) {
        memcpy(nonce + c->suite->fixed, body, explicit_nonce(c->suite));
        return;
    }
    put_number(text, number);
    for (int i = 0; i < 8; i++)
        nonce[4 + i] ^= text[i];
}

/* What is authenticated beside: the header itself under 1.3, the number and
 * the content's own length under 1.2. Returns its length. */
static int make_extra(const struct cipher *c, uint64_t number,
                      const uint8_t head[5], size_t len, uint8_t out[13])
{
    if (cipher_suite_is_13(c->suite)) {
        memcpy(out, head, 5);
        return 5;
    }
    put_number(out, number);
    memcpy(out + 8, head, 3);
    out[11] = (uint8_t)(len >> 8);
    out[12] = (uint8_t)len;
    return 13;
}

long cipher_open(struct cipher *c, uint64_t number, const uint8_t head[5],
                 const uint8_t *body, size_t len, uint8_t *out)
{
    uint8_t nonce[CIPHER_NONCE], extra[13];
    size_t skip = c->suite ? explicit_nonce(c->suite) : 0;
    int n, rest, extras;

    if (!c->suite || len < skip + CIPHER_TAG)
        return -1;
    make_nonce(c, number, body, nonce);
    body += skip;
    len -= skip + CIPHER_TAG;
    extras = make_extra(c, number, head, len, extra);
    if (EVP_DecryptInit_ex(c->context, NULL, NULL, NULL, nonce) != 1 ||
        EVP_DecryptUpdate(c->context, NULL, &n, extra, extras) != 1 ||
        EVP_DecryptUpdate(c->context, out, &n, body, (int)len) != 1 ||
        EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG,
                            (void *)(body + len)) != 1 ||
        EVP_DecryptFinal_ex(c->context, out + n, &rest) != 1)
        return -1;
    return n + rest;
}

void cipher_release(struct cipher *c)
{
    EVP_CIPHER_CTX_free(c->context);
    *c = (struct cipher){0};
}
