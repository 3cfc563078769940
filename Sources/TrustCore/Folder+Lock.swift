import Glibc

extension Folder {
    /// An advisory lock on the file `name` beneath the folder, made with `mode` when it is missing; nil when another process holds it.
    package func lock(_ name: String, mode: UInt32) throws(SystemError) -> FileLock? {
        let file = try open(name, O_RDWR | O_CREAT, mode)
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(file)
            if reason == EWOULDBLOCK { return nil }
            throw error("lock", name, reason)
        }
        return FileLock(descriptor: file)
    }

    /// Locks the folder itself as long as it is open here; false when another process has locked it.
    package func lockWhole() throws(SystemError) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw SystemError("lock", path) }
        return false
    }

    /// Whether another process holds the lock on `name`, which must exist. To find out, this process holds it for a moment.
    package func isLocked(_ name: String) throws(SystemError) -> Bool {
        let file = try open(name, O_RDONLY)
        defer { close(file) }
        if flock(file, LOCK_SH | LOCK_NB) == 0 {
            flock(file, LOCK_UN)
            return false
        }
        guard errno == EWOULDBLOCK else { throw error("lock", name) }
        return true
    }
}

/// An advisory lock. It is released when the value goes away, or the process ends.
package struct FileLock: ~Copyable {
    let descriptor: CInt

    fileprivate init(descriptor: CInt) { self.descriptor = descriptor }

    deinit {
        // A program that is being started has a copy of the descriptor until its exec(3), which would keep the lock for so long.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
