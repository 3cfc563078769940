package import SystemPackage

extension Configuration {
    /// Reads the lines of trustd.conf (`SettingLines`).
    package init(parsing text: some StringProtocol, file: FilePath) throws(ConfigurationError) {
        self.init()
        var logs: [FilePath] = []
        try SettingLines.read(String(text), file: file, repeatable: [Key.log]) { key, value throws(BadSetting) in
            if key == .log { logs.append(try Self.logPath(value)) } else { try set(key, to: value) }
        }
        if !logs.isEmpty { self.logs = logs }
    }

    /// Reads the bytes of a file, which must be UTF-8.
    package init(parsing bytes: [UInt8], file: FilePath) throws(ConfigurationError) {
        try self.init(parsing: SettingLines.text(bytes, file: file), file: file)
    }

    private enum Key: String {
        case log, rotated, state, list, approved, certificates, authority, revoked, issued, ledger, exim, also, reload, renew
        case eximConfiguration = "exim_config"
        case maxPending = "max_pending"
        case maxPerAddress = "max_per_address"
        case pendingTTL = "pending_ttl"
        case notifyTo = "notify_to"
        case notifyFrom = "notify_from"
        case notifyEvery = "notify_every"
        case renewWindow = "renew_window"
        case renewGrace = "renew_grace"
        case renewMax = "renew_max"
        case renewUntil = "renew_until"
    }

    private mutating func set(_ key: Key, to value: String) throws(BadSetting) {
        switch key {
        case .log: break
        case .rotated: rotated = value.isEmpty ? nil : try Self.path(value)
        case .state: state = try Self.path(value)
        case .list: list = try Self.path(value)
        case .approved: approved = try Self.path(value)
        case .certificates: certificates = try Self.path(value)
        case .authority: authority = try Self.path(value)
        case .revoked: revoked = try Self.path(value)
        case .issued: issued = try Self.path(value)
        case .ledger: ledger = try Self.path(value)
        case .exim: exim = try Self.path(value)
        case .eximConfiguration: eximConfiguration = value.isEmpty ? nil : try Self.path(value)
        case .also: also = try Self.paths(value)
        case .reload: reload = try Self.reload(value)
        case .maxPending: maxPending = try Self.count(value)
        case .maxPerAddress: maxPerAddress = try Self.count(value)
        case .pendingTTL: pendingTTL = try Self.duration(value)
        case .notifyTo: notifyTo = value.isEmpty ? nil : try Self.address(value)
        case .notifyFrom: notifyFrom = value.isEmpty ? nil : try Self.address(value)
        case .notifyEvery: notifyEvery = try Self.duration(value)
        case .renew: renew.way = try Self.renewal(value)
        case .renewWindow: renew.window = try Self.duration(value, orNone: true, inYears: true)
        case .renewGrace: renew.grace = try Self.duration(value, orNone: true, inYears: true)
        case .renewMax: renew.longest = try Self.duration(value, inYears: true)
        case .renewUntil: renew.until = try Self.duration(value, inYears: true)
        }
    }

    private static func path(_ value: String) throws(BadSetting) -> FilePath {
        guard value.hasPrefix("/"), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw BadSetting(reason: "“\(Printable(value, limit: 60))” is not an absolute path")
        }
        return FilePath(value)
    }

    /// Absolute paths with blanks between them; each once.
    private static func paths(_ value: String) throws(BadSetting) -> [FilePath] {
        var paths: [FilePath] = []
        for word in value.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
            let path = try path(String(word))
            guard !paths.contains(path) else {
                throw BadSetting(reason: "“\(Printable(path.string, limit: 60))” is here for the second time")
            }
            paths.append(path)
        }
        return paths
    }

    /// `%D` or `%M` may be in the file's name, once.
    private static func logPath(_ value: String) throws(BadSetting) -> FilePath {
        let path = try path(value)
        guard LogPattern(path) != nil else {
            throw BadSetting(reason: "“\(Printable(value, limit: 60))”: a log's name may hold only %D or %M, and only once")
        }
        return path
    }

    private static func count(_ value: String) throws(BadSetting) -> Int {
        guard let count = Decimal.number(value.utf8), (1...100_000).contains(count) else {
            throw BadSetting(reason: "“\(Printable(value, limit: 60))” is not a number from 1 to 100000")
        }
        return count
    }

    /// Days unless a unit follows, as in Postfix.
    private static func duration(_ value: String, orNone: Bool = false, inYears: Bool = false) throws(BadSetting) -> Int64 {
        let digits = value.prefix { $0.isASCII && $0.isNumber }
        let seconds: Int64? =
            switch value.dropFirst(digits.count).trimmed {
            case "s": 1
            case "m": 60
            case "h": 3_600
            case "", "d", "day", "days": 86_400
            case "w": 604_800
            case "y" where inYears: 365 * 86_400
            default: nil
            }
        guard let count = Decimal.number(digits.utf8), ((orNone ? 0 : 1)...100_000_000).contains(count), let seconds else {
            throw BadSetting(reason: "“\(Printable(value, limit: 60))” is not a time such as 30d, 12h or 90m")
        }
        return Int64(count) * seconds
    }

    private static func address(_ value: String) throws(BadSetting) -> MailAddress {
        guard let address = MailAddress(value) else {
            throw BadSetting(reason: "“\(Printable(value, limit: 60))” is not one mail address such as root@localhost")
        }
        return address
    }

    private static func renewal(_ value: String) throws(BadSetting) -> RenewalPolicy.Way {
        guard let way = RenewalPolicy.Way(rawValue: value) else {
            throw BadSetting(reason: "“\(Printable(value, limit: 60))” is not one of off, propose, same-key, signed")
        }
        return way
    }

    private static func reload(_ value: String) throws(BadSetting) -> Reload {
        switch value {
        case "auto": return .auto
        case "none": return .none
        case _ where value.hasPrefix("pidfile:"): return .pidFile(try path(String(value.dropFirst(8))))
        case _ where value.hasPrefix("systemd:"):
            let unit = value.dropFirst(8)
            let isUnitName = unit.utf8.allSatisfy { byte in
                byte.isLetterOrDigit || ":-_.\\@".utf8.contains(byte)
            }
            guard !unit.isEmpty, unit.utf8.count < 256, isUnitName else {
                throw BadSetting(reason: "“\(Printable(unit, limit: 60))” is not the name of a unit")
            }
            return .systemd(unit: unit.contains(".") ? String(unit) : unit + ".service")
        default:
            throw BadSetting(reason: "“\(Printable(value, limit: 60))” is not one of auto, systemd:UNIT, pidfile:PATH, none")
        }
    }
}
