import Certificates
import EximControl
import TrustCore

/// Who of those that wait says that he was invited, and who of these knew a code.
struct InvitedEntries {
    /// By the invitation's name: the fingerprints with a good proof, in their order.
    private(set) var claimants: [String: [Fingerprint]] = [:]
    /// How many name it with a proof that is wrong.
    private(set) var wrong: [String: Int] = [:]
    /// The key of each that has a good proof, as SHA-256.
    private var keys: [Fingerprint: String] = [:]

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
                keys[fingerprint] = certificate.spkiSHA256
            } else {
                wrong[claim.name, default: 0] += 1
            }
        }
        for name in claimants.keys { claimants[name]?.sort() }
    }

    /// Whether all that claim this invitation have one key, and so one owner.
    ///
    /// The attack: Exim's user or trustd's computes the other form of a client's ECDSA signature (r and n - s are right where r and s are), and
    /// queues the certificate with it beside the client's own: it seems that two know the code, and the invitation is closed.
    func areOfOneKey(_ name: String) -> Bool { keys(of: name).count == 1 }

    /// The keys of those that claim this invitation.
    func keys(of name: String) -> Set<String> { Set((claimants[name] ?? []).compactMap { keys[$0] }) }

    /// Those that claim this invitation with another key than this one.
    func claimants(of name: String, withoutKey key: String) -> [Fingerprint] { (claimants[name] ?? []).filter { keys[$0] != key } }
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
