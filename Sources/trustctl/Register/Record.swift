import TrustCore

/// What is known about one fingerprint.
struct Record {
    let fingerprint: Fingerprint
    var state: TrustState
    var entry: PendingEntry?
    /// The list's item, when it is approved.
    var item: TrustList.Item?
    /// The last decision about it, if there was one.
    var decision: (decision: Decision, subject: Decision.Subject)?
    /// Its certificate, when one is known whose digest it is.
    var outline: CertificateOutline?
    var source: CertificateSource?
    /// The name of its file in the trust directory.
    var installedAs: String?
    var isInTrustDirectory: Bool { installedAs != nil }
    /// Why what was logged as its certificate is not shown.
    var lie: CertificateClaimError?

    /// The whole certificate: parsed at each call.
    var certificate: Certificate? { outline.flatMap { try? Certificate(der: $0.der) } }

    /// The label, or the beginning of the fingerprint that names it.
    var name: String { item?.label.map { Printable($0, limit: 64).description } ?? String(fingerprint.description.prefix(16)) }

    /// What was known when it was decided.
    var evidence: Evidence? { decision?.subject.evidence }

    /// The last decision, if it is the one that made the state.
    var decided: Decision? { decision.flatMap { $0.subject.after == state ? $0.decision : nil } }
}
