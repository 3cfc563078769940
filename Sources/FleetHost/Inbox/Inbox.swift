import Glibc
package import SystemPackage
package import TrustCore

/// The folder into which others put packs for this host, and which root empties. All in it is hostile input.
///
/// A pack is made whole under a name that begins with a dot, as rsync(1) does, and then renamed. Each file is renamed before it is read, to a
/// name that nobody else uses: so a next one of the same name is another file, and is not removed unread.
package struct Inbox: ~Copyable {
    private let folder: Folder

    /// What is read at once. The rest waits.
    static let mostFiles = 1_000
    static let mostBytes = Arrivals.maximumSize
    /// Names in folders that are removed at once.
    private static let mostInFolders = 10_000
    /// Seconds after which nobody makes a file any more that begins with a dot.
    private static let patience: Int64 = 60

    private static let taken = ".taken-"

    /// Nil where there is none.
    package init?(_ path: FilePath) throws(SystemError) {
        do throws(SystemError) { folder = try Folder(path) } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// Whether anything is in it that `take` would take.
    package func isFilled() throws(SystemError) -> Bool { try !folder.names(atMost: 1, where: { isDue($0) }).names.isEmpty }

    /// What was in it, once.
    struct Taken {
        /// Those that were renamed, and are not read yet; the next one last.
        fileprivate var left: [(name: String, own: String)] = []
        /// How many bytes may still be read.
        fileprivate var room = Inbox.mostBytes
        fileprivate var inFolders = Inbox.mostInFolders
        /// What cannot be a pack, and why. It is removed already.
        fileprivate(set) var others: [(name: String, why: String)] = []
        /// What cannot be read or removed: it stays.
        fileprivate(set) var stuck: [SystemError] = []
        /// What was read.
        fileprivate var names: [String] = []

        var isEmpty: Bool { left.isEmpty && others.isEmpty && stuck.isEmpty }
    }

    /// Takes at most `mostFiles` names. They stay until `remove`.
    func take() throws(SystemError) -> Taken {
        var taken = Taken()
        var failed: [SystemError] = []
        taken.left = try folder.renameAll(
            atMost: Self.mostFiles, where: { isDue($0) }, to: { $0.hasPrefix(Self.taken) ? $0 : Self.ownName },
            failed: { failed.append($0) }
        ).reversed().map { (name: $0, own: $1) }
        taken.stuck = failed
        return taken
    }

    /// The next regular file, read once into memory; nil when there is none, or when `mostBytes` bytes were read.
    func next(_ taken: inout Taken) -> [UInt8]? {
        while let (name, own) = taken.left.popLast() {
            do throws(SystemError) {
                guard folder.isFile(own) else {
                    try discard(own, &taken.inFolders)
                    taken.others.append((name, "no regular file"))
                    continue
                }
                let bytes: [UInt8]
                do throws(SystemError) { bytes = try folder.contents(of: own, limit: taken.room) } catch {
                    switch error.code {
                    // What is here first; then it is read alone.
                    case EFBIG where taken.room < Self.mostBytes:
                        taken.left = []
                        return nil
                    case EFBIG: taken.others.append((name, "more than \(Self.mostBytes >> 20) MiB"))
                    // It was exchanged, or has another name too, or is not even root's to read.
                    case EPERM, EACCES, ELOOP, ENXIO: taken.others.append((name, "no regular file with one name"))
                    default: throw error
                    }
                    try discard(own, &taken.inFolders)
                    continue
                }
                taken.room -= bytes.count
                taken.names.append(own)
                return bytes
            } catch { taken.stuck.append(error) }
        }
        return nil
    }

    /// Removes what was read: after what is good in it is kept.
    func remove(_ taken: inout Taken) {
        var inFolders = Self.mostInFolders
        for name in taken.names {
            do throws(SystemError) { try discard(name, &inFolders) } catch { taken.stuck.append(error) }
        }
        taken.names = []
    }

    /// Names that begin with a dot are files under way, or what we have renamed and not removed yet, because we died or could not.
    private func isDue(_ name: String) -> Bool {
        guard name.hasPrefix("."), !name.hasPrefix(Self.taken), let rest = folder.rest(of: name) else { return true }
        // When the clock was set back, nobody knows how old it is.
        return !(0..<Self.patience).contains(rest)
    }

    private static var ownName: String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return taken + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The attacks: a folder of folders so deep that no path reaches it, and one that is filled while we empty it. So it is root's first, and
    /// the folders in it come up here, one level at a time. What is too much for once is removed the next time.
    private func discard(_ name: String, _ inFolders: inout Int) throws(SystemError) {
        do throws(SystemError) { try folder.remove(name) } catch {
            guard error.code == EISDIR || error.code == EPERM else { throw error }
            var folders = [name]
            while inFolders > 0, let next = folders.popLast() {
                let inner = try folder.folder(next)
                try inner.takeOver()
                let (count, isEmpty) = try inner.clear(atMost: inFolders, foldersInto: folder) {
                    folders.append(Self.ownName)
                    return folders[folders.count - 1]
                }
                inFolders -= count + 1
                if isEmpty { try folder.removeFolder(next) }
            }
        }
    }
}
