package import Certificates
import Glibc
package import Host
package import SystemPackage
import TrustCore

/// The client's own folder: its identity, and the relays that it knows.
///
///     client.key -> current/client.key      relays/<HOST>_<PORT>.pem
///     client.pem -> current/client.pem      current -> identity-1
///
/// A key and its certificate lie together in a folder `identity-<N>`, and `current` says which one counts: so the two change in one rename.
package struct ClientFolder {
    package let path: FilePath
    private let disk = LocalFileSystem()

    static let keyName = "client.key"
    static let certificateName = "client.pem"

    /// `/etc/trustd/client` for root, else `~/.config/trustd`, unless the user says otherwise.
    package init(_ option: String?) throws(Failure) {
        if let option {
            let given = FilePath(option)
            path = (given.isAbsolute ? given : Self.workingFolder.pushing(given)).lexicallyNormalized()
        } else if geteuid() == 0 {
            path = "/etc/trustd/client"
        } else {
            guard let home = getenv("HOME").map({ FilePath(String(cString: $0)) }), home.isAbsolute else {
                throw Failure("HOME does not say where your folder is", .usage, hint: "say --dir DIR")
            }
            path = home.appending(".config/trustd")
        }
    }

    private static var workingFolder: FilePath {
        guard let name = getcwd(nil, 0) else { return "/" }
        defer { free(name) }
        return FilePath(String(cString: name))
    }

    package var key: FilePath { path.appending(Self.keyName) }
    package var certificate: FilePath { path.appending(Self.certificateName) }
    package var current: FilePath { path.appending("current") }
    /// What `renew` has made, until the relay accepts it.
    package var next: FilePath { path.appending("next") }
    var relays: FilePath { path.appending("relays") }
    package func pin(of relay: RelayName) -> FilePath { relays.appending(relay.fileName) }

    /// Others must come through to what Exim's user reads; a user's own folder is his alone.
    static var folderMode: UInt32 { geteuid() == 0 ? 0o755 : 0o700 }

    /// Throws when somebody else could exchange the key, or the relay's certificate for his own.
    package func check() throws(Failure) {
        guard let resolved = try? ResolvedPath(path) else { return }
        if geteuid() == 0 {
            do { try Ownership.check(resolved.filePath) } catch {
                throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
            }
            return
        }
        var status = stat()
        guard lstat(resolved.string, &status) == 0 else { return }
        guard status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & 0o022 == 0 else {
            throw Failure("\(path) may be written by others than you", .notSound, hint: "chmod go-w \(path)")
        }
    }

    /// A whole file, whatever links lead there; nil when there is none.
    package func contents(_ file: FilePath) throws(Failure) -> [UInt8]? {
        do throws(SystemError) { return try disk.contents(of: ResolvedPath(file).filePath) } catch {
            if error.isMissing { return nil }
            throw Failure(error)
        }
    }

    /// The certificate in a file of ours; nil when there is none.
    package func certificate(in file: FilePath) throws(Failure) -> Certificate? {
        guard let bytes = try contents(file) else { return nil }
        do { return try Certificate.read(file: bytes, name: file.string) } catch {
            throw Failure(error.description, .notSound, hint: error.hint)
        }
    }

    /// The key and certificate in `folder` (`current`, `next`, or ours itself); nil when there is no certificate.
    package func identity(in folder: FilePath) throws(Failure) -> Identity? {
        let file = folder.appending(Self.keyName)
        guard let certificate = try certificate(in: folder.appending(Self.certificateName)) else { return nil }
        guard let bytes = try contents(file) else {
            throw Failure("\(file) is missing", .notSound, hint: "without its key a certificate is of no use; `client new` makes both")
        }
        do {
            let key = try PrivateKey(pem: bytes)
            guard try key.belongs(to: certificate) else {
                throw OpenSSLError("read the key", words: Printable("it is not the key of this certificate"))
            }
            return Identity(certificate: certificate, key: key)
        } catch { throw Failure("\(file): \(error)", .notSound) }
    }

    /// The identity that mail is sent with. Throws when there is none.
    package func identity() throws(Failure) -> Identity {
        guard let identity = try identity(in: path) else { throw Self.noIdentity(path) }
        return identity
    }

    package static func noIdentity(_ path: FilePath) -> Failure {
        Failure("there is no certificate in \(path)", .noSuchEntry, hint: "trustctl client new")
    }
}
