import Glibc
import SystemPackage
import TrustCore

/// Wakes the loop when a log's folder or an open log file changes.
///
/// Only a hint: the caller looks now and then all the same, and that look is all there is where inotify is missing.
package struct LogWatch: ~Copyable {
    private let descriptor: CInt
    private let folders: [FilePath]
    /// By the log's place in the configuration: the open file, and inotify's number for it, which is negative when there is none.
    private var files: [(identity: FileIdentity?, number: CInt)]
    private var lastLook: Duration?

    /// Between two looks for the folders, which may come and go.
    private static let interval: Duration = .seconds(2)

    package init(_ logs: [LogNames]) {
        descriptor = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
        folders = logs.map(\.folder)
        files = logs.map { _ in (nil, -1) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Watches the folders, and the file that is open for each log.
    package mutating func refresh(_ open: [LogFile?], now: Duration) {
        if lastLook.map({ now - $0 >= Self.interval }) ?? true {
            lastLook = now
            for folder in folders { watch(folder: folder) }
        }
        for (index, file) in open.enumerated() where file?.identity != files[index].identity {
            if files[index].number >= 0 { inotify_rm_watch(descriptor, files[index].number) }
            files[index] = (file?.identity, file.map { watch(file: $0) } ?? -1)
        }
    }

    private func watch(folder: FilePath) {
        let names = UInt32(IN_CREATE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE)
        let itself = UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)
        _ = inotify_add_watch(descriptor, folder.string, names | itself)
    }

    /// The open file itself, whatever its name.
    private func watch(file: LogFile) -> CInt {
        inotify_add_watch(descriptor, "/proc/self/fd/\(file.descriptor)", UInt32(IN_MODIFY) | UInt32(IN_ATTRIB))
    }

    /// Sleeps until something happens, at most for that time.
    package func wait(_ time: Duration) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, time.milliseconds) > 0 else { return }
        // The events themselves do not matter, even if some were dropped: the caller looks at every log.
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
