import TrustCore

/// Why no certificate is issued for what was shown.
package enum RequestError: Error, Equatable, CustomStringConvertible {
    case tooLarge
    /// A private key must never leave its owner.
    case privateKey
    /// A PEM file without a request, or with more than one thing in it.
    case notOne
    case certificate
    case malformed
    /// Another key than the one in it has signed it.
    case foreignKey
    /// It asks for CA:TRUE.
    case authority
    case keyNotTaken(Certificate.Key)
    case unusualKey

    package var description: String {
        switch self {
        case .tooLarge: "it is larger than \(Certificate.maximumFileSize) bytes"
        case .privateKey: "it holds a private key, and a private key must never leave its owner"
        case .notOne: "it must hold exactly one certificate request, and nothing else"
        case .certificate: "this is a certificate, not a request"
        case .malformed: "it is not a certificate request"
        case .foreignKey: "its own key has not signed it"
        case .authority: "it asks to become a CA itself (CA:TRUE)"
        case .keyNotTaken(let key): "its key is of a kind that not every relay takes: \(Printable("\(key)", limit: 80))"
        case .unusualKey: "its key is not written as usual: an EC key needs its curve's name and an uncompressed point"
        }
    }

    /// What to do about it.
    package var hint: String? {
        switch self {
        case .privateKey: "ask for the request only; its owner should replace a key that was sent to anybody"
        case .certificate: "name its fingerprint: trustctl ca sign FP"
        case .authority: "ask its owner for a request of a client: CA:FALSE, or no basicConstraints"
        case .keyNotTaken, .unusualKey:
            "its owner needs another key: EC on P-256, P-384 or P-521, Ed25519, or RSA of 2048 to 16384 bits"
        default: nil
        }
    }
}

extension RequestError {
    /// The DER form of the one request in a file.
    static func der(in bytes: [UInt8]) throws(RequestError) -> [UInt8] {
        guard bytes.count <= Certificate.maximumFileSize else { throw .tooLarge }
        do { try Certificate.refusePrivateKey(in: bytes[...]) } catch { throw .privateKey }
        if bytes.first == 0x30 { return bytes }
        let blocks: [PEM.Block]
        do { blocks = try PEM.blocks(in: bytes) } catch { throw .malformed }
        if blocks.contains(where: { $0.label == "CERTIFICATE" }) { throw .certificate }
        guard blocks.count == 1, ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"].contains(blocks[0].label) else { throw .notOne }
        guard let der = blocks[0].content else { throw .malformed }
        return der
    }
}

extension Certificate.Key {
    /// Whether Exims with GnuTLS and with OpenSSL take a client with such a key, and it is strong enough.
    package var isTakenByRelays: Bool {
        switch type {
        case "RSA": (2_048...16_384).contains(bits ?? 0)
        case "EC": isUsableWithGnuTLS
        case "ED25519", "ED448": true
        default: false
        }
    }
}
