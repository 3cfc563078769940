import Glibc
import SystemPackage

/// Wakes the loop when a log's folder or an open log file changes. Only a hint: whoever sleeps on it looks now and then all the same, and
/// that look is all that remains where inotify is missing.
struct LogWatch: ~Copyable {
    private let descriptor: CInt

    init() { descriptor = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK)) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// To be repeated now and then: the folder may have been missing, or may be another one by now.
    func watch(folder: FilePath) {
        let names = UInt32(IN_CREATE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE)
        let itself = UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)
        _ = inotify_add_watch(descriptor, folder.string, names | itself)
    }

    /// The open file itself, whatever its name; negative when that is not possible.
    func watch(file: LogFile) -> CInt {
        inotify_add_watch(descriptor, "/proc/self/fd/\(file.descriptor)", UInt32(IN_MODIFY) | UInt32(IN_ATTRIB))
    }

    func forget(_ watch: CInt) {
        if watch >= 0 { inotify_rm_watch(descriptor, watch) }
    }

    /// Sleeps until something happens, or for that many milliseconds.
    func wait(milliseconds: Int32) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, milliseconds) > 0 else { return }
        // What happened does not matter, not even that the queue of events ran over: every log is looked at.
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
