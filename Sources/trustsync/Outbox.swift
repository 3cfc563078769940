import FleetCarrier
import SystemPackage
import TrustCore

/// What the operators of this host have decided, each decision under its digest. Everybody in their group can write there.
struct Outbox: ~Copyable {
    static let maximumFiles = 1_000

    private struct Waiting {
        let record: CarriedRecord
        /// Whether the database has it. It may lose it again: a standby that did not have it yet is promoted.
        var isSubmitted = false
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
        for name in names.sorted() where waiting[name] == nil {
            do throws(SystemError) {
                let bytes = try folder.contents(of: name, limit: CarriedRecord.maximumSize)
                if let record = CarriedRecord(decoding: bytes), record.digest.description == name,
                    record.body.starts(with: "trust-decision ".utf8)
                {
                    waiting[name] = Waiting(record: record)
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

    var unsubmitted: [CarriedRecord] { waiting.values.filter { !$0.isSubmitted }.map(\.record).sorted { $0.name < $1.name } }

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
