import SystemPackage
import TrustCore

/// The folder from which root takes what came. Files appear whole.
struct Inbox: ~Copyable {
    /// So many files may wait there; root reads at most 1,000 or 64 MiB a run. More waits in the database.
    static let maximumFiles = 15
    /// What root reads as one pack, with room for the first lines.
    static let packSize = 4 << 20
    private static let draft = ".new-"

    private let folder: Folder

    init(_ path: FilePath) throws(SystemError) {
        let folder = try Folder(path)
        // What a death has left half written.
        for name in try folder.names(atMost: 10_000).names where name.hasPrefix(Self.draft) { try folder.remove(name) }
        self.folder = folder
    }

    /// How many files wait, those included that root is reading and has renamed for that.
    func waiting() throws(SystemError) -> Int {
        let (names, more) = try folder.names(atMost: 1_000)
        return names.count { !$0.hasPrefix(Self.draft) } + more
    }

    /// One file. Not synced: what a power failure takes is in the database or in the outbox still.
    func put(_ pack: [UInt8]) throws(SystemError) {
        let name = Hex.text((0..<8).map { _ in UInt8.random(in: 0...255) }).lowercased()
        do throws(SystemError) {
            try folder.write(pack, to: Self.draft + name, mode: 0o644, synchronized: false)
            try folder.renameNew(Self.draft + name, to: "\(name).pack")
        } catch {
            // The disk is full: not even a part stays.
            _ = try? folder.remove(Self.draft + name)
            throw error
        }
    }
}
