import Certificates
package import TrustCore

/// The line of a certificate: all with its key, those that this key has signed as its successors, and so on.
extension Register {
    struct Successor {
        let fingerprint: Fingerprint
        /// The key that has signed that it follows, as SHA-256.
        let key: String
    }

    /// Those with this subject about which somebody has decided and that show whose successors they are, whatever became of them.
    func successors(withSubject subject: String) -> [Successor] {
        Set(books.fingerprints(.subject, subject)).union(ofFleet).sorted().compactMap { fingerprint in
            guard let outline = outlineOfAny(fingerprint), fleet == nil || outline.subject == subject, outline.mayNamePredecessor,
                let der = outline.der,
                let certificate = try? Certificate(der: der), let succession = certificate.succession,
                let old = outlineOfAny(succession.predecessor)?.der.flatMap({ try? Certificate(der: $0) }),
                succession.isSigned(by: old, for: certificate)
            else { return nil }
            return Successor(fingerprint: fingerprint, key: old.spkiSHA256)
        }
    }

    /// On a console, all about which the fleet has decided: no ledger there knows them.
    private var ofFleet: Set<Fingerprint> {
        guard let fleet else { return [] }
        return Set(fleet.terms.keys).union(fleet.revoked.keys).union(fleet.denied)
    }

    /// What is known of one, on a console also of one that the fleet has taken away.
    private func outlineOfAny(_ fingerprint: Fingerprint) -> CertificateOutline? {
        if let outline = self[fingerprint].outline { return outline }
        return fleet == nil ? nil : kept.der(fingerprint).flatMap { try? CertificateOutline(der: $0) }
    }

    /// These, and the approved ones in their lines, in the order of their fingerprints.
    ///
    /// The attack: a thief has a key of his own named as successor by the one that he has stolen, and keeps it when that one is revoked.
    package func approved(inLinesOf named: [Fingerprint]) -> [Fingerprint] {
        var line = Set(named)
        var fresh = line
        while !fresh.isEmpty {
            var next = Set(approved(withKeysOf: Array(fresh)))
            for outline in fresh.compactMap({ self[$0].outline }) {
                next.formUnion(successors(withSubject: outline.subject).filter { $0.key == outline.spkiSHA256 }.map(\.fingerprint))
            }
            fresh = next.subtracting(line)
            line.formUnion(fresh)
        }
        return line.filter { state(of: $0) == .approved }.sorted()
    }

    /// When a person has approved last one of the line that `fingerprint` continues, as RFC 3339; nil when no decision has approved it.
    func approvedByPerson(_ fingerprint: Fingerprint) -> String? {
        guard let word = books.word(fingerprint), word.after == .approved, let entry = books.entry(at: word.place) else { return nil }
        return entry.effects.renews == nil ? entry.decision.time : entry.effects.since
    }

    /// The last words about all that ever had this key.
    func words(ofKey key: String) -> [(Fingerprint, Ledger.LastWord)] {
        books.fingerprints(.key, key).sorted().compactMap { fingerprint in books.word(fingerprint).map { (fingerprint, $0) } }
    }
}
