/// What a DER (or BER) value is if it is not a certificate, judged by its first tags.
///
/// A private key is recognised, and refused, without reading the secret in it, even if it is cut off.
enum DERShape: Equatable {
    case privateKey(form: String)
    case request
    case revocationList
    case publicKey
    case bundle

    /// Nil for a certificate and for anything else.
    init?(of bytes: ArraySlice<UInt8>) {
        guard let outer = DERElement(at: bytes), outer.tag == Tag.sequence else { return nil }
        let parts = DERElement.all(in: outer.content, limit: 4)
        let tags = parts.map(\.tag)
        switch (tags.first, tags.dropFirst().first) {
        case (Tag.integer, Tag.octets): self = .privateKey(form: "SEC 1")
        case (Tag.integer, Tag.sequence):
            self = .privateKey(form: parts[0].content.elementsEqual([3]) ? "PKCS#12" : "PKCS#8")
        case (Tag.integer, Tag.integer):
            // A private key begins with its version, one byte; a public key with its modulus, which is longer.
            self = parts[0].content.count == 1 ? .privateKey(form: "PKCS#1") : .publicKey
        case (Tag.sequence, Tag.octets): self = .privateKey(form: "encrypted PKCS#8")
        case (Tag.sequence, Tag.bits) where tags.count == 2: self = .publicKey
        case (Tag.object, Tag.explicit0): self = .bundle
        case (Tag.sequence, Tag.sequence):
            // Something signed: a certificate, a request or a revocation list.
            switch DERElement.all(in: parts[0].content, limit: 4).map(\.tag) {
            case [Tag.integer, Tag.sequence, Tag.sequence, Tag.explicit0]: self = .request
            case let tags where tags.starts(with: [Tag.sequence, Tag.sequence]) && tags.count > 2 && Tag.times.contains(tags[2]):
                self = .revocationList
            case let tags where tags.starts(with: [Tag.integer, Tag.sequence, Tag.sequence]) && Tag.times.contains(tags.last ?? 0):
                self = .revocationList
            default: return nil
            }
        default: return nil
        }
    }

    private enum Tag {
        static let integer: UInt8 = 0x02
        static let bits: UInt8 = 0x03
        static let octets: UInt8 = 0x04
        static let object: UInt8 = 0x06
        static let times: [UInt8] = [0x17, 0x18]
        static let sequence: UInt8 = 0x30
        static let explicit0: UInt8 = 0xA0
    }

    /// The bytes after the first value; empty when its end is missing.
    static func rest(of bytes: [UInt8]) -> ArraySlice<UInt8> { DERElement(at: bytes[...])?.rest ?? [] }
}

extension DERShape {
    /// Why it is not taken as a certificate.
    var reason: CertificateError.Reason {
        switch self {
        case .privateKey(let form): .privateKey(form: form)
        case .request: .request
        case .revocationList: .revocationList
        case .publicKey: .publicKey
        case .bundle: .bundle
        }
    }
}
