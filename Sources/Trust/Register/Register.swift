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
    package let directory: ResolvedPath
    /// Whether the trust directory holds certificates: with trust by fingerprint alone it is empty.
    let directoryIsInUse: Bool
    /// Files in the queue's folder that are not entries: trustd's user put them there.
    private(set) var oddities: [String] = []
    /// Why the queue could not be read.
    ///
    /// The attack: trustd's user makes his folder unreadable, so that no stolen key can be revoked any more. Therefore this is an error only
    /// for commands that need the queue: they call `requireQueue`.
    package private(set) var queueFailure: Failure?
    /// The queue, when it holds so many files that not all were read.
    private let overfull: QueueFolder?
    /// The fingerprints with a file in `denied/`. Approved ones may be among them: an approval takes precedence.
    package private(set) var denied: Set<Fingerprint> = []
    /// The last decision about each fingerprint.
    private let latest: [Fingerprint: Ledger.LastWord]

    /// Something that depends on what is known. It may add a certificate that the operator named (`know`).
    package typealias Reading<Value> = (inout Register) throws(Failure) -> Value

    /// Reads everything, with this host's ledger.
    package init(_ configuration: Configuration) throws(Failure) {
        try self.init(configuration, LedgerFile(in: configuration.ledger))
    }

    /// Reads everything. A source of ours that cannot be read is an error, and never a shorter list.
    init(_ configuration: Configuration, _ store: any LedgerStore) throws(Failure) {
        list = try TrustListFile(configuration)
        do throws(SystemError) {
            ledger = try store.read()
            let folder = QueueFolder(configuration)
            var queue = QueueFolder.Content()
            do { queue = try folder.content() } catch { queueFailure = folder.failure(error) }
            oddities = queue.oddities
            overfull = queue.unread > 0 ? folder : nil

            latest = ledger.latest
            for item in list.list?.items ?? [] {
                records[item.fingerprint] = Record(fingerprint: item.fingerprint, state: .approved, item: item)
            }
            denied = try Self.denied(in: configuration.denied)
            for fingerprint in denied where records[fingerprint] == nil {
                records[fingerprint] = Record(fingerprint: fingerprint, state: .denied)
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

    private static func denied(in folder: FilePath) throws(SystemError) -> Set<Fingerprint> {
        Set((try Folder.closed(folder)?.names() ?? []).compactMap { try? Fingerprint(exactly: $0.utf8) })
    }

    /// A record for a fingerprint, known or not.
    package subscript(fingerprint: Fingerprint) -> Record {
        if let record = records[fingerprint] { return record }
        // The attack: so many files that the entry in question is not among those that were read.
        let entry = overfull?.entry(fingerprint)
        var record = Record(fingerprint: fingerprint, state: entry == nil ? .none : .pending, entry: entry)
        record.complete(latest[fingerprint], nil)
        return record
    }

    /// Those that were approved once and are nothing now, in the order of their fingerprints.
    package var revoked: [Record] {
        latest.filter { $1.wasApproved && records[$0] == nil }.keys.sorted().map { self[$0] }.filter(\.isRevoked)
    }

    /// Those in the list that were revoked or denied, in the order of their fingerprints.
    package var back: [Record] { records.values.filter(\.isBack).sorted { $0.fingerprint < $1.fingerprint } }

    /// Every fingerprint that the list, the denials, the queue or the ledger know, whatever its state.
    var known: Set<Fingerprint> { Set(records.keys).union(latest.keys) }

    /// The fingerprints with this label: the approved ones; if there is none, those that had it.
    func labelled(_ label: String) -> [Fingerprint] {
        let approved = records.values.filter { $0.state == .approved && $0.label == label }.map(\.fingerprint)
        if !approved.isEmpty { return approved.sorted() }
        return latest.filter { $1.label == label && records[$0]?.state != .approved }.keys.sorted()
    }

    /// Whether Exim may run with another list than the present one: somebody has edited it since the last decision.
    package var isListEdited: Bool { list.bytes.map { ledger.isEdited($0, at: list.path.filePath) } ?? false }

    /// Whether there was a list, and is none now.
    ///
    /// The attack, or the accident: the list is removed, so that nobody seems to be trusted, but the running Exim still has what it read.
    package var isListGone: Bool { list.bytes == nil && ledger.knowsList(at: list.path.filePath) }

    /// Throws when the queue could not be read: the wanted entry might be in it.
    package func requireQueue() throws(Failure) { if let queueFailure { throw queueFailure } }

    /// Looks for certificates in the trust directory that somebody has put there before anything else was known of them.
    mutating func findInstalled(_ fingerprints: some Sequence<Fingerprint>) throws(Failure) {
        let wanted = Set(fingerprints.filter { records[$0]?.outline == nil })
        guard !wanted.isEmpty else { return }
        let installed: [Fingerprint: TrustDirectory.File]
        do { installed = try TrustDirectory.certificates(in: directory.filePath, only: wanted) } catch { throw Failure(error) }
        for (fingerprint, file) in installed {
            var record = self[fingerprint]
            record.complete(latest[fingerprint], file)
            records[fingerprint] = record
        }
    }

    /// Makes `certificate`, which the operator named, the known one of its fingerprint.
    package mutating func know(_ certificate: Certificate) {
        var record = self[certificate.fingerprint]
        record.outline = try? CertificateOutline(der: certificate.der)
        record.source = .file
        records[certificate.fingerprint] = record
    }
}
