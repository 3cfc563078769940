#pragma once
#define OPENSSL_API_COMPAT 30000
#define OPENSSL_NO_DEPRECATED /* hide what OpenSSL 3.0 deprecates, so that its use is an error */
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Swift cannot import the macro itself: "structure not supported". */
static const unsigned long COPENSSL_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;

/* Swift cannot call variadic functions or macros with arguments. */
static inline EVP_PKEY *copenssl_generate_ec(const char *curve) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve); }
static inline EVP_PKEY *copenssl_generate_rsa(size_t bits) { return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits); }
static inline EVP_PKEY *copenssl_generate_ed25519(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"); }
static inline long copenssl_set_oldest_protocol(SSL *session, int version) { return SSL_set_min_proto_version(session, version); }
static inline long copenssl_set_server_name(SSL *session, const char *name) { return SSL_set_tlsext_host_name(session, name); }
/* 0 when this side has signed nothing: it had no certificate to show whose key signs what the other side takes. */
static inline long copenssl_own_signature(SSL *session) {
    int digest = 0;
    return SSL_get_signature_nid(session, &digest);
}
static inline void copenssl_free(void *memory) { OPENSSL_free(memory); }
