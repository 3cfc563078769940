import Glibc
import LogFollower
import SystemPackage
import TrustCore

/// `position/`: the lock that keeps a second trustd from this state, the saved position, and the status.
struct PositionFolder: ~Copyable {
    private let folder: Folder
    private let lock: FileLock

    private static let temporary = ".position.new"
    private static let corrupt = "corrupt"
    private static let temporaryStatus = ".status.new"

    /// Nil when another trustd holds the lock.
    static func open(_ path: FilePath) throws(SystemError) -> PositionFolder? {
        let folder = try Folder.making(path, mode: 0o750)
        // `trustctl status` holds it for a moment to see whether a trustd does.
        for attempt in 0..<5 {
            if attempt > 0 { usleep(20_000) }
            if let lock = try folder.lock(SharedFiles.lock, mode: 0o640) { return PositionFolder(folder: folder, lock: lock) }
        }
        return nil
    }

    struct Loaded {
        /// Nil when there is none that is readable.
        var position: (SavedPosition, Circumstances)?
        var misfortune: Misfortune?

        enum Misfortune {
            case missing
            /// It was unreadable and is moved aside.
            case corrupt(FilePath)
        }
    }

    /// The position that was saved last; when that is corrupt or missing, the one before it. What was read since then is read again; its
    /// sequence numbers keep it from being counted again.
    func load() throws(SystemError) -> Loaded {
        // A draft of a trustd that was killed while it saved.
        try folder.remove(Self.temporary)
        switch try read(SharedFiles.savedPosition) {
        case .position(let position): return Loaded(position: position)
        case .missing: return Loaded(position: try older(), misfortune: .missing)
        case .corrupt:
            try folder.rename(SharedFiles.savedPosition, to: Self.corrupt)
            return Loaded(position: try older(), misfortune: .corrupt(folder.path.appending(Self.corrupt)))
        }
    }

    private enum Read {
        case missing, corrupt
        case position((SavedPosition, Circumstances))
    }

    private func read(_ name: String) throws(SystemError) -> Read {
        do {
            guard let position = SavedPosition(decoding: try folder.contents(of: name, limit: SavedPosition.maximumSize)) else {
                return .corrupt
            }
            let time = try folder.modified(name)
            return .position((position, Circumstances(time: time, hasRebooted: Clock.boot < .seconds(position.uptime))))
        } catch {
            if error.isMissing { return .missing }
            // A link, a FIFO, a file of a terabyte: not ours, and moved aside like an unreadable text.
            guard [ELOOP, EPERM, EFBIG].contains(error.code) else { throw error }
            return .corrupt
        }
    }

    private func older() throws(SystemError) -> (SavedPosition, Circumstances)? {
        if case .position(let position) = try read(SharedFiles.previousPosition) { position } else { nil }
    }

    /// When it returns, the whole position is on the disk, and the one before it too.
    func save(_ position: SavedPosition) throws(SystemError) {
        var position = position
        position.uptime = Clock.boot.components.seconds
        try folder.write(position.encoded(), to: Self.temporary, mode: 0o640)
        if folder.has(SharedFiles.savedPosition) {
            try folder.exchange(Self.temporary, with: SharedFiles.savedPosition)
            try folder.rename(Self.temporary, to: SharedFiles.previousPosition)
        } else {
            try folder.rename(Self.temporary, to: SharedFiles.savedPosition)
        }
        try folder.synchronize()
    }

    /// The file appears whole. It is not worth waiting for the disk: after a crash it is written anew.
    func write(_ status: FollowerStatus) throws(SystemError) {
        try folder.write(status.encoded(), to: Self.temporaryStatus, mode: 0o640, synchronized: false)
        try folder.rename(Self.temporaryStatus, to: SharedFiles.status)
    }
}
