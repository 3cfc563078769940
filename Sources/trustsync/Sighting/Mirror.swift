import FleetCarrier
import SystemPackage
import TrustCore

/// On a console: what the relays have queued, in files for whoever may look there. A database that lies fills its room, and no more.
struct Mirror {
    private let sightings: FilePath
    private let certificates: FilePath
    /// What the database has said of each relay's rows when its file was written.
    private var written: [String: String] = [:]
    /// The certificates that each relay's file is about.
    private var fingerprints: [String: [Fingerprint]] = [:]
    /// Those whose certificates are here.
    private var held: Set<Fingerprint> = []
    /// How many relays share the room.
    private(set) var relays = 0
    private(set) var share = MirroredSightings.share(of: 1)

    private static let draft = ".new"

    init(_ folders: CarrierFolders) throws(SystemError) {
        (sightings, certificates) = (folders.sightings, folders.certificates)
        for path in [sightings, certificates] { _ = try Folder.making(path, mode: 0o750) }
    }

    /// A new connection: all is read anew. What is here stays until then: a console without its database shows what it had.
    mutating func begin() throws(SystemError) {
        (written, fingerprints) = ([:], [:])
        let names = try Folder(certificates).names(atMost: MirroredSightings.most * 2).names
        held = Set(names.compactMap { try? Fingerprint(exactly: $0.utf8) })
    }

    /// These relays have rows, and `rows` says which of them are others than before: those are to be read. Forgets all other relays.
    mutating func changed(_ rows: [String: String]) throws(SystemError) -> [String] {
        if rows.count != relays {
            relays = rows.count
            let share = MirroredSightings.share(of: rows.count)
            // Less room for each, or more: all are read again.
            if share != self.share { written = [:] }
            self.share = share
        }
        let folder = try Folder(sightings)
        for name in try folder.names(atMost: MirroredSightings.most * 2).names where rows[name] == nil { try folder.remove(name) }
        fingerprints = fingerprints.filter { rows[$0.key] != nil }
        written = written.filter { rows[$0.key] != nil }
        return rows.keys.filter { written[$0] != rows[$0] }.sorted()
    }

    /// Writes a relay's file, as far as its room reaches.
    mutating func write(_ entries: [PendingEntry], of relay: String, said: String) throws(SystemError) {
        var bytes: [UInt8] = []
        var named: [Fingerprint] = []
        for entry in entries.prefix(share.entries) {
            let one = MirroredSightings.encoded(entry)
            guard bytes.count + one.count <= share.bytes else { break }
            bytes += one
            named.append(entry.fingerprint)
        }
        try Self.write(bytes, to: relay, in: sightings)
        (written[relay], fingerprints[relay]) = (said, named)
    }

    /// Certificates of one relay that are not here.
    func missing(of relay: String) -> [Fingerprint] { (fingerprints[relay] ?? []).filter { !held.contains($0) } }

    mutating func keep(_ der: [UInt8], of fingerprint: Fingerprint) throws(SystemError) {
        try Self.write(der, to: fingerprint.description, in: certificates)
        held.insert(fingerprint)
    }

    /// Not synced: the database has it still.
    private static func write(_ bytes: [UInt8], to name: String, in path: FilePath) throws(SystemError) {
        let folder = try Folder(path)
        try folder.write(bytes, to: draft, mode: 0o640, synchronized: false)
        try folder.rename(draft, to: name)
    }

    /// Removes the certificates that no relay's file is about any more.
    mutating func sweep() throws(SystemError) {
        let wanted = Set(fingerprints.values.joined())
        let folder = try Folder(certificates)
        for fingerprint in held where !wanted.contains(fingerprint) {
            try folder.remove(fingerprint.description)
            held.remove(fingerprint)
        }
    }
}
