import EximControl
import Glibc
import Host
import SystemPackage
import TrustCore

/// How trustctl has left the folder of a list in folder form, as a file of its own. While the folder is still so, nobody else has made or removed
/// a name there, and no command needs to read all of them: what is in it is what was decided. It is a cache: without it they are read.
package struct ApprovedMark: Equatable {
    package static let name = "approved-mark"
    private let text: String

    /// How the folder is now; nil when it is none.
    ///
    /// The kernel sets the time of a change and nobody else can, so a folder that is restored with its old times is another one.
    private init?(of folder: FilePath) {
        var status = stat()
        guard lstat(folder.string, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }
        text =
            "trustctl-approved 1 \(status.st_dev) \(status.st_ino) \(nanoseconds(status.st_mtim)) \(nanoseconds(status.st_ctim)) \(folder)\n"
    }

    /// Whether the folder is as trustctl has left it. `ours` is trustctl's own folder, in which only root writes.
    static func isAtEase(_ folder: ApprovedFolder, in ours: FilePath) -> Bool {
        guard let mark = ApprovedMark(of: folder.path) else { return false }
        return (try? LocalFileSystem().contents(of: ours.appending(name))) == Array(mark.text.utf8)
    }

    /// Keeps the mark up to date while a lock is held. What somebody else does in these moments is found by the doctor alone.
    struct Keeper {
        private let configuration: Configuration
        private let wasAtEase: Bool

        /// When the lock is taken.
        init(_ configuration: Configuration) {
            self.configuration = configuration
            wasAtEase = Self.folder(configuration).map { isAtEase($0, in: configuration.ledger) } ?? false
        }

        private static func folder(_ configuration: Configuration) -> ApprovedFolder? { (try? TrustListFile(configuration))?.folder }

        /// Before it is given back, when what was done is done. A mark that cannot be written costs only time.
        func keep(_ ledger: LedgerFile) {
            guard let folder = Self.folder(configuration), let mark = ApprovedMark(of: folder.path),
                wasAtEase || Self.isInOrder(folder, ledger), !isAtEase(folder, in: configuration.ledger)
            else { return }
            do throws(SystemError) {
                let ours = try Folder(configuration.ledger)
                try ours.write(Array(mark.text.utf8), to: "\(name).new", mode: 0o644, synchronized: false)
                try ours.rename("\(name).new", to: name)
            } catch { return }
        }

        /// Whether it holds nothing that trustctl has not put there, and nobody who was revoked.
        private static func isInOrder(_ folder: ApprovedFolder, _ ledger: LedgerFile) -> Bool {
            guard let names = try? folder.names(), names.oddities.isEmpty, let books = try? ledger.books() else { return false }
            return books.taken(from: Set(names.fingerprints)).isEmpty
        }
    }
}
