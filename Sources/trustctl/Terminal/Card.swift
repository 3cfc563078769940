import TrustCore

/// All that is known about one fingerprint, for a person who decides. Every text of a stranger's passes `Printable`.
struct Card {
    private let record: Record
    private let known: Certificate?
    private let warnings: [String]
    private let style: Style
    /// Of the column of names.
    static let width = 15

    init(_ record: Record, _ warnings: Warnings, style: Style) {
        self.record = record
        known = record.certificate
        self.warnings = warnings.all(for: record, known)
        self.style = style
    }

    var text: String {
        var lines = FingerprintLines(record.fingerprint, style: style).lines + [("state", state)]
        if let item = record.item { lines += [("label", item.label.map(safe) ?? "none")] }
        if let reason = record.decided?.reason { lines.append(("reason", safe(reason))) }
        lines += certificate + sightings
        let body = lines.map { name, value in name.padded(to: Self.width) + value }
        return (body + warnings.map { style.warning("warning: \($0)") }).joined(separator: "\n") + "\n"
    }

    private var state: String {
        switch record.state {
        case .none: "not known here"
        case .pending: "pending"
        case .approved: "approved " + decided
        case .denied: "denied " + decided
        }
    }

    private var decided: String {
        if let decision = record.decided {
            return "\(decision.time) by \(safe(decision.operator.described)) (decision \(decision.number))"
        }
        return record.item?.note.map { "\($0.day) by \(safe($0.by)), which the ledger does not know" } ?? "by hand"
    }

    private var certificate: [(String, String)] {
        guard let certificate = known else { return [("certificate", "not known, only its fingerprint")] }
        let issuer = certificate.selfSigned ? "itself (self-signed)" : safe(certificate.issuer)
        let names = certificate.subjectAlternativeNames
        return [
            ("subject", safe(certificate.subject)), ("issuer", issuer), ("serial", certificate.serial),
            ("valid", "\(certificate.notBefore) to \(certificate.notAfter)"), ("key", certificate.key.description),
            ("signature", safe(certificate.signatureAlgorithm)), ("CA", certificate.isCA ? "yes" : "no"),
            ("names", names.isEmpty ? "none" : names.prefix(8).map(safe).joined(separator: ", ") + (names.count > 8 ? ", …" : "")),
            ("key digest", certificate.spkiSHA256), ("known from", record.source?.description ?? ""),
        ]
    }

    private var sightings: [(String, String)] {
        let facts = Facts(record)
        guard let count = facts.sightings else { return [("seen", "never")] }
        var lines = [("seen", "\(count == 1 ? "once" : "\(count) times"), first \(facts.firstSeen ?? "?"), last \(facts.lastSeen ?? "?")")]
        if !facts.addresses.isEmpty { lines.append(("from", facts.addresses.map(safe).joined(separator: ", "))) }
        if let observed = facts.observed {
            let parts = [observed.address, observed.helo.map { "calling itself \($0)" }, observed.domain.map { "for \($0)" }]
            lines.append(("observed", parts.compactMap { $0 }.map(safe).joined(separator: ", ")))
        }
        return lines
    }

    private func safe(_ text: String) -> String { Printable(text).description }
}

/// What was seen of a fingerprint: from the queue, or for a decided one from the ledger.
struct Facts {
    let firstSeen: String?
    let lastSeen: String?
    let sightings: UInt64?
    let addresses: [String]
    let observed: Evidence.Observed?

    init(_ record: Record) {
        let entry = record.state == .pending ? record.entry : nil
        let evidence = record.evidence
        firstSeen = entry?.firstSeen.description ?? evidence?.firstSeen
        lastSeen = record.lastSeen
        sightings = entry?.sightings ?? evidence?.sightings
        addresses = entry?.addresses.map(\.description) ?? evidence?.addresses ?? []
        observed =
            entry == nil
            ? evidence?.observed : entry?.observed.map { .init(address: $0.address?.description, helo: $0.helo, domain: $0.domain) }
    }
}

extension Record {
    /// When it was seen last: by the queue's word, for a decided one by the ledger's.
    var lastSeen: String? { state == .pending ? entry?.lastSeen.description ?? evidence?.lastSeen : evidence?.lastSeen }
}

extension CertificateSource: CustomStringConvertible {
    var description: String {
        switch self {
        case .log: "the log"
        case .directory: "the trust directory"
        case .file: "a file that an operator named"
        }
    }
}

extension String {
    /// With blanks behind it up to `width` characters.
    func padded(to width: Int) -> String { count >= width ? self + " " : self + String(repeating: " ", count: width - count) }
}
