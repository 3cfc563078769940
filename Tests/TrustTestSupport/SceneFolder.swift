package import Glibc
package import SystemPackage

/// A folder for one test. Root owns it and every folder above it, and nobody else may write there, as for the real ones in `/etc` and
/// `/var`. (A folder in `/tmp` would not be like that.)
package struct SceneFolder: Sendable {
    package let path: FilePath

    private static let parent: FilePath = "/var/lib/trustd-tests"

    package init() throws {
        // Other users must be able to enter it, whatever the umask.
        umask(0o022)
        var template = Array("\(Self.parent)/XXXXXX".utf8CString)
        // Another test that ends may remove the empty parent in between.
        for attempt in 1...100 {
            mkdir(Self.parent.string, 0o755)
            if mkdtemp(&template) != nil { break }
            guard errno == ENOENT, attempt < 100 else { throw Errno(rawValue: errno) }
            template = Array("\(Self.parent)/XXXXXX".utf8CString)
        }
        path = FilePath(platformString: template)
        guard chmod(path.string, 0o755) == 0 else { throw Errno(rawValue: errno) }
    }

    /// The absolute path of something in it.
    package func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    package func write(_ name: String, _ text: String, mode: mode_t = 0o644, owner: Owner = .root) throws {
        try File.write(self(name), text, mode: mode, owner: owner)
    }

    package func read(_ name: String) throws -> String { try File.read(self(name)) }

    package func makeFolder(_ name: String, mode: mode_t = 0o755, owner: Owner = .root) throws {
        guard mkdir(self(name), 0o700) == 0 || errno == EEXIST, chown(self(name), owner.uid, owner.gid) == 0, chmod(self(name), mode) == 0
        else { throw Errno(rawValue: errno) }
    }

    /// Removes it with everything in it, and the parent too if no other test uses it.
    package func remove() {
        _ = try? ProgramRun.run("rm", ["-rf", "--one-file-system", path.string])
        rmdir(Self.parent.string)
    }
}

/// The owner of a file.
package struct Owner: Sendable {
    package let uid: uid_t
    package let gid: gid_t

    package static let root = Owner(uid: 0, gid: 0)
    /// Exim's user, as the Debian package makes it.
    package static let exim = named("Debian-exim", group: "Debian-exim")
    /// The owner of Exim's log folder: on Debian the group that may read logs.
    package static let eximLog = named("Debian-exim", group: "adm")
    /// Stands for the user `trustd`, which need not exist on the machine: unprivileged. Its processes are in the group that may read the
    /// log.
    package static let daemon = named("nobody", group: "nogroup")

    /// PostgreSQL's user, as the Debian package makes it.
    package static let postgres = named("postgres", group: "postgres")

    private static func named(_ user: String, group: String) -> Owner {
        guard let user = getpwnam(user), let group = getgrnam(group) else { return .root }
        return Owner(uid: user.pointee.pw_uid, gid: group.pointee.gr_gid)
    }
}

/// Reads and writes whole files.
package enum File {
    package static func read(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

    package static func bytes(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }

    package static func write(_ path: String, _ text: String, mode: mode_t = 0o644, owner: Owner = .root) throws {
        try write(path, bytes: Array(text.utf8))
        guard chown(path, owner.uid, owner.gid) == 0, chmod(path, mode) == 0 else { throw Errno(rawValue: errno) }
    }

    /// A new file belongs to root, and only root may read it.
    package static func write(_ path: String, bytes: [UInt8]) throws { try put(bytes, at: path, flags: O_WRONLY | O_CREAT | O_TRUNC) }

    package static func append(_ path: String, _ text: String) throws {
        try put(Array(text.utf8), at: path, flags: O_WRONLY | O_CREAT | O_APPEND)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The sorted names in a folder; empty if there is no such folder.
    package static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func put(_ all: [UInt8], at path: String, flags: CInt) throws {
        let descriptor = open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        defer { close(descriptor) }
        var bytes = all[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Errno(rawValue: errno) }
            bytes = bytes.dropFirst(count)
        }
    }
}
