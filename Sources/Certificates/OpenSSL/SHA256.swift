import COpenSSL
package import TrustCore

/// OpenSSL's SHA-256.
package enum SHA256 {
    /// 32 bytes; none when this OpenSSL has no SHA-256, and no fingerprint can be made of that.
    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        guard EVP_Q_digest(nil, "SHA256", nil, bytes, bytes.count, &digest, &count) == 1 else { return [] }
        return Array(digest.prefix(count))
    }

    /// The digest in 64 upper-case hexadecimal digits.
    package static func text(of bytes: [UInt8]) -> String { Hex.text(digest(of: bytes)) }
}

extension Fingerprint {
    /// The fingerprint of the certificate whose DER form is `der`.
    package init(of der: [UInt8]) throws(FingerprintError) { try self.init(digest: SHA256.digest(of: der)) }
}
