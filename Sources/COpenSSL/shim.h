#pragma once
#define OPENSSL_API_COMPAT 30000
#define OPENSSL_NO_DEPRECATED /* what OpenSSL 3.0 deprecates is not there, instead of warning */
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* The macro itself does not import: "structure not supported". */
static const unsigned long COPENSSL_XN_FLAG_RFC2253 = XN_FLAG_RFC2253;
