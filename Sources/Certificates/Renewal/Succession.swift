package import TrustCore

/// What a certificate says of the one that it follows: its fingerprint, and a signature by that one's key. A stranger wrote it.
///
///     URI:trustd-renewal:1:<64 hexadecimal digits>:<signature in base64url>
///
/// Signed are `trustd-renewal-1`, the SHA-256 of the new key (SubjectPublicKeyInfo), and the 32 bytes of the fingerprint.
package struct Succession: Equatable, Sendable {
    package let predecessor: Fingerprint
    let signature: [UInt8]

    static let scheme = "trustd-renewal:1:"
    /// As an RSA key of 16384 bits makes it.
    private static let longestSignature = 2_048

    /// Made by the predecessor's key, for the next one.
    package init(from predecessor: Identity, to key: PrivateKey) throws(OpenSSLError) {
        self.predecessor = predecessor.certificate.fingerprint
        let message = Self.message(for: Hex.text(try key.publicKeyDigest()), after: self.predecessor)
        signature = try predecessor.key.signature(of: message)
    }

    /// Exactly the form of `uri`; nil for anything else.
    package init?(uri: some StringProtocol) {
        let bytes = Array(uri.utf8)
        let start = Self.scheme.utf8.count
        let end = start + Fingerprint.digits
        guard bytes.count > end + 1, bytes.count <= end + 1 + Self.longestSignature / 3 * 4 + 4, bytes.starts(with: Self.scheme.utf8),
            bytes[end] == UInt8(ascii: ":"), let fingerprint = try? Fingerprint(exactly: bytes[start..<end]),
            let signature = Base64URL.bytes(bytes[(end + 1)...]), signature.count <= Self.longestSignature
        else { return nil }
        (predecessor, self.signature) = (fingerprint, signature)
    }

    package var uri: String { "\(Self.scheme)\(predecessor):\(Base64URL.text(signature))" }

    /// Whether the key of `old` has signed that `new` follows it.
    ///
    /// The attack: somebody copies the name out of a log or a queue into a certificate of his own. It is bound to the new key, and to the
    /// certificate that it follows, so it is wrong there.
    package func isSigned(by old: Certificate, for new: Certificate) -> Bool {
        guard old.fingerprint == predecessor, let certificate = try? OpenSSLCertificate(der: old.der) else { return false }
        return certificate.verifies(signature, of: Self.message(for: new.spkiSHA256, after: predecessor))
    }

    private static func message(for key: String, after predecessor: Fingerprint) -> [UInt8] {
        Array("trustd-renewal-1".utf8) + (Hex.bytes(key) ?? []) + (Hex.bytes(predecessor.description) ?? [])
    }
}

extension Certificate {
    /// What it says of the one that it follows; nil when it says nothing, or more than one thing.
    package var succession: Succession? {
        let names = subjectAlternativeNames.filter { Self.isOfRenewal(name: $0) }
        guard names.count == 1 else { return nil }
        return Succession(uri: String(decoding: names[0].utf8.dropFirst(4), as: UTF8.self))
    }

    /// Whether a name is one that says whom the certificate follows, and nothing else.
    package static func isOfRenewal(name: String) -> Bool { name.utf8.starts(with: "URI:\(Succession.scheme)".utf8) }
}

extension CertificateOutline {
    /// Whether the certificate may say whom it follows: only then it is worth reading as a whole.
    package var mayNamePredecessor: Bool { mentions(Succession.scheme) }
}
