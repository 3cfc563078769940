import COpenSSL
package import TrustCore

/// OpenSSL's SHA-256.
package enum SHA256 {
    /// 32 bytes; none when this OpenSSL has no SHA-256, and no fingerprint can be made of that.
    package static func digest(of bytes: [UInt8]) -> [UInt8] { digest(of: bytes[...]) }

    /// The same for a part, which need not be copied.
    package static func digest(of bytes: ArraySlice<UInt8>) -> [UInt8] {
        let running = Running()
        running.add(bytes)
        return running.digest
    }

    /// The digest in 64 upper-case hexadecimal digits.
    package static func text(of bytes: [UInt8]) -> String { Hex.text(digest(of: bytes[...])) }
    package static func text(of bytes: ArraySlice<UInt8>) -> String { Hex.text(digest(of: bytes)) }

    /// The digest of bytes that come one part after the other.
    package final class Running {
        private let context = EVP_MD_CTX_new()
        private var isWhole: Bool
        /// Looking the algorithm up takes longer than hashing a certificate.
        private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

        package init() { isWhole = EVP_DigestInit_ex2(context, Self.algorithm, nil) == 1 }

        deinit { EVP_MD_CTX_free(context) }

        package func add(_ bytes: ArraySlice<UInt8>) {
            isWhole = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) } == 1 && isWhole
        }

        /// Of all bytes; empty when this OpenSSL has no SHA-256. Nothing can be added afterwards.
        package var digest: [UInt8] {
            var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
            var count: UInt32 = 0
            guard isWhole, EVP_DigestFinal_ex(context, &digest, &count) == 1 else { return [] }
            return Array(digest.prefix(Int(count)))
        }

        package var text: String { Hex.text(digest) }
    }
}

extension Fingerprint {
    /// The fingerprint of the certificate whose DER form is `der`.
    package init(of der: [UInt8]) throws(FingerprintError) { try self.init(digest: SHA256.digest(of: der)) }
}
