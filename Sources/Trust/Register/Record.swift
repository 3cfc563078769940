package import Certificates
package import EximControl
package import TrustCore

/// What is known about one fingerprint.
package struct Record {
    package let fingerprint: Fingerprint
    package var state: TrustState
    package var entry: PendingEntry?
    /// The list's item, when it is approved.
    package var item: TrustList.Item?
    /// The last decision about it, if there was one.
    package var last: Ledger.LastWord?
    /// Its certificate, when one is known whose digest it is.
    package var outline: CertificateOutline?
    package var source: CertificateSource?
    /// The name of its file in the trust directory.
    package var installedAs: String?
    var isInTrustDirectory: Bool { installedAs != nil }
    /// Why what was logged as its certificate is not shown.
    var lie: CertificateClaimError?

    /// The whole certificate: parsed at each call.
    package var certificate: Certificate? { outline.flatMap { try? Certificate(der: $0.der) } }

    /// The label, or the beginning of the fingerprint that names it.
    package var name: String { item?.label.map { Printable($0, limit: 64).description } ?? String(fingerprint.description.prefix(16)) }

    /// What was known when it was decided.
    package var evidence: Evidence? { last?.subject.evidence }

    /// The last decision, if it is the one that made the state.
    package var decided: LedgerEntry? { last.flatMap { $0.subject.after == state ? $0.entry : nil } }
}
