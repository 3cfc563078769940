package import Certificates
package import EximControl
package import TrustCore

/// What is known about one fingerprint. (TrustCore's `RecordReader` and `RecordWriter` are about something else: texts of `Name: value`.)
package struct Record {
    package let fingerprint: Fingerprint
    package internal(set) var state: TrustState
    /// trustd's entry, also when the fingerprint was decided since.
    package internal(set) var entry: PendingEntry?
    /// The item in the trust list, when it is approved.
    package internal(set) var item: TrustList.Item?
    /// The last decision about it, if there was one.
    package internal(set) var last: Ledger.LastWord?
    /// Its certificate, when one is known that has this digest.
    package internal(set) var outline: CertificateOutline?
    package internal(set) var source: CertificateSource?
    /// The name of its file in the trust directory.
    package internal(set) var installedAs: String?
    /// By what its client is let in; nil where trust is not by a CA.
    package internal(set) var waysIn: WaysIn?
    /// The relays of a fleet that have queued it, the one that saw it last first; nil but on a console.
    package internal(set) var relays: [RelaySighting]?
    /// What a fleet has said of it, if it was taken away; on a console.
    package internal(set) var revokedByFleet: String?
    /// What a fleet's approval says besides the certificate; on a console.
    package internal(set) var fleetTerms: Terms?
    /// Why the certificate that was logged for it is not shown.
    var lie: CertificateClaimError?

    var isInTrustDirectory: Bool { installedAs != nil }

    /// The whole certificate: parsed at each call.
    package var certificate: Certificate? { outline?.der.flatMap { try? Certificate(der: $0) } }

    /// The name that people gave it, whatever its state. A note of trustctl's in the list says which; without one, the ledger knows it, also
    /// when a template has dropped the comments; then what a person wrote above it in the list.
    package var label: String? {
        if let note = item?.note { return note.label }
        return last?.label ?? item?.label
    }

    /// What its approval says besides the certificate; nothing but the label, unless the last decision approved it.
    package var terms: Terms {
        if let fleetTerms { return fleetTerms }
        let isByDecision = state == .approved && last?.after == .approved
        return Terms(label: label, until: isByDecision ? last?.until : nil, note: isByDecision ? last?.note : nil)
    }

    /// Whether its approval is over, and it is trusted all the same: nobody has taken it out yet.
    package func isPastItsEnd(at now: Timestamp) -> Bool { terms.isOver(at: now) }

    /// Whether it is in the list, although it was revoked or denied: a restored backup or a configuration tool has brought it back.
    package var isBack: Bool { last?.isAgainst(state) ?? false }

    /// Whether it was approved once, and is nothing now.
    package var isRevoked: Bool { state == .none && (revokedByFleet != nil || last?.wasApproved ?? false) }

    /// The state as people and programs read it.
    package var stateName: String { isRevoked ? "revoked" : state.rawValue }

    /// The label, or the beginning of the fingerprint that names it.
    package var name: String { label.map { Printable($0, limit: 64).description } ?? String(fingerprint.description.prefix(16)) }

    /// What was known when it was decided.
    package var evidence: Evidence? { last?.evidence }

    /// The last decision, if that made the present state.
    package var decided: Ledger.LastWord? { last.flatMap { $0.after == state ? $0 : nil } }
}

extension Record {
    /// Adds the last decision, and the certificate: the installed one, else the first that has this fingerprint among the one that was
    /// logged, the kept one, and the one in the ledger. `claim` is the one that was logged, when it was read already.
    mutating func complete(
        _ latest: Ledger.LastWord?, _ installed: TrustDirectory.File?,
        claim known: Result<CertificateOutline, CertificateClaimError>? = nil,
        kept: (Fingerprint) -> [UInt8]? = { _ in nil }
    ) {
        last = latest
        installedAs = installed?.name
        if let installed {
            outline = try? CertificateOutline(der: installed.certificate.der)
            source = .directory
        }
        if outline == nil, let known {
            take(known, from: .log)
        } else if outline == nil, let claimed = entry?.certificate {
            claim(claimed, from: .log)
        }
        if outline == nil, let latest, latest.extent != .whole, let facts = latest.outline {
            outline = facts
            source = latest.evidence?.source ?? .log
        }
        // In a fleet a certificate may come after the decision, of which a checkpoint knows nothing.
        if outline == nil, let latest, latest.extent == .whole || latest.extent == .lists && latest.action == .fleet, latest.wasApproved,
            let der = kept(fingerprint)
        {
            outline = try? CertificateOutline(der: der)
            source = latest.evidence?.source ?? (latest.action == .fleet ? .file : .log)
        }
        if outline == nil, let evidence, let claimed = evidence.certificate { claim(claimed, from: evidence.source ?? .log) }
    }

    private mutating func claim(_ claimed: String, from origin: CertificateSource) {
        take(Result { () throws(CertificateClaimError) in try CertificateOutline(claimed: claimed, for: fingerprint) }, from: origin)
    }

    private mutating func take(_ claim: Result<CertificateOutline, CertificateClaimError>, from origin: CertificateSource) {
        switch claim {
        case .success(let read):
            outline = read
            source = origin
        case .failure(let error): lie = error
        }
    }
}
