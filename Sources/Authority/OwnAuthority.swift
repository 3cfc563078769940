package import Certificates
package import Host
package import SystemPackage
package import Trust
package import TrustCore

/// Our own CA as it lies on the disk, in the folder `ca` beside trustd.conf:
///
///     ca.pem          its certificate, which everybody may read
///     ca.key          its key, which only root may read; missing once it was moved away
///     ca.key.moved    where it was moved
package struct OwnAuthority {
    private let files: AuthorityFiles

    package init(_ local: LocalTrust) { files = local.authorityFiles }

    package var folder: FilePath { files.folder }
    package var certificateFile: FilePath { files.certificate }
    package var keyFile: FilePath { files.key }
    package var movedFile: FilePath { files.moved }

    package var isThere: Bool { LocalFileSystem().exists(certificateFile) }
    package var isKeyThere: Bool { LocalFileSystem().exists(keyFile) }

    /// Why nobody can sign here without a person; nil when nothing stands against it.
    package var obstacleToSigning: String? {
        guard let pem = (try? Self.bytes(of: keyFile)) ?? nil else { return "the CA's key is not here" }
        return PrivateKey.isLocked(pem) ? "the CA's key needs its passphrase" : nil
    }

    /// Where the key was moved, as the operator named that place; nil while it was not.
    package var movedTo: String? {
        guard let bytes = (try? LocalFileSystem(limit: 8_192).contents(of: movedFile)) ?? nil else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    /// Throws when there is none.
    package func certificate() throws(Failure) -> Certificate {
        guard let bytes = try Self.bytes(of: certificateFile) else {
            throw Failure("there is no CA of our own: \(certificateFile) is missing", .noSuchEntry, hint: "trustctl ca init")
        }
        do { return try Certificate.read(file: bytes, name: certificateFile.string) } catch {
            throw Failure("\(error)", .notSound, hint: "restore it from a backup")
        }
    }

    /// The CA with its key, ready to sign. `file` names the key where it was moved away. `ask` is called when a passphrase opens it.
    package func signer(
        key file: FilePath?, at now: Timestamp = .now, asking ask: (FilePath) throws(Failure) -> Passphrase
    ) throws(Failure) -> Identity {
        let certificate = try certificate()
        try Self.check(certificate, at: now)
        let place = ResolvedPath(orAsWritten: file ?? keyFile).filePath
        try Self.checkOwnership(ResolvedPath(orAsWritten: certificateFile).filePath)
        // A key on a stick may lie in a folder of somebody's; it must be ours by what it signs, which is looked at below.
        if file == nil { try Self.checkOwnership(place) }
        guard let pem = try Self.bytes(of: place) else { throw missing(file) }
        let key = try Self.open(pem, place, ask)
        let belongs: Bool
        do { belongs = try key.belongs(to: certificate) } catch { throw .nothingSigned("\(error)", hint: nil) }
        guard belongs else {
            throw .nothingSigned("\(place) is not the key of \(certificateFile)", hint: "name the right one with --key FILE")
        }
        return Identity(certificate: certificate, key: key)
    }

    private func missing(_ file: FilePath?) -> Failure {
        if let file { return .nothingSigned("there is no \(Printable(file.string, limit: 200))", hint: nil) }
        guard let movedTo else {
            return .nothingSigned("the CA's key \(keyFile) is missing", hint: "name it with --key FILE, or restore it from a backup")
        }
        let place = Printable(movedTo, limit: 200)
        return .nothingSigned("the CA's key is not here: it was moved to \(place)", hint: "bring it, and say --key FILE")
    }

    /// Whether the CA can sign today what counts tomorrow.
    private static func check(_ certificate: Certificate, at now: Timestamp) throws(Failure) {
        guard certificate.isCA else { throw .nothingSigned("the CA's certificate is not a CA's (CA:FALSE)", hint: nil) }
        guard certificate.selfSigned else { throw .nothingSigned("the CA's certificate is not signed by its own key", hint: nil) }
        if now < certificate.notBefore {
            throw .nothingSigned("the CA is not valid before \(certificate.notBefore)", hint: "check this host's clock")
        }
        if certificate.notAfter <= now {
            throw .nothingSigned(
                "the CA ended at \(certificate.notAfter), and nothing that it signs counts any more",
                hint: "move its folder away and make a new one: trustctl ca init")
        }
    }

    private static func checkOwnership(_ path: FilePath) throws(Failure) {
        do { try Ownership.check(path) } catch {
            throw Failure(error.description, .notSound, hint: "chown root \(error.path); chmod go-w \(error.path)")
        }
    }

    private static func open(
        _ pem: [UInt8], _ place: FilePath, _ ask: (FilePath) throws(Failure) -> Passphrase
    ) throws(Failure) -> PrivateKey {
        guard PrivateKey.isLocked(pem) else {
            do { return try PrivateKey(pem: pem) } catch {
                throw .nothingSigned("\(place): \(error)", hint: "it must be a private key in PEM form; encrypted: as PKCS#8")
            }
        }
        let passphrase = try ask(place)
        do { return try PrivateKey(pem: pem, openedBy: passphrase) } catch {
            throw .nothingSigned("\(place): \(error)", hint: "repeat the command with the right one")
        }
    }

    static func bytes(of file: FilePath) throws(Failure) -> [UInt8]? {
        do { return try LocalFileSystem(limit: Certificate.maximumFileSize).contents(of: file) } catch { throw Failure(error) }
    }
}

extension Failure {
    /// Of a command that signs: what stands against it.
    static func nothingSigned(_ why: String, hint: String?) -> Failure {
        Failure("refused: nothing was signed: \(why)", .refused, hint: hint)
    }
}
