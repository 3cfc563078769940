package import Certificates
package import EximControl
package import Host
import SystemPackage
package import TrustCore

/// All that is known about every fingerprint, joined from the trust list, the denials, the queue, the ledger and the trust directory.
package struct Register {
    package private(set) var records: [Fingerprint: Record] = [:]
    package let list: TrustListFile
    package let ledger: Ledger
    /// Whether the trust directory holds certificates: with trust by fingerprint alone it is empty.
    let directoryIsInUse: Bool
    package let directory: ResolvedPath
    /// Files in the queue's folder that are no entries: trustd's user put them there.
    private(set) var oddities: [String] = []
    /// Why the queue was not read.
    ///
    /// The attack: trustd's user makes his folder unreadable, and no stolen key can be revoked any more. So this is an error for those
    /// alone who want to see the queue: they call `requireQueue`.
    package private(set) var queueFailure: Failure?
    /// The queue's folder, when it holds so much that not everything was read.
    private let overfull: FilePath?
    /// Those with a file in `denied/`, the approved ones among them too: an approval goes before a denial.
    package private(set) var denied: Set<Fingerprint> = []
    /// The last word about each fingerprint.
    private let latest: [Fingerprint: Ledger.LastWord]

    /// Reads everything. A source of ours that may not be read is an error and never a shorter list.
    package init(_ configuration: Configuration) throws(Failure) {
        list = try TrustListFile(configuration.list)
        do throws(SystemError) {
            ledger = Ledger(try LocalFileSystem(limit: .max).contents(of: configuration.ledger.appending(Ledger.name)) ?? [])
            var queue = QueueFolder.Found()
            do { queue = try QueueFolder.entries(in: configuration.pending, limit: QueueFolder.limit(configuration)) } catch {
                queueFailure = QueueFolder.failure(error, in: configuration.pending)
            }
            oddities = queue.oddities
            overfull = queue.unread > 0 ? configuration.pending : nil

            latest = ledger.latest
            for item in list.definition?.list.items ?? [] {
                records[item.fingerprint] = Record(fingerprint: item.fingerprint, state: .approved, item: item)
            }
            for name in try QueueFolder.names(in: configuration.denied) {
                guard let fingerprint = try? Fingerprint(exactly: name.utf8) else { continue }
                denied.insert(fingerprint)
                if records[fingerprint] == nil { records[fingerprint] = Record(fingerprint: fingerprint, state: .denied) }
            }
            for entry in queue.entries {
                records[entry.fingerprint, default: Record(fingerprint: entry.fingerprint, state: .pending)].entry = entry
            }
            let installed = try TrustDirectory.certificates(in: configuration.certificates, only: Set(records.keys))
            directory = ResolvedPath(orAsWritten: configuration.certificates)
            directoryIsInUse = TrustDirectory.names(in: configuration.certificates).contains {
                $0.hasSuffix(".pem") || $0.hasSuffix(".crt")
            }
            // In place: a list may hold thousands.
            for index in records.values.indices {
                let fingerprint = records.keys[index]
                records.values[index].complete(latest[fingerprint], installed[fingerprint])
            }
        } catch { throw Failure(error) }
    }

    /// A record for a fingerprint, known or not.
    package subscript(fingerprint: Fingerprint) -> Record {
        if let record = records[fingerprint] { return record }
        // The attack: so many files that the entry which is asked for is not among those that were read.
        let entry = overfull.flatMap { QueueFolder.entry(fingerprint, in: $0) }
        var record = Record(fingerprint: fingerprint, state: entry == nil ? .none : .pending, entry: entry)
        record.complete(latest[fingerprint], nil)
        return record
    }

    /// Whether Exim may run with another list than the one that lies there: somebody has edited it since the last decision.
    package var isListEdited: Bool { list.bytes.map { ledger.isEdited($0, at: list.path.filePath) } ?? false }

    /// Whether there was a list, and is none now.
    ///
    /// The attack, or the accident: it is gone, so that nobody seems to be trusted, and the running Exim still has what it read.
    package var isListGone: Bool { list.bytes == nil && ledger.knowsList(at: list.path.filePath) }

    /// Throws when the queue was not read: what was asked for might be in it.
    package func requireQueue() throws(Failure) { if let queueFailure { throw queueFailure } }

    /// Makes `certificate`, which the operator named, the known one.
    package mutating func know(_ certificate: Certificate) {
        var record = self[certificate.fingerprint]
        record.outline = try? CertificateOutline(der: certificate.der)
        record.source = .file
        records[certificate.fingerprint] = record
    }
}

extension Record {
    /// Adds the last decision about it, and its certificate: the installed one, else the first of those claimed for it that is no lie.
    fileprivate mutating func complete(_ latest: Ledger.LastWord?, _ installed: TrustDirectory.File?) {
        last = latest
        installedAs = installed?.name
        if let installed {
            outline = try? CertificateOutline(der: installed.certificate.der)
            source = .directory
        }
        if outline == nil, let claimed = entry?.certificate { claim(claimed, from: .log) }
        if outline == nil, let evidence, let claimed = evidence.certificate { claim(claimed, from: evidence.source ?? .log) }
    }

    private mutating func claim(_ claimed: String, from origin: CertificateSource) {
        do {
            outline = try CertificateOutline(claimed: claimed, for: fingerprint)
            source = origin
        } catch { lie = error }
    }
}

extension Decision.Action {
    /// As in “approved by …”.
    package var past: String {
        switch self {
        case .approve: "approved"
        case .deny: "denied"
        case .revoke: "revoked"
        case .forget: "forgotten"
        case .undo: "the subject of an undo"
        case .setup: "set up"
        case .mend: "mended"
        }
    }
}
