import COpenSSL
import TrustCore

/// A private key. It is never printed or logged; only `pem()` gives it out, for the file that its owner keeps.
package final class PrivateKey {
    let handle: OpaquePointer

    package enum Kind: String, CaseIterable {
        /// P-256, which every TLS library of the last twenty years supports.
        case ec
        case ed25519
        case rsa4096
    }

    package init(_ kind: Kind = .ec) throws(OpenSSLError) {
        ERR_clear_error()
        let made: OpaquePointer? =
            switch kind {
            case .ec: copenssl_generate_ec("P-256")
            case .ed25519: copenssl_generate_ed25519()
            case .rsa4096: copenssl_generate_rsa(4_096)
            }
        guard let made else { throw OpenSSLError("make a key") }
        handle = made
    }

    init(taking handle: OpaquePointer) { self.handle = handle }

    /// Reads a key that is not encrypted, in any PEM form of a private key.
    package init(pem: [UInt8]) throws(OpenSSLError) {
        ERR_clear_error()
        let buffer = try SecretBuffer(pem)
        // Without the callback OpenSSL would ask for a password on the terminal.
        guard let read = PEM_read_bio_PrivateKey(buffer.bio, nil, { _, _, _, _ in -1 }, nil) else { throw OpenSSLError("read the key") }
        handle = read
    }

    deinit { EVP_PKEY_free(handle) }

    /// PKCS#8, not encrypted: a program that starts unattended must be able to read it.
    package func pem() throws(OpenSSLError) -> [UInt8] {
        let buffer = try SecretBuffer()
        guard PEM_write_bio_PKCS8PrivateKey(buffer.bio, handle, nil, nil, 0, nil, nil) == 1 else { throw OpenSSLError("write the key") }
        return buffer.contents
    }

    /// Whether `certificate` was made for this key.
    package func belongs(to certificate: Certificate) throws(OpenSSLError) -> Bool {
        Hex.text(try publicKeyDigest()) == certificate.spkiSHA256
    }

    /// SHA-256 of the DER form of its SubjectPublicKeyInfo.
    func publicKeyDigest() throws(OpenSSLError) -> [UInt8] {
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_PUBKEY(handle, &encoded)
        guard count > 0, let encoded else { throw OpenSSLError("read the key") }
        defer { copenssl_free(encoded) }
        return SHA256.digest(of: Array(UnsafeBufferPointer(start: encoded, count: Int(count))))
    }

    /// Its signature of the message, which `OpenSSLCertificate.verifies` checks.
    func signature(of message: [UInt8]) throws(OpenSSLError) -> [UInt8] {
        ERR_clear_error()
        let context = EVP_MD_CTX_new()
        defer { EVP_MD_CTX_free(context) }
        var count = 0
        guard EVP_DigestSignInit(context, nil, digest, nil, handle) == 1,
            EVP_DigestSign(context, nil, &count, message, message.count) == 1
        else { throw OpenSSLError("sign") }
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSign(context, &signature, &count, message, message.count) == 1 else { throw OpenSSLError("sign") }
        return Array(signature.prefix(count))
    }

    /// The digest to sign with; nil for a kind that has its own.
    var digest: OpaquePointer? { Self.digest(for: handle) }

    /// The same for the public key of a certificate: the digest with which its signatures are made.
    static func digest(for key: OpaquePointer) -> OpaquePointer? {
        EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1 ? nil : EVP_sha256()
    }
}
