import CLinux
import TrustCore

/// What a certificate says of an invitation: its name, and a proof. A stranger wrote it.
///
///     URI:trustd-invitation:1:<16 hexadecimal digits>:<43 digits of base64url>
package struct InvitationClaim: Equatable, Sendable {
    package let name: String
    let proof: [UInt8]

    static let scheme = "trustd-invitation:1:"
    private static let nameDigits = 16
    private static let proofBytes = 32
    private static let proofDigits = 43

    init(name: String, proof: [UInt8]) { (self.name, self.proof) = (name, proof) }

    /// Exactly the form of `uri`; nil for anything else.
    package init?(uri: some StringProtocol) {
        let bytes = Array(uri.utf8)
        let start = Self.scheme.utf8.count
        guard bytes.count == start + Self.nameDigits + 1 + Self.proofDigits, bytes.starts(with: Self.scheme.utf8) else { return nil }
        let name = bytes[start..<(start + Self.nameDigits)]
        guard Self.isName(name), bytes[start + Self.nameDigits] == UInt8(ascii: ":") else { return nil }
        guard let proof = Base64URL.bytes(bytes.suffix(Self.proofDigits)), proof.count == Self.proofBytes else { return nil }
        self.init(name: String(decoding: name, as: UTF8.self), proof: proof)
    }

    /// Whether it could be the name of an invitation, and so of its file.
    package static func isName(_ text: some Collection<UInt8>) -> Bool {
        text.count == nameDigits && text.allSatisfy { Hex.value(of: $0) != nil }
    }

    package var uri: String { "\(Self.scheme)\(name):\(Base64URL.text(proof))" }
}

extension Certificate {
    /// What it says of an invitation; nil when it says nothing, or more than one thing.
    package var invitationClaim: InvitationClaim? {
        let beginning = Array("URI:\(InvitationClaim.scheme)".utf8)
        let names = subjectAlternativeNames.filter { $0.utf8.starts(with: beginning) }
        guard names.count == 1 else { return nil }
        return InvitationClaim(uri: String(decoding: names[0].utf8.dropFirst(4), as: UTF8.self))
    }

    /// Whether a name is one that belongs to an invitation and to nothing else.
    package static func isOfInvitation(name: String) -> Bool { name.utf8.starts(with: "URI:\(InvitationClaim.scheme)".utf8) }
}

extension CertificateOutline {
    /// Whether the certificate may say something of an invitation: only then it is worth reading as a whole.
    package var mayClaimInvitation: Bool { mentions(InvitationClaim.scheme) }

    /// Whether these bytes are anywhere in it; false where only facts are kept.
    func mentions(_ text: String) -> Bool {
        guard let der else { return false }
        let wanted = Array(text.utf8)
        return der.withUnsafeBytes { bytes in
            wanted.withUnsafeBytes { clinux_find(bytes.baseAddress, bytes.count, $0.baseAddress, $0.count) != nil }
        }
    }
}
