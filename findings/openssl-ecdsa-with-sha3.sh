#!/bin/sh
# OpenSSL 3.0.22 (Debian 12): it makes a certificate signed by ECDSA with SHA3-256, and then neither finds its issuer nor shows it in TLS.
#
# `openssl req -x509 -sha3-256` with an EC key makes one without a word (the OID is NIST's ecdsa-with-SHA3-256). The signature itself can be
# checked. But the table that pairs a signature's algorithm with a digest and a kind of key lacks ECDSA with SHA3. So the certificate is not
# taken for its own issuer (error 20, "unable to get local issuer certificate", although it is the trust anchor), and its digest counts as one
# of no strength: s_client and s_server refuse to load it, with words that blame a CA's digest, at the default security level. The same with
# an RSA key works in both ways.
#
# Seen with openssl and libssl3 3.0.22-1~deb12u2:
#
#     EC, SHA-256:    verify OK               s_client loads it
#     EC, SHA3-256:   verify error 20         s_client: ca md too weak
#     RSA, SHA3-256:  verify OK               s_client loads it
#
# A client of whom an administrator hears "self-signed, EC, SHA3" cannot come by TLS, whatever is approved. Needs apt and the Debian 12
# archive; ends with 0 while it is so.
set -eu
version=3.0.22-1~deb12u2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get -qq download "openssl=$version" "libssl3=$version" >/dev/null 2>&1
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find "$folder/root" -type d -name 'x86_64-linux-gnu' -o -type d -name 'aarch64-linux-gnu' | paste -sd: -)
OPENSSL_CONF=/dev/null
export LD_LIBRARY_PATH OPENSSL_CONF
openssl=$folder/root/usr/bin/openssl
"$openssl" version
printf '[req]\ndistinguished_name = name\n[name]\n' >req.cnf

# see NAME DIGEST KEY-OPTIONS...: what verify and s_client say, in one word each
see() {
    name=$1 digest=$2
    shift 2
    "$openssl" req -x509 -config req.cnf -newkey "$@" -nodes -days 9 "-$digest" -subj /CN=client -keyout "$name.key" -out "$name.pem" 2>/dev/null
    verified=$("$openssl" verify -CAfile "$name.pem" "$name.pem" 2>&1 | grep -oE 'error 20|OK' | head -n 1)
    # Nobody listens on port 1: what can be loaded comes as far as that.
    loaded=$("$openssl" s_client -cert "$name.pem" -key "$name.key" -connect 127.0.0.1:1 2>&1 </dev/null |
        grep -oE 'ca md too weak|connect:errno' | head -n 1)
    printf '%-14s verify: %-9s s_client: %s\n' "$name" "$verified" "$loaded"
    answer="$verified, $loaded"
}
holds() { # holds NAME WANTED DIGEST KEY-OPTIONS...
    name=$1 wanted=$2
    shift 2
    see "$name" "$@"
    [ "$answer" = "$wanted" ] || {
        echo "changed: it was $wanted"
        exit 1
    }
}
holds ec-sha256 'OK, connect:errno' sha256 ec -pkeyopt ec_paramgen_curve:P-256
holds ec-sha3-256 'error 20, ca md too weak' sha3-256 ec -pkeyopt ec_paramgen_curve:P-256
holds rsa-sha3-256 'OK, connect:errno' sha3-256 rsa:2048
