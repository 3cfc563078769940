package import Certificates
import EximControl
package import TrustCore

/// What somebody who decides about a record should know, found by comparing it with all other records.
package struct Warnings {
    private let now: Timestamp
    private let directoryIsInUse: Bool
    /// Those whose key or subject more than one has, or one of those that are asked about.
    private var byKey: [String: [KnownCertificate]] = [:]
    private var bySubject: [String: [KnownCertificate]] = [:]
    let register: Register

    /// About any record that stands in `register`, which has been asked to `lookAtMany`.
    package init(_ register: Register, now: Timestamp = .now) {
        self.now = now
        self.register = register
        directoryIsInUse = register.directoryIsInUse
        for record in register.sharing() {
            guard let outline = record.outline else { continue }
            let known = KnownCertificate(record, outline)
            byKey[outline.spkiSHA256, default: []].append(known)
            bySubject[outline.subject, default: []].append(known)
        }
    }

    /// About these records alone.
    package init(_ register: Register, of records: [Record], now: Timestamp = .now) {
        self.now = now
        self.register = register
        directoryIsInUse = register.directoryIsInUse
        func known(_ kind: CheckpointIndex.Kind, _ text: String) -> [KnownCertificate] {
            register.holders(kind, of: text).compactMap { fingerprint in
                let record = register[fingerprint]
                return record.outline.map { KnownCertificate(record, $0) }
            }
        }
        for outline in records.compactMap(\.outline) {
            if byKey[outline.spkiSHA256] == nil { byKey[outline.spkiSHA256] = known(.key, outline.spkiSHA256) }
            if bySubject[outline.subject] == nil { bySubject[outline.subject] = known(.subject, outline.subject) }
        }
    }

    /// All of them; `certificate` is the record's, whole.
    package func all(for record: Record, _ certificate: Certificate?) -> [String] {
        var warnings: [String] = []
        if let lie = record.lie { warnings.append(CertificateWarning.claim(lie).description) }
        if record.outline != nil, certificate == nil { warnings.append("OpenSSL cannot read its certificate") }
        if let certificate {
            let sameKey = byKey[certificate.spkiSHA256] ?? []
            let known = sameKey + (bySubject[certificate.subject] ?? []).filter { !sameKey.contains($0) }
            if directoryIsInUse, !record.isInTrustDirectory, record.state == .approved {
                warnings.append("it is not in the trust directory; where Exim asks for `verify = certificate` it cannot relay until it is")
            }
            warnings += certificate.warnings(at: now, inTrustDirectory: record.isInTrustDirectory, known: known).map(\.description)
            if certificate.notAfter.seconds > Certificate.lastCountedSecond {
                warnings.append(CertificateWarning.endsUncounted(at: certificate.notAfter).description)
            }
            warnings += twoChains(of: record, certificate, among: known)
        }
        return warnings + history(of: record)
    }

    /// Only the warnings that can be found without parsing the key: for a long list.
    package func brief(for record: Record) -> [String] { found(in: record).map(\.description) + history(of: record) }

    /// The same in one or two words each, for a table.
    package func words(for record: Record) -> [String] {
        var words = found(in: record).map(\.word)
        if let last = record.last, !history(of: record).isEmpty {
            words.append(last.isAgainst(record.state) ? "back in the list" : last.was)
        }
        return words
    }

    private func found(in record: Record) -> [CertificateWarning] {
        var warnings: [CertificateWarning] = []
        if let lie = record.lie { warnings.append(.claim(lie)) }
        guard let outline = record.outline else { return warnings }
        if outline.notAfter < now { warnings.append(.expired(since: outline.notAfter)) }
        if now < outline.notBefore { warnings.append(.notYetValid(until: outline.notBefore)) }
        let sameKey = (byKey[outline.spkiSHA256] ?? []).filter { $0.fingerprint != record.fingerprint }.map(\.name)
        if !sameKey.isEmpty { warnings.append(.sameKey(as: sameKey)) }
        let sameSubject = (bySubject[outline.subject] ?? []).filter { $0.fingerprint != record.fingerprint }.map(\.name)
        if !sameSubject.isEmpty { warnings.append(.sameSubject(as: sameSubject)) }
        return warnings
    }

    private func history(of record: Record) -> [String] {
        guard let last = record.last else { return [] }
        if last.isAgainst(record.state) {
            return ["it was \(last.past), but it is in the list again: it is trusted, and no decision says so"]
        }
        return record.state == .pending && last.after != .pending ? ["it was \(last.past)"] : []
    }
}

extension KnownCertificate {
    fileprivate init(_ record: Record, _ outline: CertificateOutline) {
        self.init(name: record.name, fingerprint: record.fingerprint, subject: outline.subject, spkiSHA256: outline.spkiSHA256)
    }
}
