import SystemPackage
import TrustCore

/// All that is known about every fingerprint, joined from the trust list, the denials, the queue, the ledger and the trust directory.
struct Register {
    private(set) var records: [Fingerprint: Record] = [:]
    let list: TrustListFile
    let ledger: Ledger
    /// Files in the queue's folder that are no entries: trustd's user put them there.
    private(set) var oddities: [String] = []

    /// What is known about one fingerprint.
    struct Record {
        let fingerprint: Fingerprint
        var state: TrustState
        var entry: PendingEntry?
        /// The list's item, when it is approved.
        var item: TrustList.Item?
        /// The last decision about it, if there was one.
        var decision: (decision: Decision, subject: Decision.Subject)?
        var certificate: Certificate?
        var source: CertificateSource?
        var isInTrustDirectory = false
        /// Why what was logged as its certificate is not shown.
        var lie: CertificateClaimError?
        var warnings: [String] = []
    }

    /// Reads everything. A source that may not be read is an error and never a shorter list.
    init(_ configuration: Configuration, now: Timestamp = .now) throws(Failure) {
        list = try TrustListFile(configuration.list)
        do throws(SystemError) {
            ledger = Ledger(try LocalFileSystem().contents(of: configuration.ledger.appending(Ledger.name)) ?? [])
            let directory = try TrustDirectory.certificates(in: configuration.certificates)
            let queue = try Queue.entries(in: configuration.pending)
            oddities = queue.oddities

            let latest = ledger.latest
            for item in list.definition?.list.items ?? [] {
                records[item.fingerprint] = Record(fingerprint: item.fingerprint, state: .approved, item: item)
            }
            for name in try Queue.names(in: configuration.denied) {
                guard let fingerprint = try? Fingerprint(exactly: name.utf8), records[fingerprint] == nil else { continue }
                records[fingerprint] = Record(fingerprint: fingerprint, state: .denied)
            }
            for entry in queue.entries {
                records[entry.fingerprint, default: Record(fingerprint: entry.fingerprint, state: .pending)].entry = entry
            }
            for fingerprint in records.keys { complete(fingerprint, latest[fingerprint], directory[fingerprint]?.certificate) }
        } catch { throw Failure(Cause(error)) }
        warn(at: now)
    }

    /// A record for a fingerprint, known or not.
    subscript(fingerprint: Fingerprint) -> Record {
        if let record = records[fingerprint] { return record }
        var record = Record(fingerprint: fingerprint, state: .none)
        record.decision = ledger.latest[fingerprint]
        return record
    }

    /// Makes `certificate`, which the operator named, the known one.
    mutating func know(_ certificate: Certificate, at now: Timestamp = .now) {
        var record = self[certificate.fingerprint]
        record.certificate = certificate
        record.source = .file
        records[certificate.fingerprint] = record
        warn(at: now)
    }

    private mutating func complete(
        _ fingerprint: Fingerprint, _ decision: (decision: Decision, subject: Decision.Subject)?, _ installed: Certificate?
    ) {
        records[fingerprint]?.decision = decision
        records[fingerprint]?.isInTrustDirectory = installed != nil
        if let installed {
            records[fingerprint]?.certificate = installed
            records[fingerprint]?.source = .directory
            return
        }
        let logged = records[fingerprint]?.entry?.certificate
        let claims = [
            (logged, CertificateSource.log), (decision?.subject.evidence?.certificate, decision?.subject.evidence?.source ?? .log),
        ]
        for case (let base64?, let source) in claims where records[fingerprint]?.certificate == nil {
            switch Certificate.verified(base64: base64, against: fingerprint) {
            case .success(let certificate):
                records[fingerprint]?.certificate = certificate
                records[fingerprint]?.source = source
            case .failure(let lie): records[fingerprint]?.lie = lie
            }
        }
    }

    private mutating func warn(at now: Timestamp) {
        var byKey: [String: [KnownCertificate]] = [:]
        var bySubject: [String: [KnownCertificate]] = [:]
        for record in records.values {
            guard let certificate = record.certificate else { continue }
            let known = KnownCertificate(name: record.name, certificate: certificate)
            byKey[certificate.spkiSHA256, default: []].append(known)
            bySubject[certificate.subject, default: []].append(known)
        }
        for (fingerprint, record) in records {
            records[fingerprint]?.warnings = record.warnings(
                at: now,
                known: record.certificate.map { certificate in
                    let sameKey = byKey[certificate.spkiSHA256] ?? []
                    return sameKey
                        + (bySubject[certificate.subject] ?? []).filter { known in
                            !sameKey.contains { $0.certificate.fingerprint == known.certificate.fingerprint }
                        }
                } ?? [])
        }
    }
}

extension Register.Record {
    /// The label, or the beginning of the fingerprint that names it.
    var name: String { item?.label.map { Printable($0, limit: 64).description } ?? String(fingerprint.description.prefix(16)) }

    var evidence: Evidence? { decision?.subject.evidence }

    /// What somebody who decides about it should know.
    func warnings(at now: Timestamp, known: [KnownCertificate]) -> [String] {
        var all = certificate?.warnings(at: now, inTrustDirectory: isInTrustDirectory, known: known).map(\.description) ?? []
        if let lie { all.insert(CertificateWarning.claim(lie).description, at: 0) }
        if state == .pending, let decision, decision.subject.after != .pending {
            all.append(
                "it was \(decision.decision.action.past) on \(decision.decision.time.prefix(10)) by \(decision.decision.operator.name)")
        }
        return all
    }
}

extension Decision.Action {
    /// As in “approved by …”.
    var past: String {
        switch self {
        case .approve: "approved"
        case .deny: "denied"
        case .revoke: "revoked"
        case .forget: "forgotten"
        case .undo: "changed by an undo"
        }
    }
}
