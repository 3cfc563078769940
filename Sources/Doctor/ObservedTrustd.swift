import Glibc
import Host
import SystemPackage
import TrustCore

/// trustd as it can be seen from outside: by the lock that it holds and the position that it saves.
struct ObservedTrustd {
    let configuration: Configuration

    /// The process that holds `position/lock`; nil when none does.
    ///
    /// Reads the kernel's table instead of trying the lock: a trustd that starts at this very moment would find it taken and give up. Locks of
    /// other PID namespaces are not in the table.
    var process: ProcessFacts? {
        var status = stat()
        guard stat(configuration.position.appending(SharedFiles.lock).string, &status) == 0,
            let table = try? File.read("/proc/locks", limit: 16 << 20)
        else { return nil }
        for line in String(decoding: table, as: UTF8.self).split(separator: "\n") {
            // 1: FLOCK  ADVISORY  WRITE 708 08:02:1234 0 EOF
            let words = line.split(separator: " ")
            guard words.count >= 6, words[1] == "FLOCK", let pid = Int32(words[4]) else { continue }
            let place = words[5].split(separator: ":")
            guard place.count == 3, UInt64(place[2]) == UInt64(status.st_ino) else { continue }
            // On some file systems (btrfs) the table shows another device than stat(2).
            let process = ProcessFacts(pid: pid)
            let isSameDevice = "\(place[0]):\(place[1])" == Self.device(status.st_dev)
            guard isSameDevice || process.executable?.lastComponent?.string == "trustd" else { continue }
            return process
        }
        return nil
    }

    /// As the table writes it, e.g. `fe:00`.
    private static func device(_ device: dev_t) -> String {
        let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
        let minor = device & 0xFF | (device >> 12) & ~0xFF
        func two(_ number: UInt64) -> String { number < 16 ? "0\(String(number, radix: 16))" : String(number, radix: 16) }
        return "\(two(UInt64(major))):\(two(UInt64(minor & 0xFFFFF)))"
    }

    /// How far trustd has read the logs, by its own file: hostile input. Nil when the file is missing or malformed.
    var position: SavedPosition? {
        guard let folder = try? Folder(configuration.position),
            let bytes = try? folder.contents(of: SharedFiles.savedPosition, limit: SavedPosition.maximumSize)
        else { return nil }
        return SavedPosition(decoding: bytes)
    }

    /// What trustd says of each of its logs that is in trouble, by its own file: hostile input. Nothing when the file is missing or malformed.
    var troubles: [(log: String, trouble: String)] {
        guard let folder = try? Folder(configuration.position),
            let bytes = try? folder.contents(of: SharedFiles.status, limit: FollowerStatus.maximumSize),
            let status = FollowerStatus(decoding: bytes)
        else { return [] }
        return status.logs.compactMap { log in log.trouble.map { (log.name, $0) } }
    }

    /// Bytes of `log` that trustd has not read by its saved position; nil when that is not known.
    func unread(of log: FilePath) -> Int64? {
        var status = stat()
        guard let position, !log.string.contains("%"), stat(log.string, &status) == 0 else { return nil }
        guard let place = position.logs[log.string] else { return Int64(status.st_size) }
        return place.inode == UInt64(status.st_ino) ? max(0, Int64(status.st_size) - place.offset) : Int64(status.st_size)
    }

    /// Whether `process` sees another folder in the place of the log's, or none: the sandbox of its unit shows few folders, as they were when
    /// it started.
    static func hides(_ log: FilePath, from process: ProcessFacts) -> Bool {
        let folder = log.removingLastComponent()
        var (ours, its) = (stat(), stat())
        guard stat(folder.string, &ours) == 0 else { return false }
        // Through its root directory, and so through its mount namespace. Without permission for that, assume that it sees the folder.
        guard stat("/proc/\(process.pid)/root\(folder)", &its) == 0 else { return errno == ENOENT }
        return ours.st_dev != its.st_dev || ours.st_ino != its.st_ino
    }

    /// Seconds that trustd may take to save its position while the log grows: ten, and some for a slow disk.
    private static let patience: Int64 = 14

    /// Whether something stays unread for longer than trustd takes to save its position. Waits only when the files do not tell at once.
    func isBehind(in log: FilePath) -> Bool {
        guard let first = position, let unread = unread(of: log), unread > 0 else { return false }
        let now = Timestamp.now.seconds
        guard let saved = Self.modified(configuration.position.appending(SharedFiles.savedPosition)), now - saved > Self.patience else {
            return false
        }
        if let written = Self.modified(log), now - written > Self.patience { return true }
        let deadline = Clock.monotonic + .seconds(Self.patience)
        while Clock.monotonic < deadline {
            usleep(200_000)
            // The position moves, so trustd works.
            if position != first { return false }
        }
        return true
    }

    private static func modified(_ path: FilePath) -> Int64? {
        var status = stat()
        return stat(path.string, &status) == 0 ? Int64(status.st_mtim.tv_sec) : nil
    }
}

/// A file of the kernel, which has no size.
private enum File {
    static func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw SystemError("open", FilePath(path)) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < limit {
            let count = Glibc.read(file, &chunk, chunk.count)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
