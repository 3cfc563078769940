import Certificates

/// An SSH public key of one of the four kinds that may sign.
package struct SSHKey: Hashable, Sendable {
    /// The names that OpenSSH gives them.
    package enum Kind: String, CaseIterable, Sendable {
        case ed25519 = "ssh-ed25519"
        case securityEd25519 = "sk-ssh-ed25519@openssh.com"
        case p256 = "ecdsa-sha2-nistp256"
        case securityP256 = "sk-ecdsa-sha2-nistp256@openssh.com"

        /// Whether the key is in a FIDO security key, which says of each signature whether somebody touched it.
        package var isSecurityKey: Bool { self == .securityEd25519 || self == .securityP256 }
        var isP256: Bool { self == .p256 || self == .securityP256 }
    }

    package let kind: Kind
    /// The whole key in SSH's wire form, as it stands in base64 in a `.pub` file.
    package let wire: [UInt8]
    /// The same for OpenSSL, made once: that takes longer than to check a signature with it.
    private let publicKey: PublicKey
    /// What a security key was told it signs for; nil for other kinds.
    let application: [UInt8]?

    /// Nil unless `wire` is a key of a known kind, to the last byte.
    package init?(wire: [UInt8]) {
        var reader = SSHWire(wire)
        guard let name = reader.string(), let kind = Kind(rawValue: String(decoding: name, as: UTF8.self)) else { return nil }
        guard !kind.isP256 || reader.take(Self.curve.utf8), let point = reader.string() else { return nil }
        guard let publicKey = kind.isP256 ? PublicKey(p256: point) : PublicKey(ed25519: point) else { return nil }
        (self.kind, self.wire, self.publicKey) = (kind, wire, publicKey)
        if kind.isSecurityKey {
            // The attack: somebody's web site has his security key sign a login. What is signed for a site names the site, not `ssh:`.
            guard let application = reader.string(), application.count <= 255, application.starts(with: "ssh:".utf8),
                application.allSatisfy({ (0x21...0x7E).contains($0) })
            else { return nil }
            self.application = application
        } else {
            application = nil
        }
        guard reader.isAtEnd else { return nil }
    }

    private static let curve = "nistp256"

    package static func == (left: SSHKey, right: SSHKey) -> Bool { left.wire == right.wire }
    package func hash(into hasher: inout Hasher) { hasher.combine(wire) }

    /// Whether `signature` is this key's over `message`: 64 bytes of Ed25519, or ECDSA in DER.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool { publicKey.verifies(signature, of: message) }
}
