import COpenSSL

/// OpenSSL's SHA-512.
package enum SHA512 {
    /// 64 bytes; none when this OpenSSL cannot compute it, and no signature is one over that.
    package static func digest(of bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        ERR_clear_error()
        guard EVP_Q_digest(nil, "SHA512", nil, bytes, bytes.count, &digest, &count) == 1 else {
            ERR_clear_error()
            return []
        }
        return Array(digest.prefix(count))
    }
}
