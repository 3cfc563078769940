import Glibc
import SystemPackage
import TrustCore

/// `position/`: the lock that makes this trustd the only one of its state, and the saved position.
struct PositionFolder: ~Copyable {
    private let folder: Folder
    private let lock: FileLock

    private static let temporary = ".position.new"
    private static let corrupt = "corrupt"
    private static let temporaryStatus = ".status.new"

    /// Nil when another trustd holds the lock.
    static func open(_ path: FilePath) throws(SystemError) -> PositionFolder? {
        let folder = try Folder.making(path, mode: 0o750)
        // `trustctl status` holds it for a moment when it looks whether we do.
        for attempt in 0..<5 {
            if attempt > 0 { usleep(20_000) }
            if let lock = try folder.lock(SharedFiles.lock, mode: 0o640) { return PositionFolder(folder: folder, lock: lock) }
        }
        return nil
    }

    struct Loaded {
        /// Nil when there is none, or none that can be understood.
        var position: (SavedPosition, Circumstances)?
        var misfortune: Misfortune?

        enum Misfortune {
            case missing
            /// It could not be understood and was moved aside.
            case corrupt(FilePath)
        }
    }

    /// The position that was saved last; when that is corrupt or gone, the one before it. What was read since then is read again, and by its
    /// sequence numbers not counted again.
    func load() throws(SystemError) -> Loaded {
        // Of one that died while it saved.
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
            return .position((position, Circumstances(time: time, hasRebooted: Uptime.now < position.uptime)))
        } catch {
            if error.isMissing { return .missing }
            // A link, a FIFO, a file of a terabyte: not ours, and moved aside like any other text that is not ours.
            guard [ELOOP, EPERM, EFBIG].contains(error.code) else { throw error }
            return .corrupt
        }
    }

    private func older() throws(SystemError) -> (SavedPosition, Circumstances)? {
        if case .position(let position) = try read(SharedFiles.previousPosition) { position } else { nil }
    }

    /// On the disk, whole, when it returns, and the one before it too.
    func save(_ position: SavedPosition) throws(SystemError) {
        var position = position
        position.uptime = Uptime.now
        try folder.write(position.encoded(), to: Self.temporary, mode: 0o640)
        if folder.has(SharedFiles.savedPosition) {
            try folder.exchange(Self.temporary, with: SharedFiles.savedPosition)
            try folder.rename(Self.temporary, to: SharedFiles.previousPosition)
        } else {
            try folder.rename(Self.temporary, to: SharedFiles.savedPosition)
        }
        try folder.synchronize()
    }

    /// Whole, and not worth waiting for the disk: after a crash it is written anew.
    func say(_ status: FollowerStatus) throws(SystemError) {
        try folder.write(status.encoded(), to: Self.temporaryStatus, mode: 0o640, synchronized: false)
        try folder.rename(Self.temporaryStatus, to: SharedFiles.status)
    }
}

/// What became of the machine since a position was saved.
struct Circumstances {
    /// When it was saved, in nanoseconds, by the file's own time.
    var time: Int64
    /// It was down meanwhile, and its disks may hold less than they did.
    var hasRebooted: Bool
}

/// How long the machine has been up.
private enum Uptime {
    /// Seconds; sleep counts.
    static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec)
    }
}
