import CLinux
import Glibc
package import SystemPackage

/// Brings files to the disk together: in about the time that one of them takes alone, and without waiting for what other programs have
/// written, as a sync of the whole file system would.
///
/// To be kept: the kernel takes some 30 milliseconds to let go of it, at the latest when the process ends.
package final class FilesTogether {
    private let group: UInt
    /// Written, and not handed to the kernel yet.
    private var files: [CInt] = []
    /// Handed to the kernel, and not known to be on the disk.
    private var waiting: UInt32 = 0
    /// Why one of them is not on the disk; told when all have ended.
    private var failure: CInt?

    /// So many files are open at a time. Begun in one go, they get into one commit of the file system.
    private static let atATime = 64
    private static let capacity: UInt32 = 1_024
    /// Milliseconds between two signs of life.
    private static let patience: Int32 = 1_000

    /// Nil where the kernel, a sandbox or a limit (fs.aio-max-nr) forbids it.
    package init?() {
        var group: UInt = 0
        guard clinux_sync_open(Self.capacity, &group) == 0 else { return nil }
        self.group = group
    }

    /// Takes an open file over.
    fileprivate func add(_ file: CInt, of path: FilePath) throws(SystemError) {
        files.append(file)
        if files.count == Self.atATime { try begin(path) }
    }

    private func begin(_ path: FilePath) throws(SystemError) {
        defer { closeAll() }
        if waiting + UInt32(files.count) > Self.capacity { try wait(path, {}) }
        for file in files {
            guard clinux_sync_add(group, file) == 0 else { throw SystemError("io_submit", path) }
            waiting += 1
        }
    }

    private func wait(_ path: FilePath, _ alive: () -> Void) throws(SystemError) {
        while waiting > 0 {
            var error: CInt = 0
            let ended = clinux_sync_wait(group, waiting, Self.patience, &error)
            guard ended >= 0 else { throw SystemError("io_getevents", path) }
            if error != 0 { failure = error }
            waiting -= UInt32(ended)
            alive()
        }
    }

    private func closeAll() {
        for file in files { close(file) }
        files = []
    }

    /// Returns when all files of the folder of that path that were added are on the disk. Throws when one of them is not, or may not be.
    /// `alive` is called meanwhile.
    package func synchronize(_ path: FilePath, _ alive: () -> Void = {}) throws(SystemError) {
        try begin(path)
        try wait(path, alive)
        defer { failure = nil }
        if let failure { throw SystemError("fsync", path, code: failure) }
    }

    /// Forgets what was added.
    package func abandon(_ path: FilePath) {
        closeAll()
        try? wait(path, {})
        failure = nil
    }

    deinit {
        closeAll()
        clinux_sync_close(group)
    }
}

extension Folder {
    /// Creates or replaces a file as `write` does. It is on the disk when `together.synchronize` has returned.
    package func write(_ bytes: [UInt8], to name: String, mode: UInt32, _ together: FilesTogether) throws(SystemError) {
        try together.add(try writing(bytes, to: name, mode: mode), of: path)
    }
}
