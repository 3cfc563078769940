package import Certificates
import Glibc
package import Host
package import SystemPackage
import TrustCore

/// The client's keys, each with its certificate. A change leaves one that works at every step, and no file is ever overwritten.
package struct ClientIdentities {
    let folder: ClientFolder

    private static let keyName = "client.key"
    private static let certificateName = "client.pem"

    package var key: FilePath { folder.path.appending(Self.keyName) }
    package var certificate: FilePath { folder.path.appending(Self.certificateName) }
    private var currentFolder: FilePath { folder.path.appending("current") }
    private var nextFolder: FilePath { folder.path.appending("next") }

    /// The one that mail is sent with. Throws when there is none.
    package func current() throws(Failure) -> Identity {
        guard let identity = try identity(in: folder.path) else { throw Self.nothing(in: folder.path) }
        return identity
    }

    /// The same; nil when there is none.
    package func any() throws(Failure) -> Identity? { try identity(in: folder.path) }

    private static func nothing(in place: FilePath) -> Failure {
        Failure("there is no certificate in \(place)", .noSuchEntry, hint: "trustctl client new")
    }

    /// The one that `renew` has made and the relay does not accept yet; nil when there is none.
    package func next() throws(Failure) -> Identity? { try identity(in: nextFolder) }

    private func identity(in place: FilePath) throws(Failure) -> Identity? {
        let file = place.appending(Self.keyName)
        guard let certificate = try folder.certificate(in: place.appending(Self.certificateName)) else { return nil }
        guard let bytes = try folder.contents(file) else {
            throw Failure(
                "\(file) is missing", .notSound, hint: "a certificate is of no use without its key; `client new` makes both")
        }
        do {
            let key = try PrivateKey(pem: bytes)
            guard try key.belongs(to: certificate) else {
                throw OpenSSLError("read the key", words: Printable("it is not the key of this certificate"))
            }
            return Identity(certificate: certificate, key: key)
        } catch { throw Failure("\(file): \(error)", .notSound) }
    }

    /// Throws when there is an identity, ours or one that the user has put there himself.
    package func checkIsEmpty() throws(Failure) {
        let files = [Self.keyName, Self.certificateName].filter { name in
            let file = folder.path.appending(name)
            return LocalFileSystem().exists(file) && target(of: file) != Self.link(name)
        }
        if LocalFileSystem().exists(currentFolder) || !files.isEmpty { throw isThereAlready }
    }

    private var isThereAlready: Failure {
        Failure(
            "there is already a certificate in \(folder.path), and trustctl overwrites none", .refused,
            hint: "`trustctl client renew` makes the next one; --dir DIR uses another folder")
    }

    /// Adds the first identity: a key in PEM form and its certificate.
    package func add(_ key: [UInt8], _ certificate: Certificate, for reader: KeyReader) throws(Failure) {
        do throws(SystemError) {
            _ = try Folder.making(folder.path, mode: ClientFolder.mode)
            let made = try write(key, certificate, for: reader)
            for name in [Self.keyName, Self.certificateName] {
                let file = folder.path.appending(name)
                if target(of: file) != Self.link(name) { try link(Self.link(name), at: file) }
            }
            // The last step puts it in use. It fails if another one was made meanwhile.
            try link(made, at: currentFolder)
            try LocalFileSystem().synchronize(folder.path)
        } catch {
            if error.code == EEXIST { throw isThereAlready }
            throw Failure(error)
        }
    }

    /// Adds the next identity beside the current one, and returns it.
    package func addNext(_ key: [UInt8], _ certificate: Certificate, for reader: KeyReader) throws(Failure) -> Identity {
        do throws(SystemError) {
            try link(try write(key, certificate, for: reader), at: nextFolder)
            try LocalFileSystem().synchronize(folder.path)
        } catch {
            if error.code == EEXIST {
                throw Failure("\(nextFolder) was made by somebody else meanwhile", .busy, hint: "repeat the command")
            }
            throw Failure(error)
        }
        guard let made = try next() else { throw Self.nothing(in: nextFolder) }
        return made
    }

    /// The same in the place of the next one that is there, if one is.
    func putNext(_ key: [UInt8], _ certificate: Certificate, for reader: KeyReader) throws(Failure) -> Identity {
        do throws(SystemError) {
            try LocalFileSystem().link(nextFolder, to: try write(key, certificate, for: reader))
            try LocalFileSystem().synchronize(folder.path)
        } catch { throw Failure(error) }
        guard let made = try next() else { throw Self.nothing(in: nextFolder) }
        return made
    }

    /// Puts the next identity in use: key and certificate in one rename.
    package func switchToNext() throws(Failure) {
        guard rename(nextFolder.string, currentFolder.string) == 0 else { throw Failure(SystemError("rename", currentFolder)) }
        do { try LocalFileSystem().synchronize(folder.path) } catch { throw Failure(error) }
    }

    /// Whether trustctl has made the current one, so that it can be replaced in one rename.
    package var canSwitch: Bool { target(of: currentFolder) != nil && target(of: key) == Self.link(Self.keyName) }

    private static func link(_ name: String) -> String { "current/\(name)" }

    /// Writes both into a new folder, and returns its name.
    private func write(_ key: [UInt8], _ certificate: Certificate, for reader: KeyReader) throws(SystemError) -> String {
        let disk = LocalFileSystem()
        var number = 1
        while mkdir(folder.path.appending("identity-\(number)").string, mode_t(ClientFolder.mode)) != 0 {
            guard errno == EEXIST, number < 10_000 else { throw SystemError("mkdir", folder.path.appending("identity-\(number)")) }
            number += 1
        }
        let place = folder.path.appending("identity-\(number)")
        try disk.create(place.appending(Self.keyName), key, like: nil, access: reader.access)
        try disk.create(place.appending(Self.certificateName), Array(certificate.pemText.utf8), like: nil, access: .open)
        try disk.synchronize(place)
        return "identity-\(number)"
    }

    private func link(_ target: String, at file: FilePath) throws(SystemError) {
        guard symlink(target, file.string) == 0 else { throw SystemError("symlink", file) }
    }

    /// Where a symbolic link leads; nil when it is none.
    private func target(of file: FilePath) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = buffer.withUnsafeMutableBytes { space in
            space.baseAddress.map { readlink(file.string, $0.assumingMemoryBound(to: CChar.self), space.count) } ?? -1
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
