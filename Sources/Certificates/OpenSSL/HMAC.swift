import COpenSSL

/// OpenSSL's HMAC with SHA-256.
enum HMAC {
    /// 32 bytes; none when this OpenSSL cannot compute it, and no proof is equal to that.
    static func code(of message: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count = 0
        ERR_clear_error()
        let made = EVP_Q_mac(nil, "HMAC", nil, "SHA256", nil, key, key.count, message, message.count, &code, code.count, &count)
        guard made != nil else {
            ERR_clear_error()
            return []
        }
        return Array(code.prefix(count))
    }

    /// Whether both have the same bytes, and there are some.
    ///
    /// The attack: somebody who sends proof after proof, and learns from the time of a comparison how many of its bytes were right.
    static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        !one.isEmpty && one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }
}
