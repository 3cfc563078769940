import Certificates
import Host
import TrustCore

extension Request {
    /// Takes over what another relay has decided, as far as nothing here speaks against it.
    package static func importing(_ export: Export, reason: String?) -> Request {
        var request = Request(.import, reason: reason) { register throws(Failure) in
            for case (let fingerprint, let der?) in export.entries.map({ ($0.fingerprint, $0.der) })
            where register[fingerprint].outline == nil {
                if let certificate = try? Certificate(der: der) { register.know(certificate) }
            }
            return ImportedEntries(export, in: register).wishes
        }
        request.asksOnce = true
        request.cautions = { ImportedEntries(export, in: $0).left }
        return request
    }
}

/// The entries of an export beside what is known here: what this relay has decided counts.
struct ImportedEntries {
    private(set) var wishes: [TrustPlan.Wish] = []
    /// What stays out, and why.
    private(set) var left: [String] = []

    /// The attack: an export with a certificate that was revoked or denied here, or with a revoked key, brings it back. Or it says of somebody
    /// who is approved here that he is denied.
    init(_ export: Export, in register: Register, now: Timestamp = .now) {
        var labels: Set<String> = []
        // As people look for them: who may relay, by label.
        func order(_ entry: ExportedEntry) -> (Int, String, Fingerprint) {
            (entry.decision == .approved ? 0 : 1, entry.terms.label ?? "\u{10FFFF}", entry.fingerprint)
        }
        for entry in export.entries.sorted(by: { order($0) < order($1) }) {
            let record = register[entry.fingerprint]
            let name = "\(entry.fingerprint)\(Printable.behind(entry.terms.label))"
            switch (entry.decision, record.state) {
            case (.approved, .approved), (.denied, .denied): continue
            case (.denied, .approved):
                left.append("\(entry.fingerprint) stays approved: it is denied there; `trustctl deny` denies it here")
            case (.denied, _): wishes.append(TrustPlan.Wish(fingerprint: entry.fingerprint, after: .denied))
            case (.approved, _):
                if let obstacle = Self.obstacle(to: entry, record, register, now) {
                    left.append("\(name) stays out: \(obstacle)")
                    continue
                }
                var terms = entry.terms
                if let label = terms.label,
                    let other = register.approved(as: label).first ?? (labels.contains(label) ? entry.fingerprint : nil)
                {
                    let owner = other == entry.fingerprint ? "another one of the export" : "\(other)"
                    left.append("\(entry.fingerprint) gets no label: “\(Printable(label, limit: 64))” is that of \(owner)")
                    terms.label = nil
                }
                if let label = terms.label { labels.insert(label) }
                wishes.append(.restored(entry.fingerprint, terms))
            }
        }
    }

    private static func obstacle(to entry: ExportedEntry, _ record: Record, _ register: Register, _ now: Timestamp) -> String? {
        if record.isRevoked { return "here it \(record.last?.was ?? "was revoked")" }
        if record.state == .denied { return "here it \(record.last?.was ?? "is denied")" }
        if register.hasDeniedKey(entry.fingerprint) { return "its key was revoked here" }
        if let until = entry.terms.until, until < now { return "its approval ended on \(until.day)" }
        if record.certificate?.isNeverValid ?? false { return "it ends before it begins" }
        return nil
    }
}
