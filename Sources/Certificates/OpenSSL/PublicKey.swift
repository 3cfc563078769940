import COpenSSL

/// A public key that is in no certificate, e.g. an operator's SSH key.
package final class PublicKey: Sendable {
    /// Nothing changes the key after it was made, and OpenSSL lets several threads check signatures with one key.
    private nonisolated(unsafe) let handle: OpaquePointer

    /// Ed25519, as RFC 8032 writes it: 32 bytes. Nil for another number of bytes.
    package init?(ed25519 bytes: [UInt8]) {
        guard bytes.count == 32, let key = EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, bytes, bytes.count) else {
            ERR_clear_error()
            return nil
        }
        handle = key
    }

    /// What precedes the point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480).
    private static let p256Prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01,
        0x07, 0x03, 0x42, 0x00,
    ]

    /// A point of P-256, not compressed: 65 bytes. Nil for anything else, and for a point that is not on the curve.
    package init?(p256 point: [UInt8]) {
        guard point.count == 65, point[0] == 4 else { return nil }
        let encoded = Self.p256Prefix + point
        let read = encoded.withUnsafeBufferPointer { bytes in
            var place = bytes.baseAddress
            return d2i_PUBKEY(nil, &place, bytes.count)
        }
        guard let read else {
            ERR_clear_error()
            return nil
        }
        handle = read
    }

    deinit { EVP_PKEY_free(handle) }

    /// Whether `signature` is this key's over `message`: 64 bytes of Ed25519, or ECDSA with SHA-256 in DER.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool { Self.verifies(signature, of: message, by: handle) }

    /// The same for OpenSSL's key of a certificate.
    static func verifies(_ signature: [UInt8], of message: [UInt8], by key: OpaquePointer) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, PrivateKey.digest(for: key), nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }
}
