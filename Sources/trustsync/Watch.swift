import Glibc
import SystemPackage
import TrustCore

/// Sleeps until the database says something, a folder changes, or it is time.
struct Watch: ~Copyable {
    private let descriptor: CInt
    private let places: [(folder: FilePath, events: UInt32)]

    /// `written`: folders in which files appear. `emptied`: from which they go.
    init(written: [FilePath], emptied: [FilePath], both: [FilePath]) {
        descriptor = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
        let (appears, goes) = (UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO), UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM))
        places = written.map { ($0, appears) } + emptied.map { ($0, goes) } + both.map { ($0, appears | goes) }
        watch()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Watches them all, also those that have appeared or were replaced meanwhile.
    func watch() {
        guard descriptor >= 0 else { return }
        for place in places { _ = inotify_add_watch(descriptor, place.folder.string, place.events | UInt32(IN_ONLYDIR)) }
    }

    /// Whether a folder has changed. `connection`: -1 while there is none.
    func wait(_ connection: CInt, _ time: Duration) -> Bool {
        var entries = [
            pollfd(fd: connection, events: Int16(POLLIN), revents: 0), pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&entries, 2, time.milliseconds) > 0, entries[1].revents != 0 else { return false }
        // Which one does not matter: the caller looks at all.
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
        }
        return true
    }
}
