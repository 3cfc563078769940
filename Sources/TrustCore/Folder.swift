import CLinux
import Glibc
package import SystemPackage

/// An open directory. Every name is looked up beneath it, so nobody can replace the path meanwhile.
///
/// Names are single components: one with a `/`, `.` or `..` is refused as `EINVAL`.
package struct Folder: ~Copyable {
    package let path: FilePath
    let descriptor: CInt

    /// Opens a directory. Its last component must not be a symbolic link, unless `followingLink` allows that.
    package init(_ path: FilePath, followingLink: Bool = false) throws(SystemError) {
        descriptor = Glibc.open(path.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (followingLink ? 0 : O_NOFOLLOW))
        guard descriptor >= 0 else { throw SystemError("open", path) }
        self.path = path
    }

    init(opened descriptor: CInt, _ path: FilePath) { (self.descriptor, self.path) = (descriptor, path) }

    deinit { close(descriptor) }

    /// Makes the directory with `mode` when it is missing, and its parents with 0755, then opens it.
    package static func making(_ path: FilePath, mode: UInt32) throws(SystemError) -> Folder {
        if mkdir(path.string, mode) != 0, errno != EEXIST {
            guard errno == ENOENT, path.removingLastComponent() != path else { throw SystemError("mkdir", path) }
            _ = try making(path.removingLastComponent(), mode: 0o755)
            guard mkdir(path.string, mode) == 0 || errno == EEXIST else { throw SystemError("mkdir", path) }
        }
        return try Folder(path)
    }

    /// Whether the path still means this directory.
    package var isStillThere: Bool {
        var (here, there) = (stat(), stat())
        guard fstat(descriptor, &here) == 0, lstat(path.string, &there) == 0 else { return false }
        return here.st_dev == there.st_dev && here.st_ino == there.st_ino
    }

    /// Whether users other than its owner and its group may put files into it.
    package func isOpenToAll() throws(SystemError) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemError("fstat", path) }
        return status.st_mode & S_IWOTH != 0
    }

    /// All names except `.` and `..`, in no order.
    package func names() throws(SystemError) -> [String] { try names(atMost: .max).names }

    /// The first `limit` names except `.` and `..`, in no order, and how many more there are.
    ///
    /// The attack: a folder with millions of names, to fill our memory.
    package func names(atMost limit: Int) throws(SystemError) -> (names: [String], leftOver: Int) {
        try names(atMost: limit) { _ in true }
    }

    /// The same of those names that are wanted.
    package func names(atMost limit: Int, where isWanted: (String) -> Bool) throws(SystemError) -> (names: [String], leftOver: Int) {
        var names: [String] = []
        var leftOver = 0
        try forEachName { bytes in
            let name = String(cString: bytes)
            guard isWanted(name) else { return }
            if names.count < limit { names.append(name) } else { leftOver += 1 }
        }
        return (names, leftOver)
    }

    /// Each name except `.` and `..`, as its bytes are.
    func forEachName(_ body: (UnsafePointer<CChar>) -> Void) throws(SystemError) {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw SystemError("open", path) }
        defer { closedir(stream) }
        while true {
            // Otherwise an error would look like the end, and an unreadable folder like an empty queue.
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw SystemError("read", path) }
                return
            }
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { if strcmp($0, ".") != 0, strcmp($0, "..") != 0 { body($0) } }
            }
        }
    }

    /// All names except `.` and `..`, in no order, each with whether it is a regular file. Links are not followed.
    package func kinds() throws(SystemError) -> [(name: String, isFile: Bool)] {
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0, let stream = fdopendir(copy) else { throw SystemError("open", path) }
        defer { closedir(stream) }
        var kinds: [(name: String, isFile: Bool)] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw SystemError("read", path) }
                return kinds
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            var isFile = entry.pointee.d_type == UInt8(DT_REG)
            // Some file systems do not tell.
            if entry.pointee.d_type == UInt8(DT_UNKNOWN) {
                var status = stat()
                isFile = fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && status.st_mode & S_IFMT == S_IFREG
            }
            kinds.append((name, isFile))
        }
    }

    /// The whole content of a regular file that has one link and at most `limit` bytes.
    ///
    /// The attacks: a symbolic link to a secret, a hard link to another's file, a FIFO that never ends, a device, a file of a terabyte.
    /// The open file is checked, not the name, which may mean another file by now.
    package func contents(of name: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try open(name, O_RDONLY)
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw error("fstat", name) }
        guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else { throw error("open", name, EPERM) }
        guard status.st_size <= limit else { throw error("read", name, EFBIG) }
        var bytes: [UInt8] = []
        // One byte more than it holds: a read that does not fill the room was the last one.
        var room = Int(status.st_size) + 1
        while true {
            var count = 0
            let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
                repeat { count = read(file, buffer.baseAddress, room) } while count < 0 && errno == EINTR
                initialized = max(count, 0)
            }
            guard count >= 0 else { throw error("read", name) }
            if bytes.isEmpty { bytes = part } else { bytes += part }
            guard bytes.count <= limit else { throw error("read", name, EFBIG) }
            if count < room { return bytes }
            room = min(limit + 1 - bytes.count, 65_536)
        }
    }

    /// When the file of that name was last written, in nanoseconds; a link is not followed. Nil: when the folder's names last changed.
    package func modified(_ name: String?) throws(SystemError) -> Int64 {
        var status = stat()
        if let name {
            guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw error("stat", name) }
        } else {
            guard fstat(descriptor, &status) == 0 else { throw SystemError("fstat", path) }
        }
        return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }

    /// Whether the name exists, whatever it is.
    package func has(_ name: String) -> Bool {
        faccessat(descriptor, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0
    }

    /// Creates or truncates `name` with `mode`, and `group` if it is to have another one, and writes `bytes`; with `synchronized` they are on
    /// the disk when it returns.
    /// Use a temporary name: `rename`, `exchange` or `renameNew` then makes the file appear whole.
    package func write(
        _ bytes: [UInt8], to name: String, mode: UInt32, group: UInt32? = nil, synchronized: Bool = true
    ) throws(SystemError) {
        let file = try writing(bytes, to: name, mode: mode, group: group)
        defer { close(file) }
        if synchronized {
            guard fsync(file) == 0 else { throw error("fsync", name) }
        }
    }

    /// The same without a sync. The caller closes the file.
    func writing(_ bytes: [UInt8], to name: String, mode: UInt32, group: UInt32? = nil) throws(SystemError) -> CInt {
        let file: CInt
        do throws(SystemError) { file = try open(name, O_WRONLY | O_CREAT | O_EXCL, mode) } catch {
            guard error.code == EEXIST else { throw error }
            // Left over from a crash, or put there by an attacker: removed, never followed or written into.
            try remove(name)
            file = try open(name, O_WRONLY | O_CREAT | O_EXCL, mode)
        }
        do throws(SystemError) {
            if let group { guard fchown(file, ~0, group) == 0 else { throw error("chown", name) } }
            guard fchmod(file, mode) == 0 else { throw error("chmod", name) }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw error("write", name) }
                rest = rest.dropFirst(count)
            }
            return file
        } catch {
            close(file)
            throw error
        }
    }

    /// Renames `name` to `target`, which may exist and is then replaced.
    package func rename(_ name: String, to target: String) throws(SystemError) {
        guard renameat(descriptor, name, descriptor, target) == 0 else { throw error("rename", name) }
    }

    /// Renames `name` to `target`, which must not exist (`EEXIST`).
    package func renameNew(_ name: String, to target: String) throws(SystemError) {
        guard clinux_rename_new(descriptor, name, descriptor, target) == 0 else { throw error("rename", target) }
    }

    /// Exchanges `name` and `target`; both must exist (`ENOENT`). Where the file system cannot do that in one step, `target` is whole at every
    /// moment, a crash may leave its old content as `name` with a `~`, and a `target` that is removed at this very moment may come back.
    package func exchange(_ name: String, with target: String) throws(SystemError) {
        guard clinux_exchange(descriptor, name, descriptor, target) == 0 else { throw error("exchange", target) }
    }

    /// Removes a file; `false` when there was none.
    @discardableResult
    package func remove(_ name: String) throws(SystemError) -> Bool {
        if unlinkat(descriptor, name, 0) == 0 { return true }
        guard errno == ENOENT else { throw error("unlink", name) }
        return false
    }

    /// Returns when all names in the directory are on the disk.
    package func synchronize() throws(SystemError) {
        guard fsync(descriptor) == 0 else { throw SystemError("fsync", path) }
    }

    /// Returns when the whole file system that holds the directory is on the disk: cheaper than `fsync` of hundreds of files.
    package func synchronizeFileSystem() throws(SystemError) {
        guard clinux_syncfs(descriptor) == 0 else { throw SystemError("syncfs", path) }
    }

    func open(_ name: String, _ flags: CInt, _ mode: UInt32 = 0) throws(SystemError) -> CInt {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else { throw error("open", name, EINVAL) }
        // O_NONBLOCK: a FIFO must not make us wait; O_NOCTTY: a terminal must not become ours.
        let file = openat(descriptor, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode)
        guard file >= 0 else { throw error("open", name) }
        return file
    }

    func error(_ call: String, _ name: String, _ code: CInt = errno) -> SystemError {
        SystemError(call, path.appending(name), code: code)
    }
}
