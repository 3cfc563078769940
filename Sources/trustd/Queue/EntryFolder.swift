import Glibc
import SystemPackage
import TrustCore

/// The folder `pending/` and its files. Only trustd and root write there; every name is doubted all the same: no link is followed, and
/// nothing is waited for.
struct EntryFolder: ~Copyable {
    private var folder: Folder
    /// Names in the folder may not be on the disk yet.
    private(set) var mustSynchronize = false
    private var together: FilesTogether?

    var path: FilePath { folder.path }

    /// Opens the folder, and makes it if it is missing. Throws when no file can be made in it, for another reason than a full disk, which
    /// passes.
    init(_ path: FilePath) throws(SystemError) {
        let opened = try Self.making(path)
        try Self.probe(opened)
        folder = opened
    }

    private static func probe(_ folder: borrowing Folder) throws(SystemError) {
        let probe = SharedFiles.draftPrefix + "probe"
        do throws(SystemError) {
            try folder.write([], to: probe, mode: 0o600, synchronized: false)
            try folder.remove(probe)
        } catch {
            guard error.code == ENOSPC || error.code == EDQUOT else { throw error }
        }
    }

    private static func making(_ path: FilePath) throws(SystemError) -> Folder { try Folder.making(path, mode: 0o750) }

    /// Opens the folder that stands in the place of this one (restored, moved, a disk mounted over it), if there is another one. Otherwise
    /// entries would be written where nobody looks.
    mutating func reopenIfReplaced() throws(SystemError) -> Bool {
        guard !folder.isStillThere else { return false }
        folder = try Self.making(folder.path)
        return true
    }

    /// When a name was last added or removed, in nanoseconds since 1970; nil when that cannot be told.
    var modified: Int64? { try? folder.modified(nil) }

    func has(_ fingerprint: Fingerprint) -> Bool { folder.has(fingerprint.description) }

    func names() throws(SystemError) -> [String] { try folder.names() }

    /// What stands under a name.
    enum Content {
        case entry(PendingEntry)
        case missing
        /// Something that trustd did not write; with the reason.
        case other(String)
    }

    func content(of name: String) throws(SystemError) -> Content {
        do throws(SystemError) {
            let bytes = try folder.contents(of: name, limit: PendingEntry.maximumSize)
            do throws(PendingEntryError) { return .entry(try PendingEntry(decoding: bytes, name: name)) } catch {
                return .other(error.description)
            }
        } catch {
            if error.isMissing { return .missing }
            guard Self.isOther(error) else { throw error }
            return .other(error.description)
        }
    }

    /// A link, a FIFO, a folder, a file too large, not ours, or on a bad block. One such name must not stop all others.
    private static func isOther(_ error: SystemError) -> Bool {
        [ELOOP, EPERM, EFBIG, ENXIO, EACCES, EIO, EISDIR].contains(error.code)
    }

    /// Hands out every entry. Removes the drafts that a crash left behind: the log still holds what they were made of. Returns the names of
    /// what is not an entry.
    func read(_ take: (PendingEntry) -> Void) throws(SystemError) -> [String] {
        var others: [String] = []
        for name in try folder.names() {
            if name.hasPrefix(SharedFiles.draftPrefix) {
                _ = try? folder.remove(name)
                continue
            }
            guard (try? Fingerprint(exactly: name.utf8)) != nil else {
                others.append(name)
                continue
            }
            switch try content(of: name) {
            case .entry(let entry): take(entry)
            case .missing: break
            case .other: others.append(name)
            }
        }
        return others
    }

    /// Writes the entry under a temporary name.
    func writeDraft(_ entry: PendingEntry, _ drafts: Drafts) throws(SystemError) {
        let (bytes, name) = (entry.encoded(), Self.draft(entry.fingerprint))
        switch drafts {
        case .together(let together): try folder.write(bytes, to: name, mode: 0o640, together)
        case .each: try folder.write(bytes, to: name, mode: 0o640)
        case .withFileSystem: try folder.write(bytes, to: name, mode: 0o640, synchronized: false)
        }
    }

    /// How several drafts get onto the disk.
    enum Drafts {
        case each
        case together(FilesTogether)
        /// With everything else on it, whoever has written that.
        case withFileSystem
    }

    /// From so many files on, one synchronization of the file system is cheaper than one for each file.
    private static let manyFiles = 16

    mutating func drafts(_ count: Int) -> Drafts {
        if let together, count > 1 { return .together(together) }
        guard count > Self.manyFiles else { return .each }
        // Where there is nobody to wait for, that is the shortest; a run of `--once` would wait for the kernel at its end.
        if UnwrittenMemory.isLittle { return .withFileSystem }
        together = FilesTogether()
        return together.map { .together($0) } ?? .withFileSystem
    }

    /// Returns when all of them survive a loss of power.
    func synchronize(_ drafts: Drafts, _ alive: () -> Void) throws(SystemError) {
        switch drafts {
        case .together(let together): try together.synchronize(path, alive)
        case .each: break
        case .withFileSystem: try folder.synchronizeFileSystem()
        }
    }

    enum Publication {
        case done
        /// A new entry's name is taken by something else.
        case nameTaken
        /// The entry was removed meanwhile, and must not come back.
        case removed
    }

    /// Gives the draft its name: the file appears whole or not at all. An entry that is not new takes the place of its file.
    mutating func publish(_ fingerprint: Fingerprint, isNew: Bool) throws(SystemError) -> Publication {
        let (draft, name) = (Self.draft(fingerprint), fingerprint.description)
        do throws(SystemError) {
            if isNew { try folder.renameNew(draft, to: name) } else { try folder.exchange(draft, with: name) }
        } catch {
            let isTaken = isNew && error.code == EEXIST
            guard isTaken || !isNew && error.isMissing else { throw error }
            try folder.remove(draft)
            return isTaken ? .nameTaken : .removed
        }
        mustSynchronize = true
        return .done
    }

    /// Nothing that was staged is written any more.
    func abandonDrafts() { together?.abandon(path) }

    /// Removes the draft, or what was exchanged with it.
    func removeDraft(_ fingerprint: Fingerprint) throws(SystemError) { try folder.remove(Self.draft(fingerprint)) }

    func remove(_ fingerprint: Fingerprint) throws(SystemError) { try folder.remove(fingerprint.description) }

    /// Returns when all names survive a loss of power.
    mutating func synchronize() throws(SystemError) {
        guard mustSynchronize else { return }
        try folder.synchronize()
        mustSynchronize = false
    }

    private static func draft(_ fingerprint: Fingerprint) -> String { SharedFiles.draftPrefix + fingerprint.description }
}
