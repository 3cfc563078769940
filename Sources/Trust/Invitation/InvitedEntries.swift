import Certificates
import EximControl
import TrustCore

/// Who of those that wait says that he was invited, and who of these knew a code.
struct InvitedEntries {
    /// By the invitation's name: the fingerprints with a good proof, in their order.
    private(set) var claimants: [String: [Fingerprint]] = [:]
    /// How many name it with a proof that is wrong.
    private(set) var wrong: [String: Int] = [:]

    /// The attack: a queue full of certificates that name an invitation. Only those are read whole, and of each only its proof counts.
    init(_ register: Register, _ items: [InvitationFolder.Item]) {
        guard !items.isEmpty else { return }
        let invitations = Dictionary(items.map { ($0.invitation.name, $0.invitation) }, uniquingKeysWith: { first, _ in first })
        for (fingerprint, outline) in register.pendingOutlines where outline.mayClaimInvitation {
            guard let certificate = outline.der.flatMap({ try? Certificate(der: $0) }), let claim = certificate.invitationClaim,
                let invitation = invitations[claim.name]
            else { continue }
            if invitation.isClaimed(by: certificate) {
                claimants[claim.name, default: []].append(fingerprint)
            } else {
                wrong[claim.name, default: 0] += 1
            }
        }
        for name in claimants.keys { claimants[name]?.sort() }
    }
}

extension Invitation {
    /// Whether who has the certificate's key knew the code.
    ///
    /// The attack: Exim's user or trustd's puts an entry into the queue with another certificate around a client's key and proof, to have the
    /// invitation closed. Only the key's holder can sign one.
    func isClaimed(by certificate: Certificate) -> Bool {
        certificate.invitationClaim.map { key.isProved(by: $0, in: certificate) } ?? false && certificate.selfSigned
    }
}

extension Register {
    /// The certificates of those that wait, where one is known.
    var pendingOutlines: some Sequence<(Fingerprint, CertificateOutline)> {
        entries.indices.lazy.compactMap { index in
            guard state(of: entries[index].fingerprint) == .pending, let outline = outline(ofEntry: index) else { return nil }
            return (entries[index].fingerprint, outline)
        }
    }
}
