/* Invitations: what trustd's user can queue of a guest's certificate, in which the guest proves that he knows a code. The machine's test puts
 * it where Exim's log would have shown it, position/invited.pem. */
#include "attack.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <time.h>

static X509 *guest(void) {
    FILE *file = fopen(POSITION "/invited.pem", "re");
    X509 *found = file == NULL ? NULL : PEM_read_X509(file, NULL, NULL, NULL);
    if (file != NULL) fclose(file);
    return found;
}

/* As trustd writes an entry, in the place of these bytes' fingerprint. */
static int queue_bytes(const unsigned char *der, long size, const char *first_seen) {
    unsigned char digest[32];
    char name[65], path[256], now[32];
    time_t seconds = time(NULL);
    if (EVP_Digest(der, size, digest, NULL, EVP_sha256(), NULL) != 1) return -1;
    for (int index = 0; index < 32; index++) snprintf(name + 2 * index, 3, "%02X", digest[index]);
    snprintf(path, sizeof path, "%s/%s", QUEUE, name);
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    FILE *file = fopen(path, "we");
    if (file == NULL) return -1;
    fprintf(file, "trustd-pending 1\nFingerprint: %s\nFirst-Seen: %s\nLast-Seen: %s\nSightings: 1\n\n", name,
            first_seen != NULL ? first_seen : now, now);
    PEM_write(file, "CERTIFICATE", "", der, size);
    return fclose(file);
}

static int queue_certificate(X509 *one, const char *first_seen) {
    unsigned char *der = NULL;
    int size = one == NULL ? -1 : i2d_X509(one, &der);
    return size <= 0 ? -1 : queue_bytes(der, size, first_seen);
}

/* Another key's certificate with the guest's subject and names, and so with his proof. */
static X509 *copied(X509 *from, EVP_PKEY *key, long serial) {
    X509 *made = X509_new();
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), serial);
    X509_set1_notBefore(made, X509_get0_notBefore(from));
    X509_set1_notAfter(made, X509_get0_notAfter(from));
    X509_set_subject_name(made, X509_get_subject_name(from));
    X509_set_issuer_name(made, X509_get_subject_name(from));
    X509_set_pubkey(made, key);
    for (int index = 0; index < X509_get_ext_count(from); index++) {
        X509_EXTENSION *extension = X509_get_ext(from, index);
        int kind = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        if (kind != NID_subject_key_identifier && kind != NID_authority_key_identifier) X509_add_ext(made, extension, -1);
    }
    return X509_sign(made, key, EVP_sha256()) > 0 ? made : NULL;
}

/* The guest's key and proof, in a certificate that somebody else has signed. */
static X509 *wrapped(X509 *from, EVP_PKEY *key) {
    X509 *made = X509_dup(from);
    ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
    return X509_sign(made, key, EVP_sha256()) > 0 ? made : NULL;
}

/* Anybody can compute it: where an ECDSA signature (r, s) is right, (r, n - s) is right too. */
static X509 *other_form(X509 *from) {
    const ASN1_BIT_STRING *old;
    X509_get0_signature(&old, NULL, from);
    const unsigned char *cursor = ASN1_STRING_get0_data(old);
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &cursor, ASN1_STRING_length(old));
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    if (signature == NULL || group == NULL) return NULL;
    BIGNUM *r = BN_dup(ECDSA_SIG_get0_r(signature)), *s = BN_new();
    BN_sub(s, EC_GROUP_get0_order(group), ECDSA_SIG_get0_s(signature));
    ECDSA_SIG_set0(signature, r, s);
    unsigned char *bytes = NULL;
    int size = i2d_ECDSA_SIG(signature, &bytes);
    X509 *made = X509_dup(from);
    const ASN1_BIT_STRING *place;
    X509_get0_signature(&place, NULL, made);
    return size > 0 && ASN1_STRING_set((ASN1_STRING *)place, bytes, size) == 1 && X509_verify(made, X509_get0_pubkey(made)) == 1 ? made
                                                                                                                                  : NULL;
}

/* One bit of each byte is changed, each time in a certificate of its own. */
static int alter(X509 *from) {
    unsigned char *der = NULL;
    int size = i2d_X509(from, &der);
    for (int index = 0; index < size; index++) {
        der[index] ^= 1 << index % 8;
        if (queue_bytes(der, size, NULL) != 0) return -1;
        der[index] ^= 1 << index % 8;
    }
    return size > 0 ? 0 : -1;
}

static int flood(X509 *from, EVP_PKEY *key) {
    for (long serial = 2; serial < 9000; serial++) {
        X509 *one = copied(from, key, serial);
        if (queue_certificate(one, NULL) != 0) return -1;
        X509_free(one);
    }
    return 0;
}

int plant_invited(const char *kind) {
    X509 *from = guest();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    errno = EIO;
    if (from == NULL || key == NULL) return -1;
#define is(name) (strcmp(kind, name) == 0)
    if (is("invited")) return queue_certificate(from, NULL);
    if (is("invited-early")) return queue_certificate(from, "2026-01-01T00:00:00Z");
    if (is("invited-copied")) return queue_certificate(copied(from, key, 2), NULL);
    if (is("invited-wrapped")) return queue_certificate(wrapped(from, key), NULL);
    if (is("invited-other-form")) return queue_certificate(from, NULL) != 0 ? -1 : queue_certificate(other_form(from), NULL);
    if (is("invited-altered")) return alter(from);
    if (is("invited-flood")) return flood(from, key) != 0 ? -1 : queue_certificate(from, NULL);
    errno = EINVAL;
    return -1;
}
