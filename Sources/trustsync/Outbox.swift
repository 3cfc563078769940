import FleetCarrier
import SystemPackage
import TrustCore

/// What the operators of this host have decided, each decision under its digest. Everybody in their group can write there.
struct Outbox: ~Copyable {
    static let maximumFiles = 1_000
    /// Of all that is looked at; the rest waits.
    static let maximumBytes = 16 << 20

    struct Waiting {
        let record: CarriedRecord
        /// Of what it approves.
        let certificates: [CertificateRecord]
        let size: Int
        /// Whether the database has it. It may lose it again: a standby that did not have it yet is promoted.
        fileprivate(set) var isSubmitted = false
    }

    private let folder: Folder
    private var waiting: [String: Waiting] = [:]
    /// Names of which was said that they cannot be read.
    private var told: Set<String> = []

    init(_ path: FilePath) throws(SystemError) { folder = try Folder(path) }

    var count: Int { waiting.count }

    /// Looks what is there. Says what was removed or cannot be read.
    mutating func refresh() throws(SystemError) -> [Note] {
        var notes: [Note] = []
        // What is still being written begins with a dot.
        let names = Set(try folder.names(atMost: Self.maximumFiles).names.filter { !$0.hasPrefix(".") })
        waiting = waiting.filter { names.contains($0.key) }
        told.formIntersection(names)
        var room = Self.maximumBytes - waiting.values.reduce(0) { $0 + $1.size }
        for name in names.sorted() where waiting[name] == nil && room > 0 {
            do throws(SystemError) {
                let bytes = try folder.contents(of: name, limit: OutgoingDecision.maximumSize)
                if let one = OutgoingDecision(decoding: bytes), let record = CarriedRecord(one.record), record.digest.description == name,
                    record.body.starts(with: "trust-decision ".utf8)
                {
                    waiting[name] = Waiting(record: record, certificates: one.certificates, size: bytes.count)
                    room -= bytes.count
                    continue
                }
                try folder.remove(name)
                notes.append(Note(message: "outbox: \(Printable(name, limit: 80)) is no signed decision under its digest, and is removed"))
            } catch {
                // Somebody was quicker, or has made a folder, a link or a file that is his alone.
                if !error.isMissing, told.insert(name).inserted {
                    notes.append(Note(message: "outbox: \(Printable("\(error)", limit: 300))"))
                }
            }
        }
        return notes
    }

    var records: [CarriedRecord] { waiting.values.map(\.record) }

    /// What waits, with the certificates that it brings.
    var all: [Waiting] { waiting.values.sorted { $0.record.name < $1.record.name } }

    var unsubmitted: [Waiting] { all.filter { !$0.isSubmitted } }

    mutating func submitted(_ record: CarriedRecord) { waiting[record.digest.description]?.isSubmitted = true }

    /// After a new connection, nobody knows what the database has.
    mutating func forgetSubmissions() { for name in waiting.keys { waiting[name]?.isSubmitted = false } }

    /// Removes those that root has decided about and the database has, and returns them.
    mutating func remove(_ done: Set<RecordName>) throws(SystemError) -> [CarriedRecord] {
        var removed: [CarriedRecord] = []
        for (name, one) in waiting where one.isSubmitted && done.contains(one.record.name) {
            try folder.remove(name)
            waiting[name] = nil
            removed.append(one.record)
        }
        return removed
    }
}
