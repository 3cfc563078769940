import Certificates
package import FleetCarrier
package import Host
package import SystemPackage
package import Trust
import TrustCore

/// A host's way into its fleet's database: where it is, as whom, and the three files with which trustsync(8) proves that there.
package struct DatabaseJoining {
    package let login: DatabaseLogin
    package let settings: DatabaseSettings
    /// What fleet.conf says then.
    package let database: FleetFile.Database
    private let authority: [UInt8]?
    private let certificate: Certificate?
    /// Whether the request that is there has this name.
    private let isRequested: Bool
    private let local: LocalTrust

    /// What is asked for.
    package struct Wanted {
        package let place: String?
        /// The name of a host that is no member.
        package let console: String?
        /// The contents of the files that somebody brings.
        package let authority: [UInt8]?
        package let certificate: [UInt8]?

        package init(place: String?, console: String?, authority: [UInt8]?, certificate: [UInt8]?) {
            (self.place, self.console, self.authority, self.certificate) = (place, console, authority, certificate)
        }

        fileprivate var isNothing: Bool { place == nil && console == nil && authority == nil && certificate == nil }
    }

    /// Checks everything, and changes nothing. Nil when nothing is asked for.
    package init?(_ wanted: Wanted, member: String?, _ local: LocalTrust) throws(Failure) {
        guard !wanted.isNothing else { return nil }
        let old = try FleetFile.read(local.fleetFile)?.database
        guard let place = wanted.place ?? old?.place else {
            throw Failure("--console, --database-ca and --database-certificate go with --database", .usage)
        }
        var settings: DatabaseSettings
        do throws(DatabaseSettings.Fault) { settings = try DatabaseSettings(place) } catch {
            throw Failure("--database: \(error); nothing has changed", .usage, hint: "--database 'host=db.example.org dbname=fleet'")
        }
        login = try Self.login(wanted, member: member, settings)
        guard settings.user == nil || settings.user == login.role else {
            throw Failure(
                "--database: user=\(settings.user ?? "") is another host; this one is \(login.role); nothing has changed", .usage,
                hint: "leave user= out")
        }
        settings.user = login.role
        var database = Self.beside(local.fleetFile, old ?? .init())
        database.place = settings.text
        (self.settings, self.database, self.local) = (settings, database, local)
        let request = database.key.removingLastComponent().appending(Self.request)
        isRequested = old?.place == settings.text && LocalFileSystem().exists(request)
        authority = wanted.authority
        if let authority, PEM.mentionsPrivateKey(authority[...]) || !PEM.holdsCertificate(authority) {
            throw Failure(
                "what --database-ca names is no certificate in PEM form, or holds a private key; nothing has changed", .refused,
                hint: "ca.pem of the host where the authority's key is")
        }
        if let bytes = wanted.certificate {
            certificate = try Self.checked(bytes, login, key: database.key)
        } else {
            certificate = nil
        }
    }

    private static func login(_ wanted: Wanted, member: String?, _ settings: DatabaseSettings) throws(Failure) -> DatabaseLogin {
        let prefix = "\(DatabaseLogin.Kind.console.rawValue)_"
        let said = settings.user.flatMap { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil }
        guard member == nil || wanted.console == nil else { throw Failure("only one of --member and --console", .usage) }
        guard let name = member ?? wanted.console ?? said else {
            throw Failure("a console has a name of its own in the database; nothing has changed", .usage, hint: "--console NAME")
        }
        guard let login = DatabaseLogin(member == nil ? .console : .relay, named: name) else {
            throw Failure(
                "“\(Printable(name, limit: 70))” cannot be a login's name: a-z, 0-9, . and -, at most 55; nothing has changed", .usage)
        }
        return login
    }

    /// The usual files of a trustd.conf that is not in /etc/trustd are beside it.
    private static func beside(_ file: FilePath, _ old: FleetFile.Database) -> FleetFile.Database {
        let usual = FleetFile.Database()
        var database = old
        let folder = file.removingLastComponent().appending("fleet")
        if database.ca == usual.ca { database.ca = folder.appending("ca.pem") }
        if database.certificate == usual.certificate { database.certificate = folder.appending("client.pem") }
        if database.key == usual.key { database.key = folder.appending("client.key") }
        return database
    }

    /// The attack, or the mistake: a certificate of another host, with which this one could not enter or would be somebody else.
    private static func checked(_ bytes: [UInt8], _ login: DatabaseLogin, key path: FilePath) throws(Failure) -> Certificate {
        let certificate: Certificate
        do throws(CertificateError) { certificate = try Certificate.read(file: bytes, name: "--database-certificate") } catch {
            throw Failure("\(error); nothing has changed", .refused)
        }
        guard certificate.subject == login.subject else {
            throw Failure(
                "that certificate is \(Printable(certificate.subject, limit: 200))'s, and not \(login.subject)'s; nothing has changed",
                .refused)
        }
        guard let key = try Self.key(path) else {
            throw Failure("there is no \(path) yet; nothing has changed", .refused, hint: "without --database-certificate first")
        }
        var isOwn = false
        do throws(OpenSSLError) { isOwn = try key.belongs(to: certificate) } catch { throw Failure("\(path): \(error)", .notSound) }
        guard isOwn else {
            throw Failure("that certificate is not for \(path); nothing has changed", .refused, hint: "have the request beside it signed")
        }
        return certificate
    }

    private static func key(_ path: FilePath) throws(Failure) -> PrivateKey? {
        let bytes: [UInt8]?
        do throws(SystemError) { bytes = try LocalFileSystem(limit: 65_536).contents(of: path) } catch { throw Failure(error) }
        guard let bytes else { return nil }
        do throws(OpenSSLError) { return try PrivateKey(pem: bytes) } catch { throw Failure("\(path): \(error)", .notSound) }
    }
}

extension DatabaseJoining {
    /// The request for this host's certificate, beside its key.
    package var request: FilePath { database.key.removingLastComponent().appending(Self.request) }
    private static let request = "client.csr"

    /// What is missing of the three files.
    package var missing: [FilePath] {
        if settings.isLocal { return [] }
        return [database.ca, database.certificate, database.key].filter { !LocalFileSystem().exists($0) }
    }

    /// Makes the key and the request, unless they are there, and installs what was brought. A host that enters by a socket shows none of it.
    package func make(waiting seconds: Int) throws(Failure) {
        guard !settings.isLocal else { return }
        try local.checkMayChange()
        try local.locked(waiting: seconds) { () throws(Failure) in
            let known = try Self.key(database.key)
            var made: (key: [UInt8]?, request: [UInt8]?)
            do throws(OpenSSLError) {
                let key: PrivateKey
                if let known { key = known } else { key = try PrivateKey() }
                if known == nil { made.key = try key.pem() }
                if known == nil || !isRequested { made.request = try key.request(subject: login.names) }
            } catch { throw Failure(error.description, .notSound) }
            // A key that is there is never replaced.
            let group = Account.group(named: DatabaseLogin.keyReaders)
            if let key = made.key { try Self.install(key, database.key, mode: 0o640, group: group, isNew: true) }
            if let request = made.request { try Self.install(request, self.request, mode: 0o644) }
            if let authority { try Self.install(authority, database.ca, mode: 0o644) }
            if let certificate { try Self.install(PEM.certificate(certificate.der), database.certificate, mode: 0o644) }
        }
    }

    /// Whole or not at all, and on the disk.
    private static func install(
        _ bytes: [UInt8], _ path: FilePath, mode: UInt32, group: UInt32? = nil, isNew: Bool = false
    ) throws(Failure) {
        let name = path.lastComponent?.string ?? ""
        do throws(SystemError) {
            let folder = try Folder.making(path.removingLastComponent(), mode: 0o755)
            try folder.write(bytes, to: ".\(name).new", mode: mode, group: group)
            if isNew { try folder.renameNew(".\(name).new", to: name) } else { try folder.rename(".\(name).new", to: name) }
            try folder.synchronize()
        } catch { throw Failure(error) }
    }
}
