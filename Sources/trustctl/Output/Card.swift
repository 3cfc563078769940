import Certificates
import EximControl
import Trust
import TrustCore

/// All that is known about one fingerprint, for a person who decides. Every text of a stranger's passes `Printable`.
struct Card {
    private let record: Record
    private let known: Certificate?
    /// What somebody should know who decides, a sentence each.
    let warnings: [String]
    private let predecessors: [Record]
    private let style: Style
    /// Of the column of names.
    static let width = 15

    init(_ record: Record, _ warnings: Warnings, style: Style) {
        self.record = record
        known = record.certificate
        self.warnings = warnings.all(for: record, known)
        predecessors = warnings.predecessors(of: record)
        self.style = style
    }

    var text: String { identity + facts }

    /// What two people compare: the fingerprint and its words.
    var identity: String { FingerprintLines(record.fingerprint, style: style).text }

    /// Everything else, with the warnings.
    var facts: String {
        let body = rows.map { name, value in name.padded(to: Self.width) + value }
        return (body + warnings.map { style.warning("warning: \($0)") }).joined(separator: "\n") + "\n"
    }

    /// What is known, without the warnings: names and values.
    var rows: [(name: String, value: String)] {
        var lines = [("state", state)]
        if record.item != nil || record.label != nil { lines += [("label", record.label.map(safe) ?? "none")] }
        if let ways = record.waysIn { lines.append(("let in by", ways.words ?? "nothing")) }
        if let until = record.terms.until {
            let over = record.fleetTerms == nil ? ", over: STILL TRUSTED" : ", over"
            lines.append(("until", "\(until)\(record.isPastItsEnd(at: .now) ? over : "")"))
        }
        if let note = record.terms.note { lines.append(("note", safe(note))) }
        if let reason = record.decided?.reason { lines.append(("reason", safe(reason))) }
        lines += certificate + sightings
        // More than a few share a subject that anybody can write.
        lines += predecessors.prefix(3).map { ("may replace", "\($0.name): --replaces \($0.fingerprint.description.prefix(16))") }
        return lines
    }

    private var state: String {
        switch record.state {
        case .none: record.isRevoked ? (record.last == nil ? record.revokedByFleet : nil) ?? "revoked " + decided : "not known here"
        case .pending: "pending"
        case .approved: "approved " + decided
        case .denied: "denied " + decided
        }
    }

    private var decided: String {
        if let decided = record.decided {
            return "\(decided.shownTime) by \(safe(decided.by)) (decision \(decided.action == .fleet ? "L" : "")\(decided.number))"
        }
        return record.item?.note.map { "\($0.day) by \(safe($0.by)), not in the ledger" } ?? "by hand"
    }

    private var certificate: [(String, String)] {
        guard let certificate = known else { return [("certificate", "not known, only its fingerprint")] }
        return [
            ("subject", certificate.shownSubject), ("issuer", certificate.shownIssuer), ("serial", certificate.serial),
            ("valid", "\(certificate.notBefore) to \(certificate.notAfter)"), ("key", certificate.key.description),
            ("signature", safe(certificate.signatureAlgorithm)), ("CA", certificate.isCA ? "yes" : "no"),
            ("names", certificate.shownNames),
            ("key digest", certificate.spkiSHA256), ("known from", record.source?.description ?? ""),
        ]
    }

    private var sightings: [(String, String)] {
        let facts = record.seen
        guard let count = facts.sightings else { return [("seen", "never")] }
        var lines = [("seen", "\(count == 1 ? "once" : "\(count) times"), first \(facts.firstSeen ?? "?"), last \(facts.lastSeen ?? "?")")]
        if let relays = record.relayWords { lines.append(("seen by", relays)) }
        if !facts.addresses.isEmpty { lines.append(("from", facts.addresses.map(safe).joined(separator: ", "))) }
        if let observed = facts.observed {
            let choice = observed.oneOf.map { "one of \($0.joined(separator: ", "))" }
            let parts = [observed.address ?? choice, observed.helo.map { "calling itself \($0)" }, observed.domain.map { "for \($0)" }]
            lines.append(("observed", parts.compactMap { $0 }.map(safe).joined(separator: ", ")))
        }
        return lines
    }

    private func safe(_ text: String) -> String { Printable(text).description }
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
