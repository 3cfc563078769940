package import SystemPackage
package import TrustCore

/// What `fleet.conf`, beside trustd.conf, says: which fleet this host belongs to, as what, and where its database is. trustctl and trustsync
/// read it; its keys are read as trustd.conf's are.
package struct FleetFile: Equatable, Sendable {
    package let fleet: FleetIdentity
    /// The digest of the fleet's first decision.
    package let genesis: Digest
    /// This relay's name in the fleet; nil on a console, where people decide and no Exim is touched.
    package let member: String?
    /// The operator's public key.
    package let key: FilePath?
    package let database: Database

    package init(fleet name: String, genesis: Digest, member: String?, key: FilePath? = nil, database: Database = .init()) {
        fleet = FleetIdentity(name: name, genesis: genesis)
        (self.genesis, self.member, self.key, self.database) = (genesis, member, key, database)
    }

    /// Where the decisions are carried to, and how this host proves there who it is.
    package struct Database: Equatable, Sendable {
        /// `host=… port=… dbname=… user=…`; nil: decisions are carried by hand.
        package var place: String?
        package var ca: FilePath = Self.folder.appending("ca.pem")
        package var certificate: FilePath = Self.folder.appending("client.pem")
        package var key: FilePath = Self.folder.appending("client.key")
        /// Seconds between two looks at the database that no notification has caused.
        package var poll = 30
        /// Seconds after which a relay of which nothing came is named as silent.
        package var staleAfter = 1_800

        static let folder: FilePath = "/etc/trustd/fleet"

        package init() {}
    }

    private enum Key: String {
        case fleet, genesis, member, key, database, poll
        case databaseCA = "database_ca"
        case databaseCertificate = "database_certificate"
        case databaseKey = "database_key"
        case staleAfter = "stale_after"
    }

    /// Its name; it is beside trustd.conf.
    package static let name = "fleet.conf"

    /// Throws at the first mistake.
    package init(parsing bytes: [UInt8], file: FilePath) throws(ConfigurationError) {
        var (fleet, member): (String?, String?)
        var genesis: Digest?
        var key: FilePath?
        var database = Database()
        let text = try SettingLines.text(bytes, file: file)
        try SettingLines.read(text, file: file) { (setting: Key, value) throws(BadSetting) in
            switch setting {
            case .fleet: fleet = value
            case .genesis:
                genesis = Digest(hex: value)
                guard genesis != nil else { throw BadSetting(reason: "it takes the 64 digits of the fleet's first decision") }
            case .member:
                guard value.isEmpty || FleetName.isName(value) else {
                    throw BadSetting(reason: "“\(Printable(value, limit: 60))” is no name: letters, digits and .@_+-, at most 64")
                }
                member = value.isEmpty ? nil : value
            case .key: key = try Self.path(value)
            case .database:
                guard value.utf8.count <= 2_000, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                    throw BadSetting(reason: "it takes host=… dbname=… user=…")
                }
                database.place = value.isEmpty ? nil : value
            case .databaseCA: database.ca = try Self.path(value)
            case .databaseCertificate: database.certificate = try Self.path(value)
            case .databaseKey: database.key = try Self.path(value)
            case .poll: database.poll = try Self.seconds(value)
            case .staleAfter: database.staleAfter = try Self.seconds(value)
            }
        }
        let lines = max(text.utf8.count { $0 == UInt8(ascii: "\n") }, 1)
        func missing(_ key: String) -> ConfigurationError {
            ConfigurationError(file: file, line: lines, reason: "“\(key)” is missing")
        }
        guard let fleet else { throw missing("fleet") }
        guard let genesis else { throw missing("genesis") }
        guard FleetName.isFleet(fleet) else {
            throw ConfigurationError(
                file: file, line: lines, reason: "fleet: “\(Printable(fleet, limit: 70))” is no name: a-z, 0-9, . and -, at most 63")
        }
        self.init(fleet: fleet, genesis: genesis, member: member, key: key, database: database)
    }

    /// A file that says this.
    package var text: String {
        """
        # trustctl fleet join has written this file: trustctl-fleet(8).
        fleet = \(fleet.name)
        genesis = \(genesis)
        member = \(member ?? "")
        \(key.map { "key = \($0)\n" } ?? "")\(database.text)
        """
    }

    private static func path(_ value: String) throws(BadSetting) -> FilePath {
        guard value.hasPrefix("/"), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw BadSetting(reason: "“\(Printable(value, limit: 60))” is not an absolute path")
        }
        return FilePath(value)
    }

    private static func seconds(_ value: String) throws(BadSetting) -> Int {
        let digits = value.prefix { $0.isASCII && $0.isNumber }
        let unit = ["s": 1, "m": 60][value.dropFirst(digits.count).trimmed]
        guard let unit, let count = Decimal.number(digits.utf8), (1...3_600).contains(count), count * unit <= 3_600 else {
            throw BadSetting(reason: "“\(Printable(value, limit: 60))” is not a time from 1s to 60m")
        }
        return count * unit
    }
}

extension FleetFile.Database {
    /// The lines that say it, without those that say what holds anyway.
    package var text: String {
        let usual = FleetFile.Database()
        var lines = place.map { "database = \($0)\n" } ?? ""
        for (name, value, other) in [
            ("ca", ca, usual.ca), ("certificate", certificate, usual.certificate), ("key", key, usual.key),
        ] where value != other { lines += "database_\(name) = \(value)\n" }
        if poll != usual.poll { lines += "poll = \(poll)s\n" }
        if staleAfter != usual.staleAfter { lines += "stale_after = \(staleAfter)s\n" }
        return lines
    }
}
