import Certificates
package import TrustCore

/// A pending certificate that follows an approved one: the same key and subject, signed by that key, and nothing to warn of. Whoever could
/// relay with the one has the key of the other, so it admits nobody new; what it changes is the time.
package struct Renewal: Equatable {
    package let fingerprint: Fingerprint
    /// The approved one that ends last among those with its key.
    package let predecessor: Fingerprint
    /// The predecessor's label, or the beginning of its fingerprint. Safe to print.
    package let name: String
    /// The predecessor's label.
    package let label: String?
    /// When the predecessor ends.
    package let ends: Timestamp
    /// When the predecessor's approval ends, and so the successor's.
    package let until: Timestamp?
}

extension Warnings {
    /// What renews an approved certificate, in the order of their fingerprints. The register has been asked to `lookAtMany`.
    ///
    /// The attack: a stranger copies an approved certificate's subject, or puts its key into a certificate that he has signed. Neither shows
    /// that he has the key of an approved one, which such a certificate's signature does.
    package func renewals(now: Timestamp = .now) -> [Renewal] {
        byKey.filter { $1.count > 1 && !deniedKeys.contains($0) }.values.flatMap { group in
            let records = group.map { register.brief($0.fingerprint) }
            let approved = records.filter { $0.state == .approved && !$0.isBack }
            return records.filter { $0.state == .pending }.compactMap { renewal(register[$0.fingerprint], of: approved, now) }
        }.sorted { $0.fingerprint < $1.fingerprint }
    }

    private func renewal(_ record: Record, of approved: [Record], _ now: Timestamp) -> Renewal? {
        // Whoever was revoked or denied once is for a person to look at.
        guard record.last.map({ [.expire, .forget].contains($0.action) }) ?? true, record.lie == nil,
            let old = approved.filter({ $0.outline?.subject == record.outline?.subject }).max(by: { $0.ending < $1.ending }),
            !old.isPastItsEnd(at: now), let certificate = record.certificate,
            certificate.warnings(at: now, inTrustDirectory: false, known: []).isEmpty
        else { return nil }
        return Renewal(
            fingerprint: record.fingerprint, predecessor: old.fingerprint, name: old.name, label: old.label, ends: old.ending,
            until: old.terms.until)
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
    fileprivate var ending: Timestamp { outline?.notAfter ?? Timestamp(seconds: 0) }
}
