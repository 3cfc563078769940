import Certificates
package import TrustCore

/// A pending certificate that follows an approved one: the same subject, and the same key or one that the old key has signed, and nothing to
/// warn of. Whoever could relay with the one has the key of the other, so it admits nobody new; what it changes is the time.
package struct Renewal: Equatable {
    package let fingerprint: Fingerprint
    package let way: Way
    /// The approved one that it names, or the one that ends last among those with its key.
    package let predecessor: Fingerprint
    /// The predecessor's label, or the beginning of its fingerprint. Safe to print.
    package let name: String
    /// The predecessor's label.
    package let label: String?
    /// When the predecessor ends.
    package let ends: Timestamp
    /// When the predecessor's approval ends, and so the successor's.
    package let until: Timestamp?
    /// Others that claim to follow the same key, or that follow it already.
    package let rivals: [Fingerprint]

    /// How it shows that it comes from the predecessor's key.
    package enum Way: Equatable {
        /// It has the key, and is signed with it.
        case sameKey
        /// The key has signed that it follows.
        case signed

        package var words: String { self == .sameKey ? "same key" : "signed by its key" }
    }

    /// What to warn of; nil when it is alone.
    package var theft: String? {
        rivals.isEmpty
            ? nil : "\(rivals.count == 1 ? "two" : "\(rivals.count + 1)") certificates claim to follow \(name): its key may be stolen"
    }
}

extension Warnings {
    /// What renews an approved certificate, in the order of their fingerprints. The register has been asked to `lookAtMany`.
    ///
    /// The attack: a stranger copies an approved certificate's subject, or puts its key into a certificate that he has signed. Neither shows
    /// that he has the key of an approved one, which such a certificate's signature does.
    package func renewals() -> [Renewal] {
        guard register.renew.way != .off else { return [] }
        let sharing = byKey.values.filter { $0.count > 1 }.flatMap { $0.map(\.fingerprint) }
        return Set(sharing + claims.naming).compactMap { renewal($0) }.sorted { $0.fingerprint < $1.fingerprint }
    }

    /// The renewal that this one is; nil when it is none.
    func renewal(_ fingerprint: Fingerprint) -> Renewal? {
        guard register.renew.way != .off, let claim = claims.claim(fingerprint),
            ![claim.key, claim.certificate.spkiSHA256].contains(where: register.deniedKeys.holds),
            claim.certificate.warnings(at: now, inTrustDirectory: false, known: []).isEmpty
        else { return nil }
        return renewal(claim)
    }

    private func renewal(_ claim: RenewalClaim) -> Renewal {
        let old = claim.predecessor
        return Renewal(
            fingerprint: claim.fingerprint, way: claim.way, predecessor: old.fingerprint, name: old.name, label: old.label,
            ends: old.ending, until: old.terms.until, rivals: claims.rivals(of: claim))
    }

    /// What to warn of in one that waits and follows another one, or says so.
    func ofLine(_ record: Record) -> [String] {
        guard record.state == .pending, let outline = record.outline else { return [] }
        if let claim = claims.claim(record.fingerprint) { return [renewal(claim).theft].compactMap(\.self) }
        guard outline.mayNamePredecessor, let succession = record.certificate?.succession else { return [] }
        let old = register[succession.predecessor]
        return [
            old.state == .approved
                ? "it says that it follows \(old.name), but does not show that it comes from that one's key and owner"
                : "it says that it follows \(String("\(old.fingerprint)".prefix(16))), which is not approved"
        ]
    }

    /// Why a person must decide, where others are approved without one.
    func ofPolicy(_ record: Record) -> [String] {
        guard record.state == .pending, register.renew.way.isAutomatic, let renewal = renewal(record.fingerprint) else { return [] }
        return obstacles(to: renewal).filter { $0 != renewal.theft }.map { "not approved without a person: \($0)" }
    }
}

extension Register {
    /// The approved ones whose certificate has ended more than a day ago, or whose approval has ended. `lookAtMany` first. Those whose dates
    /// are not known stay.
    package func ended(now: Timestamp = .now) -> [Fingerprint] {
        briefs(fingerprints(.approved)).filter { record in
            record.isPastItsEnd(at: now) || record.outline.map { $0.notAfter.seconds + 86_400 < now.seconds } ?? false
        }.map(\.fingerprint)
    }
}

extension Record {
    var ending: Timestamp { outline?.notAfter ?? Timestamp(seconds: 0) }
}
