import Certificates
import Glibc
package import Host
package import SystemPackage
import TrustCore

/// The client's own folder: its identities, and the certificates of its relays.
///
///     client.key -> current/client.key      relays/<HOST>_<PORT>.pem
///     client.pem -> current/client.pem      current -> identity-1
///
/// A key and its certificate are together in a folder `identity-<N>`. The link `current` says which one is in use, so one rename changes
/// both.
package struct ClientFolder {
    package let path: FilePath

    /// `option` is the user's; nil: `/etc/trustd/client` for root, else `~/.config/trustd`.
    package init(_ option: String?) throws(Failure) {
        if let option {
            path = ThisProcess.absolute(FilePath(option)).lexicallyNormalized()
        } else if geteuid() == 0 {
            path = "/etc/trustd/client"
        } else {
            guard let home = getenv("HOME").map({ FilePath(String(cString: $0)) }), home.isAbsolute else {
                throw Failure("HOME does not say where your folder is", .usage, hint: "say --dir DIR")
            }
            path = home.appending(".config/trustd")
        }
    }

    package var identities: ClientIdentities { ClientIdentities(folder: self) }
    package var pins: RelayPins { RelayPins(folder: self) }

    /// Whether anything of a client's is in it: a key, a certificate, or the pin of a relay. It need not be sound.
    package var isUsed: Bool {
        let disk = LocalFileSystem()
        let pinned = ((try? disk.names(in: path.appending("relays"))) ?? [:]).isEmpty == false
        return pinned || disk.exists(identities.key) || disk.exists(identities.certificate)
    }

    /// Others must be able to search root's folder for what Exim's user reads; a user's own folder is for him alone.
    static var mode: UInt32 { geteuid() == 0 ? 0o755 : 0o700 }

    /// Throws when somebody else could replace the key, or the relay's certificate by his own.
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
            throw Failure("\(path) can be written by others than you", .notSound, hint: "chmod go-w \(path)")
        }
    }

    /// A whole file; symbolic links are followed. Nil when there is none.
    func contents(_ file: FilePath) throws(Failure) -> [UInt8]? {
        do throws(SystemError) { return try LocalFileSystem().contents(of: ResolvedPath(file).filePath) } catch {
            if error.isMissing { return nil }
            throw Failure(error)
        }
    }

    /// The certificate in a file; nil when there is none.
    func certificate(in file: FilePath) throws(Failure) -> Certificate? {
        guard let bytes = try contents(file) else { return nil }
        do { return try Certificate.read(file: bytes, name: file.string) } catch {
            throw Failure(error.description, .notSound, hint: error.hint)
        }
    }
}
