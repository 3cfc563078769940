import CLinux
import Glibc
package import SystemPackage
package import TrustCore

/// The real disk.
package struct LocalFileSystem: FileSystem {
    /// The default `limit`: a list of a million fingerprints fits.
    package static let maximumSize = 128 << 20

    /// Larger files are not read (EFBIG). The ledger only grows, and only root writes it: it is read without a limit.
    package var limit = Self.maximumSize

    package init(limit: Int = Self.maximumSize) {
        self.limit = limit
    }

    package func contents(of path: FilePath) throws(SystemError) -> [UInt8]? {
        let file = open(path.string, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemError("open", path)
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw SystemError("fstat", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError("open", path, code: EINVAL) }
        guard status.st_size <= limit else { throw SystemError("read", path, code: EFBIG) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        var count = 0
        while true {
            let got = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress.map { $0 + count }, $0.count - count) }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw SystemError("read", path) }
            if got == 0 {
                // Not a copy: a list may be large.
                bytes.removeLast(bytes.count - count)
                return bytes
            }
            count += got
            guard count <= limit else { throw SystemError("read", path, code: EFBIG) }
            if count == bytes.count { bytes.append(contentsOf: [UInt8](repeating: 0, count: bytes.count)) }
        }
    }

    package func create(_ path: FilePath, _ bytes: [UInt8], like model: FilePath?, access: FileAccess) throws(SystemError) {
        try remove(path)
        let file = open(path.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SystemError("open", path) }
        defer { close(file) }
        do throws(SystemError) {
            try write(bytes, to: file, path)
            if let model {
                try copyAttributes(of: model, to: file, path)
            } else {
                guard fchown(file, 0, access.group ?? 0) == 0 || geteuid() != 0 else { throw SystemError("chown", path) }
                guard fchmod(file, access.mode) == 0 else { throw SystemError("chmod", path) }
            }
            guard fsync(file) == 0 else { throw SystemError("fsync", path) }
        } catch {
            // An unfinished file is useless. Report the first error, not one of this unlink.
            unlink(path.string)
            throw error
        }
    }

    package func exchange(_ one: FilePath, _ other: FilePath) throws(SystemError) {
        guard clinux_exchange(AT_FDCWD, one.string, AT_FDCWD, other.string) == 0 else { throw SystemError("exchange", other) }
    }

    package func rename(_ path: FilePath, to target: FilePath) throws(SystemError) {
        guard clinux_rename_new(AT_FDCWD, path.string, AT_FDCWD, target.string) == 0 else { throw SystemError("rename", target) }
    }

    package func remove(_ path: FilePath) throws(SystemError) {
        guard unlink(path.string) == 0 || errno == ENOENT else { throw SystemError("unlink", path) }
    }

    package func append(_ bytes: [UInt8], to path: FilePath, mode: UInt32) throws(SystemError) {
        let file = open(path.string, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { throw SystemError("open", path) }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        do throws(SystemError) { try write(bytes, to: file, path) } catch {
            // The disk is full: a part of a record would be taken for what a crash has left.
            if size >= 0 { _ = ftruncate(file, size) }
            throw error
        }
        guard fsync(file) == 0 else { throw SystemError("fsync", path) }
    }

    package func shorten(_ path: FilePath, to size: Int) throws(SystemError) {
        let file = open(path.string, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw SystemError("open", path) }
        defer { close(file) }
        guard ftruncate(file, off_t(size)) == 0 else { throw SystemError("ftruncate", path) }
        guard fsync(file) == 0 else { throw SystemError("fsync", path) }
    }

    package func overwrite(_ path: FilePath, _ bytes: [UInt8]) throws(SystemError) {
        let file = open(path.string, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { throw SystemError("open", path) }
        defer { close(file) }
        guard pwrite(file, bytes, bytes.count, 0) == bytes.count else { throw SystemError("write", path) }
        guard fdatasync(file) == 0 else { throw SystemError("fdatasync", path) }
    }

    package func makeFolder(_ path: FilePath) throws(SystemError) -> Bool {
        if mkdir(path.string, 0o755) == 0 { return true }
        guard errno == EEXIST else { throw SystemError("mkdir", path) }
        return false
    }

    package func fill(_ path: FilePath, with names: [String]) throws(SystemError) {
        let folder = try Folder(path)
        for name in names where !folder.has(name) {
            // Many are synced together, which costs less.
            try folder.write([], to: name, mode: 0o644, synchronized: names.count <= 16)
        }
        if names.count > 16 { try folder.synchronizeFileSystem() }
        try folder.synchronize()
    }

    package func removeFolder(_ path: FilePath) throws(SystemError) {
        guard rmdir(path.string) == 0 || [ENOENT, ENOTEMPTY, EEXIST].contains(errno) else { throw SystemError("rmdir", path) }
    }

    package func names(in path: FilePath) throws(SystemError) -> [String: String?] {
        do {
            let folder = try Folder(path, followingLink: true)
            var found: [String: String?] = [:]
            for name in try folder.names() { found[name] = .some(Self.target(of: path.appending(name))) }
            return found
        } catch {
            if error.isMissing { return [:] }
            throw error
        }
    }

    private static func target(of path: FilePath) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { space in
            space.baseAddress.map { readlink(path.string, $0.assumingMemoryBound(to: CChar.self), space.count) } ?? -1
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    package func link(_ path: FilePath, to target: String) throws(SystemError) {
        let new = path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "link").trustctl")
        try remove(new)
        guard symlink(target, new.string) == 0 else { throw SystemError("symlink", path) }
        guard Glibc.rename(new.string, path.string) == 0 else {
            let error = SystemError("rename", path)
            unlink(new.string)
            throw error
        }
    }

    package func synchronize(_ folder: FilePath) throws(SystemError) {
        let descriptor = open(folder.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemError("fsync", folder) }
    }

    private func write(_ bytes: [UInt8], to file: CInt, _ path: FilePath) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress.map { $0 + done }, $0.count - done) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write", path) }
            done += count
        }
    }

    /// Copies owner, mode and extended attributes (access control lists and security labels). Owner first: chown clears mode bits.
    private func copyAttributes(of model: FilePath, to file: CInt, _ path: FilePath) throws(SystemError) {
        var status = stat()
        guard lstat(model.string, &status) == 0 else { throw SystemError("stat", model) }
        guard fchown(file, status.st_uid, status.st_gid) == 0 else { throw SystemError("chown", path) }
        guard fchmod(file, status.st_mode & 0o7777) == 0 else { throw SystemError("chmod", path) }
        for name in try extendedAttributes(of: model) {
            let size = clinux_lgetxattr(model.string, name, nil, 0)
            guard size >= 0 else { throw SystemError("getxattr", model) }
            var value = [UInt8](repeating: 0, count: max(size, 1))
            guard clinux_lgetxattr(model.string, name, &value, size) == size else { throw SystemError("getxattr", model) }
            guard clinux_fsetxattr(file, name, value, size) == 0 else { throw SystemError("setxattr", path) }
        }
    }

    private func extendedAttributes(of path: FilePath) throws(SystemError) -> [String] {
        let size = clinux_llistxattr(path.string, nil, 0)
        if size < 0 && errno == ENOTSUP { return [] }
        guard size >= 0 else { throw SystemError("listxattr", path) }
        guard size > 0 else { return [] }
        var names = [CChar](repeating: 0, count: size)
        guard clinux_llistxattr(path.string, &names, size) == size else { throw SystemError("listxattr", path) }
        return names.split(separator: 0).map { String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }
}

extension LocalFileSystem {
    /// Whether a file, folder or link of that name exists.
    package func exists(_ path: FilePath) -> Bool { faccessat(AT_FDCWD, path.string, F_OK, AT_SYMLINK_NOFOLLOW) == 0 }
}
