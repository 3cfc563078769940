import COpenSSL
import TrustCore

/// A public key for which a certificate is wanted. Whoever wants it has shown that he has the private key: by TLS, or by the signature of a
/// request. Nothing else is taken from what he wrote.
package final class RequestedKey {
    /// Nothing changes it after it was read.
    let handle: OpaquePointer
    package let key: Certificate.Key
    /// As in `Certificate`.
    package let spkiSHA256: String

    /// That of a certificate which its client has shown in TLS.
    package convenience init(of certificate: Certificate) throws(RequestError) {
        guard let x509 = OpenSSLCertificate.handle(of: certificate) else { throw .malformed }
        defer { X509_free(x509) }
        guard let key = X509_get0_pubkey(x509), EVP_PKEY_up_ref(key) == 1 else { throw .keyNotTaken(certificate.key) }
        try self.init(taking: key, written: certificate.spkiSHA256)
    }

    /// That of a PKCS#10 request, in PEM or DER (RFC 2986). Its name and what it wishes for are not taken over.
    package convenience init(request bytes: [UInt8]) throws(RequestError) {
        ERR_clear_error()
        defer { ERR_clear_error() }
        let der = try RequestError.der(in: bytes)
        var used = 0
        let read = der.withUnsafeBufferPointer { buffer -> OpaquePointer? in
            var cursor = buffer.baseAddress
            let request = d2i_X509_REQ(nil, &cursor, buffer.count)
            if let cursor, let base = buffer.baseAddress { used = cursor - base }
            return request
        }
        guard let request = read else { throw .malformed }
        defer { X509_REQ_free(request) }
        guard used == der.count else { throw .malformed }
        guard let key = X509_REQ_get0_pubkey(request) else { throw .malformed }
        // The attack: somebody else's public key in a request of one's own.
        guard X509_REQ_verify(request, key) == 1 else { throw .foreignKey }
        guard try !Self.asksForAuthority(request) else { throw .authority }
        guard EVP_PKEY_up_ref(key) == 1 else { throw .malformed }
        try self.init(taking: key, written: nil)
    }

    /// Takes over `key`. `written`: the digest of the key as it was shown, where that may be another spelling than ours.
    ///
    /// The attack: a key that was revoked comes again in another spelling, with another digest (a compressed point, the curve's numbers in
    /// place of its name, RSA-PSS in place of RSA). So only the usual one counts.
    private init(taking key: OpaquePointer, written: String?) throws(RequestError) {
        handle = key
        self.key = OpenSSLCertificate.key(of: key)
        let encoded = ASN1.der(i2d_PUBKEY, of: key)
        spkiSHA256 = SHA256.text(of: encoded)
        guard self.key.isTakenByRelays else { throw .keyNotTaken(self.key) }
        // SubjectPublicKeyInfo with the curve's name and an uncompressed point (RFC 5480).
        let sizes = ["prime256v1": 91, "secp384r1": 120, "secp521r1": 158]
        let isUsual = self.key.type != "EC" || sizes[self.key.curve ?? ""] == encoded.count
        guard isUsual, written == nil || written == spkiSHA256 else { throw .unusualKey }
    }

    deinit { EVP_PKEY_free(handle) }

    private static func asksForAuthority(_ request: OpaquePointer) throws(RequestError) -> Bool {
        guard let extensions = X509_REQ_get_extensions(request) else { return false }
        defer { OPENSSL_sk_pop_free(extensions) { X509_EXTENSION_free($0.map { OpaquePointer($0) }) } }
        var state: CInt = 0
        let found = X509V3_get_d2i(extensions, NID_basic_constraints, &state, nil)
        // -1: there is none; -2: there are several, or it is broken.
        guard let found else {
            guard state == -1 else { throw .malformed }
            return false
        }
        let constraints = found.assumingMemoryBound(to: BASIC_CONSTRAINTS.self)
        defer { BASIC_CONSTRAINTS_free(constraints) }
        return constraints.pointee.ca != 0
    }
}
