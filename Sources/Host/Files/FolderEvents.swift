import Glibc
package import SystemPackage
import TrustCore

/// Tells when names change in one of several folders (inotify(7)), for those who sleep in poll(2) meanwhile.
///
/// Only a hint: a folder may be missing, and the kernel may have no room for another watch. `isComplete` tells whether all are watched.
package struct FolderEvents: ~Copyable {
    package struct Place {
        let folder: FilePath
        let names: Set<String>?

        /// - Parameter names: the names that matter; nil: all that do not begin with a dot.
        package init(_ folder: FilePath, names: Set<String>? = nil) { (self.folder, self.names) = (folder, names) }
    }

    /// Readable when something has changed; -1 where the kernel has no inotify to give.
    package let descriptor: CInt
    private let places: [Place]
    /// The kernel's number for each place; nil for one that is not watched.
    private var numbers: [CInt?]

    package init(_ places: [Place]) {
        descriptor = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
        self.places = places
        numbers = places.map { _ in nil }
        watchMissing()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    package var isComplete: Bool { numbers.allSatisfy { $0 != nil } }

    /// Watches those that were not there before, or have been replaced.
    package mutating func watchMissing() {
        guard descriptor >= 0 else { return }
        // Not IN_CREATE: a file counts when it is whole. A file that everybody only reads is never closed after writing.
        let changes = UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE)
        let itself = UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)
        for index in places.indices where numbers[index] == nil {
            let number = inotify_add_watch(descriptor, places[index].folder.string, changes | itself)
            if number >= 0 { numbers[index] = number }
        }
    }

    /// Sleeps until something changes, a signal comes, or the time is over.
    package mutating func wait(_ time: Duration) {
        watchMissing()
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, time.milliseconds) > 0 else { return }
        _ = taken()
    }

    /// The places in which something has changed since the last call, by their index; all of them when the kernel had to drop events.
    package mutating func taken() -> Set<Int> {
        var changed: Set<Int> = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return changed }
            take(buffer[..<count], &changed)
        }
    }

    /// Four numbers of 32 bits (watch, mask, cookie, length of the name), then the name with zeros behind it.
    private mutating func take(_ events: ArraySlice<UInt8>, _ changed: inout Set<Int>) {
        var rest = events
        while rest.count >= 16 {
            func number(_ index: Int) -> UInt32 {
                (0..<4).reduce(0) { $0 | UInt32(rest[rest.startIndex + index * 4 + $1]) << (UInt32($1) * 8) }
            }
            let (watch, mask, length) = (CInt(bitPattern: number(0)), number(1), Int(number(3)))
            let name = String(decoding: rest.dropFirst(16).prefix(length).prefix { $0 != 0 }, as: UTF8.self)
            rest = rest.dropFirst(16 + length)
            if mask & UInt32(IN_Q_OVERFLOW) != 0 { changed.formUnion(places.indices) }
            for index in places.indices where numbers[index] == watch { take(index, mask, name, &changed) }
        }
    }

    private mutating func take(_ index: Int, _ mask: UInt32, _ name: String, _ changed: inout Set<Int>) {
        if mask & (UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_IGNORED) | UInt32(IN_UNMOUNT)) != 0 {
            // Another folder may stand at its path now.
            if mask & UInt32(IN_MOVE_SELF) != 0, let number = numbers[index] { inotify_rm_watch(descriptor, number) }
            numbers[index] = nil
            changed.insert(index)
        } else if places[index].names.map({ $0.contains(name) }) ?? (name.first != ".") {
            changed.insert(index)
        }
    }
}
