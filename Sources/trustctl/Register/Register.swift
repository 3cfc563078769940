import SystemPackage
import TrustCore

/// All that is known about every fingerprint, joined from the trust list, the denials, the queue, the ledger and the trust directory.
struct Register {
    private(set) var records: [Fingerprint: Record] = [:]
    let list: TrustListFile
    let ledger: Ledger
    /// Whether the trust directory holds certificates: with trust by fingerprint alone it is empty.
    let directoryIsInUse: Bool
    /// Files in the queue's folder that are no entries: trustd's user put them there.
    private(set) var oddities: [String] = []
    /// Why the queue was not read.
    ///
    /// The attack: trustd's user makes his folder unreadable, and no stolen key can be revoked any more. So this is an error for those
    /// alone who want to see the queue: they call `requireQueue`.
    private(set) var queueFailure: Failure?

    /// Reads everything. A source of ours that may not be read is an error and never a shorter list.
    init(_ configuration: Configuration) throws(Failure) {
        list = try TrustListFile(configuration.list)
        do throws(SystemError) {
            ledger = Ledger(try LocalFileSystem().contents(of: configuration.ledger.appending(Ledger.name)) ?? [])
            var queue: (entries: [PendingEntry], oddities: [String]) = ([], [])
            do { queue = try Queue.entries(in: configuration.pending) } catch {
                queueFailure = Queue.failure(error, in: configuration.pending)
            }
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
            let directory = try TrustDirectory.certificates(in: configuration.certificates, only: Set(records.keys))
            directoryIsInUse = TrustDirectory.names(in: configuration.certificates).contains {
                $0.hasSuffix(".pem") || $0.hasSuffix(".crt")
            }
            for fingerprint in records.keys { complete(fingerprint, latest[fingerprint], directory[fingerprint]?.certificate) }
        } catch { throw Failure(Cause(error)) }
    }

    /// A record for a fingerprint, known or not.
    subscript(fingerprint: Fingerprint) -> Record {
        if let record = records[fingerprint] { return record }
        var record = Record(fingerprint: fingerprint, state: .none)
        record.decision = ledger.latest[fingerprint]
        return record
    }

    /// Throws when the queue was not read: what was asked for might be in it.
    func requireQueue() throws(Failure) { if let queueFailure { throw queueFailure } }

    /// For those who can do without it.
    func warnOfQueue() { queueFailure?.messages.forEach { Progress.note("warning: the queue is not read: \($0)") } }

    /// Makes `certificate`, which the operator named, the known one.
    mutating func know(_ certificate: Certificate) {
        var record = self[certificate.fingerprint]
        record.outline = try? CertificateOutline(der: certificate.der)
        record.source = .file
        records[certificate.fingerprint] = record
    }

    private mutating func complete(
        _ fingerprint: Fingerprint, _ decision: (decision: Decision, subject: Decision.Subject)?, _ installed: Certificate?
    ) {
        guard var record = records[fingerprint] else { return }
        record.decision = decision
        record.isInTrustDirectory = installed != nil
        if let installed {
            record.outline = try? CertificateOutline(der: installed.der)
            record.source = .directory
        }
        let kept = (decision?.subject.evidence?.certificate, decision?.subject.evidence?.source ?? .log)
        for case (let claimed?, let source) in [(record.entry?.certificate, CertificateSource.log), kept] where record.outline == nil {
            do {
                record.outline = try CertificateOutline(claimed: claimed, for: fingerprint)
                record.source = source
            } catch { record.lie = error }
        }
        records[fingerprint] = record
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
        case .undo: "the subject of an undo"
        }
    }
}
