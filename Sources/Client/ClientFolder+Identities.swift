package import Certificates
import EximControl
import Glibc
package import Host
package import SystemPackage
package import TrustCore

/// How an identity comes to be and changes: each step leaves one that works, and none is ever written over.
extension ClientFolder {
    /// Whether there is one, ours or a person's own.
    package func hasIdentity() throws(Failure) -> Bool {
        if isThere(current) { return true }
        return [Self.keyName, Self.certificateName].contains { name in
            isThere(path.appending(name)) && target(of: path.appending(name)) != Self.link(name)
        }
    }

    /// Lays a key and its certificate down as the client's first identity.
    package func lay(_ key: [UInt8], _ certificate: Certificate, for reader: KeyReader) throws(Failure) {
        do throws(SystemError) {
            _ = try Folder.making(path, mode: Self.folderMode)
            let made = try write(key, certificate, for: reader)
            for name in [Self.keyName, Self.certificateName] where target(of: path.appending(name)) != Self.link(name) {
                try link(Self.link(name), at: path.appending(name))
            }
            // The last step, and the one that counts: it fails when another one was made meanwhile.
            try link(made, at: current)
            try LocalFileSystem().synchronize(path)
        } catch {
            if error.code == EEXIST { throw Self.isThereAlready(path) }
            throw Failure(error)
        }
    }

    /// Lays a second one down beside the current one.
    package func layNext(_ key: [UInt8], _ certificate: Certificate, for reader: KeyReader) throws(Failure) {
        do throws(SystemError) {
            try link(try write(key, certificate, for: reader), at: next)
            try LocalFileSystem().synchronize(path)
        } catch {
            if error.code == EEXIST { throw Failure("\(next) was made by somebody else meanwhile", .busy, hint: "repeat the command") }
            throw Failure(error)
        }
    }

    /// The next one becomes the current one: key and certificate in one rename.
    package func switchToNext() throws(Failure) {
        guard rename(next.string, current.string) == 0 else { throw Failure(SystemError("rename", current)) }
        do { try LocalFileSystem().synchronize(path) } catch { throw Failure(error) }
    }

    package static func isThereAlready(_ path: FilePath) -> Failure {
        Failure(
            "there is a certificate in \(path) already, and nothing is ever written over it", .refused,
            hint: "`trustctl client renew` makes the next one; --dir DIR takes another folder")
    }

    /// Whether `current` is ours to switch.
    package var isOurs: Bool { target(of: current) != nil && target(of: key) == Self.link(Self.keyName) }

    private static func link(_ name: String) -> String { "current/\(name)" }

    /// A new folder with both; its name.
    private func write(_ key: [UInt8], _ certificate: Certificate, for reader: KeyReader) throws(SystemError) -> String {
        let disk = LocalFileSystem()
        var number = 1
        while mkdir(path.appending("identity-\(number)").string, mode_t(Self.folderMode)) != 0 {
            guard errno == EEXIST, number < 10_000 else { throw SystemError("mkdir", path.appending("identity-\(number)")) }
            number += 1
        }
        let folder = path.appending("identity-\(number)")
        try disk.create(folder.appending(Self.keyName), key, like: nil, access: reader.access)
        try disk.create(folder.appending(Self.certificateName), Array(certificate.pemText.utf8), like: nil, access: .open)
        try disk.synchronize(folder)
        return "identity-\(number)"
    }

    private func isThere(_ file: FilePath) -> Bool { LocalFileSystem().exists(file) }

    private func link(_ target: String, at file: FilePath) throws(SystemError) {
        guard symlink(target, file.string) == 0 else { throw SystemError("symlink", file) }
    }

    private func target(of file: FilePath) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { space in
            space.baseAddress.map { readlink(file.string, $0.assumingMemoryBound(to: CChar.self), space.count) } ?? -1
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}

/// Who may read the private key besides its owner: Exim's group, when root makes it; else nobody.
package struct KeyReader {
    package var group: UInt32?

    /// Never wider than this, from the first byte on: `create` opens the file 0600.
    var access: FileAccess { FileAccess(mode: group == nil ? 0o600 : 0o640, group: group) }

    /// Asks Exim for the group with which it delivers.
    package init(_ configuration: Configuration) {
        guard geteuid() == 0, let exim = try? EximProgram(configuration, scratch: configuration.ledger),
            let name = try? exim.values(options: ["exim_group"])["exim_group"]
        else { return }
        group = Decimal.number(Array(name.utf8)).map { UInt32(clamping: $0) } ?? getgrnam(name)?.pointee.gr_gid
    }
}
