package import Certificates
import EximControl
package import TrustCore

/// What somebody who decides about a record should know, found by comparing it with all other records.
package struct Warnings {
    let now: Timestamp
    private let directoryIsInUse: Bool
    /// Those whose key or subject more than one has, or one of those that are asked about.
    private(set) var byKey: [String: [KnownCertificate]] = [:]
    private var bySubject: [String: [KnownCertificate]] = [:]
    let register: Register
    let deniedKeys: Set<String>
    private let invitations: InvitationWarnings
    let claims: RenewalClaims

    /// About any record that stands in `register`, which has been asked to `lookAtMany`.
    package init(_ register: Register, now: Timestamp = .now) {
        self.now = now
        self.register = register
        invitations = InvitationWarnings(register)
        directoryIsInUse = register.directoryIsInUse
        deniedKeys = register.keysDenied
        for record in register.sharing() {
            guard let outline = record.outline else { continue }
            let known = KnownCertificate(record, outline)
            byKey[outline.spkiSHA256, default: []].append(known)
            bySubject[outline.subject, default: []].append(known)
        }
        claims = RenewalClaims(register, byKey, now: now)
    }

    /// About these records alone.
    package init(_ register: Register, of records: [Record], now: Timestamp = .now) {
        self.now = now
        self.register = register
        invitations = InvitationWarnings(register)
        directoryIsInUse = register.directoryIsInUse
        deniedKeys = Set(records.compactMap(\.outline?.spkiSHA256).filter(register.deniedKeys.holds))
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
        claims = RenewalClaims(register, byKey, now: now)
    }

    /// All of them; `certificate` is the record's, whole.
    package func all(for record: Record, _ certificate: Certificate?) -> [String] {
        own(record, certificate, besides: { _ in false }) + history(of: record) + ofLine(record) + ofPolicy(record)
            + invitations.all(for: record)
    }

    /// Those for which one that was invited is not admitted without a person: all but that of the subject, which anybody can write, and what
    /// is said of invitations.
    func obstacles(for record: Record, _ certificate: Certificate) -> [String] {
        own(record, certificate, besides: { if case .sameSubject = $0 { true } else { false } }) + history(of: record)
    }

    private func own(_ record: Record, _ certificate: Certificate?, besides isLeftOut: (CertificateWarning) -> Bool) -> [String] {
        var warnings: [String] = []
        if let lie = record.lie { warnings.append(CertificateWarning.claim(lie).description) }
        if record.outline != nil, certificate == nil { warnings.append("OpenSSL cannot read its certificate") }
        if let certificate {
            let sameKey = byKey[certificate.spkiSHA256] ?? []
            let known = sameKey + (bySubject[certificate.subject] ?? []).filter { !sameKey.contains($0) }
            if directoryIsInUse, !record.isInTrustDirectory, record.state == .approved {
                warnings.append("it is not in the trust directory; where Exim asks for `verify = certificate` it cannot relay until it is")
            }
            warnings += certificate.warnings(at: now, inTrustDirectory: record.isInTrustDirectory, known: known)
                .filter { !isLeftOut($0) }.map(\.description)
            if certificate.notAfter.seconds > Certificate.lastCountedSecond {
                warnings.append(CertificateWarning.endsUncounted(at: certificate.notAfter).description)
            }
            warnings += twoChains(of: record, certificate, among: known)
        }
        return warnings
    }

    /// Only the warnings that can be found without parsing the key: for a long list.
    package func brief(for record: Record) -> [String] {
        found(in: record).map(\.description) + history(of: record) + ofLine(record) + invitations.all(for: record)
    }

    /// The same in one or two words each, for a table.
    package func words(for record: Record) -> [String] {
        var words = found(in: record).map(\.word)
        if let last = record.last, !past(of: record).isEmpty {
            words.append(last.isAgainst(record.state) ? "back in the list" : last.was)
        }
        if record.revokedByFleet != nil, record.state == .pending { words.append("revoked") }
        if record.isPastItsEnd(at: now) { words.append("past its end") }
        if hasDeniedKey(record) { words.append("key revoked") }
        return words + (invitations.all(for: record).isEmpty ? [] : ["invited"])
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
        past(of: record) + end(of: record) + (hasDeniedKey(record) ? ["its key was revoked: whoever has that key could relay again"] : [])
    }

    private func end(of record: Record) -> [String] {
        guard record.isPastItsEnd(at: now), let until = record.terms.until else { return [] }
        if record.fleetTerms != nil {
            return ["its approval ended on \(until.day), by each relay's own clock: `trustctl expire` takes it out of the fleet's"]
        }
        return ["its approval ended on \(until.day), and it is STILL TRUSTED: `trustctl expire` takes it out"]
    }

    /// The approved ones in whose place it may come, for they have its key or its subject: first those with its key.
    package func predecessors(of record: Record) -> [Record] {
        guard record.state == .pending, let outline = record.outline else { return [] }
        let sharing = (byKey[outline.spkiSHA256] ?? []) + (bySubject[outline.subject] ?? [])
        var found: [Fingerprint] = []
        for other in sharing where other.fingerprint != record.fingerprint && !found.contains(other.fingerprint) {
            if register.state(of: other.fingerprint) == .approved { found.append(other.fingerprint) }
        }
        return found.map { register[$0] }
    }

    private func hasDeniedKey(_ record: Record) -> Bool {
        guard let key = record.outline?.spkiSHA256, record.state != .denied, !record.isRevoked else { return false }
        return deniedKeys.contains(key)
    }

    /// What was decided about it before.
    package func past(of record: Record) -> [String] {
        if let taken = record.revokedByFleet, record.state == .pending { return ["it was \(taken)"] }
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
