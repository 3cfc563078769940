import TrustCore

/// What is derived from a code, on both sides. Who has it can make proofs for this one invitation, and does not know the code.
package struct InvitationKey: Equatable, Sendable {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// As `text` writes it; nil for anything else.
    package init?(hex text: some StringProtocol) {
        guard let bytes = Hex.bytes(text), bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    package var text: String { Hex.text(bytes) }

    private func code(_ purpose: String, _ more: [UInt8] = []) -> [UInt8] {
        HMAC.code(of: Array("trustd-invitation-1 \(purpose)".utf8) + more, key: bytes)
    }

    /// The invitation's name: 16 hexadecimal digits, which say nothing of the code.
    package var name: String { Hex.text(Array(code("name").prefix(8))) }

    /// The proof of somebody who knows the code and has the key whose SubjectPublicKeyInfo has this SHA-256.
    func proof(for key: [UInt8]) -> [UInt8] { code("proof", key) }

    /// What a certificate for this key says, as a URI among its names.
    package func claim(for key: PrivateKey) throws(OpenSSLError) -> InvitationClaim {
        InvitationClaim(name: name, proof: proof(for: try key.publicKeyDigest()))
    }

    /// Whether whoever made the certificate knew the code.
    ///
    /// The attack: somebody copies a proof out of a log or a queue into a certificate of his own. It is bound to the key, so it is wrong there.
    package func isProved(by claim: InvitationClaim, in certificate: Certificate) -> Bool {
        guard claim.name == name, let key = Hex.bytes(certificate.spkiSHA256), !key.isEmpty else { return false }
        return HMAC.areEqual(claim.proof, proof(for: key))
    }
}
