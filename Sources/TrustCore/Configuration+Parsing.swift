package import SystemPackage

extension Configuration {
    /// Reads `key = value` lines; blank lines and lines whose first character is `#` are skipped. Throws at the first unknown or repeated
    /// key and at the first bad value: a typing error must not silently become a default.
    package init(parsing text: some StringProtocol, file: FilePath) throws(ConfigurationError) {
        self.init()
        var seen: Set<String> = []
        var logs: [FilePath] = []
        // As scalars: for Swift CR LF is one character that is not "\n", and a comment would swallow the next line.
        for (index, raw) in String(text).unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(raw).trimmed
            if line.isEmpty || line.first == "#" { continue }
            func mistake(_ reason: String) -> ConfigurationError { ConfigurationError(file: file, line: index + 1, reason: reason) }
            guard let equals = line.firstIndex(of: "=") else {
                throw mistake("“\(Printable(line, limit: 60))” is not of the form key = value")
            }
            let key = String(line[..<equals].trimmed)
            let value = String(line[line.index(after: equals)...].trimmed)
            guard let known = Key(rawValue: key) else { throw mistake("unknown key “\(Printable(key, limit: 60))”") }
            guard known == .log || seen.insert(key).inserted else { throw mistake("“\(key)” is here for the second time") }
            do {
                if known == .log { logs.append(try Self.logPath(value)) } else { try set(known, to: value) }
            } catch { throw mistake("\(key): \(error.reason)") }
        }
        if !logs.isEmpty { self.logs = logs }
    }

    /// Reads the bytes of a file, which must be UTF-8.
    package init(parsing bytes: [UInt8], file: FilePath) throws(ConfigurationError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
            throw ConfigurationError(file: file, line: bad + 1, reason: "this is not UTF-8 text")
        }
        try self.init(parsing: text, file: file)
    }

    private enum Key: String {
        case log, rotated, state, list, approved, certificates, ledger, exim, also, reload, renew
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

    private struct BadValue: Error {
        let reason: String
    }

    private mutating func set(_ key: Key, to value: String) throws(BadValue) {
        switch key {
        case .log: break
        case .rotated: rotated = value.isEmpty ? nil : try Self.path(value)
        case .state: state = try Self.path(value)
        case .list: list = try Self.path(value)
        case .approved: approved = try Self.path(value)
        case .certificates: certificates = try Self.path(value)
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

    private static func path(_ value: String) throws(BadValue) -> FilePath {
        guard value.hasPrefix("/"), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not an absolute path")
        }
        return FilePath(value)
    }

    /// Absolute paths with blanks between them; each once.
    private static func paths(_ value: String) throws(BadValue) -> [FilePath] {
        var paths: [FilePath] = []
        for word in value.split(whereSeparator: { $0 == " " || $0 == "\t" }) {
            let path = try path(String(word))
            guard !paths.contains(path) else {
                throw BadValue(reason: "“\(Printable(path.string, limit: 60))” is here for the second time")
            }
            paths.append(path)
        }
        return paths
    }

    /// `%D` or `%M` may be in the file's name, once.
    private static func logPath(_ value: String) throws(BadValue) -> FilePath {
        let path = try path(value)
        guard LogPattern(path) != nil else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))”: a log's name may hold only %D or %M, and only once")
        }
        return path
    }

    private static func count(_ value: String) throws(BadValue) -> Int {
        guard let count = Decimal.number(value.utf8), (1...100_000).contains(count) else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not a number from 1 to 100000")
        }
        return count
    }

    /// Days unless a unit follows, as in Postfix.
    private static func duration(_ value: String, orNone: Bool = false, inYears: Bool = false) throws(BadValue) -> Int64 {
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
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not a time such as 30d, 12h or 90m")
        }
        return Int64(count) * seconds
    }

    private static func address(_ value: String) throws(BadValue) -> MailAddress {
        guard let address = MailAddress(value) else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not one mail address such as root@localhost")
        }
        return address
    }

    private static func renewal(_ value: String) throws(BadValue) -> RenewalPolicy.Way {
        guard let way = RenewalPolicy.Way(rawValue: value) else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not one of off, propose, same-key, signed")
        }
        return way
    }

    private static func reload(_ value: String) throws(BadValue) -> Reload {
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
                throw BadValue(reason: "“\(Printable(unit, limit: 60))” is not the name of a unit")
            }
            return .systemd(unit: unit.contains(".") ? String(unit) : unit + ".service")
        default:
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not one of auto, systemd:UNIT, pidfile:PATH, none")
        }
    }
}
