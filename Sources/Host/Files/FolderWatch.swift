import Glibc
package import SystemPackage
import TrustCore

/// Wakes somebody who waits for new names in a folder (inotify). Only a hint: he looks now and then all the same.
package struct FolderWatch: ~Copyable {
    private let descriptor: CInt
    private let folder: FilePath

    package init(_ folder: FilePath) {
        descriptor = inotify_init1(CInt(IN_CLOEXEC) | CInt(IN_NONBLOCK))
        self.folder = folder
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Sleeps until a name appears, a signal comes, or the time is over.
    package func wait(_ time: Duration) {
        // Again each time: the folder may not have been there, or be another one.
        let events = UInt32(IN_CREATE) | UInt32(IN_MOVED_TO) | UInt32(IN_ONLYDIR)
        if descriptor >= 0 { _ = inotify_add_watch(descriptor, folder.string, events) }
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, time.milliseconds) > 0 else { return }
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
