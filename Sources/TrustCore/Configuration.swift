package import SystemPackage

/// What `trustd.conf` says, with a default for everything it does not say. Both programs read the same file; man page trustd.conf(5).
package struct Configuration: Equatable, Sendable {
    /// Exim's mainlogs, in the order written; `%D` and `%M` stand for the day and the month, as in Exim's `log_file_path`.
    package var logs: [FilePath] = ["/var/log/exim4/mainlog"]
    /// trustd's folder: `pending/` and `position/` are below it.
    package var state: FilePath = "/var/lib/trustd"
    /// The file that defines RELAY_FROM_CERTS: ours as a whole, or any Exim configuration file.
    package var list: FilePath = "/etc/trustd/relay_from_certs"
    /// The trust directory.
    package var certificates: FilePath = "/etc/trustd/certs"
    /// trustctl's folder: the ledger, denials, journal and lock are below it.
    package var ledger: FilePath = "/var/lib/trustctl"
    /// Exim's binary; nil: the first of the usual places that exists.
    package var exim: FilePath?
    /// Exim's `-C`; nil: the configuration that Exim itself finds.
    package var eximConfiguration: FilePath?
    package var reload = Reload.auto
    /// Entries that may wait at a time.
    package var maxPending = 10_000
    /// Entries that one address (IPv6: one /64) may have waiting at a time.
    package var maxPerAddress = 20
    /// Seconds after its last sighting when a pending entry goes away.
    package var pendingTTL: Int64 = 30 * 86_400

    /// How Exim is told to read its configuration again.
    package enum Reload: Equatable, Sendable {
        /// systemd when it supervises the daemon, else the pid file that Exim names.
        case auto
        case systemd(unit: String)
        case pidFile(FilePath)
        /// The operator does it.
        case none
    }

    package init() {}

    package var pending: FilePath { state.appending(SharedFiles.pending) }
    package var position: FilePath { state.appending(SharedFiles.position) }
    package var denied: FilePath { ledger.appending(SharedFiles.denied) }

    /// Where the file is unless `--config` names another.
    package static let defaultPath: FilePath = "/etc/trustd/trustd.conf"
}

/// A mistake in `trustd.conf`, with the place.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    package let file: FilePath
    package let line: Int
    package let reason: String

    package var description: String { "\(file):\(line): \(reason)" }
}

extension Configuration {
    /// Reads `key = value` lines; blank lines and lines whose first character is `#` are skipped. Throws at the first unknown or
    /// repeated key and at the first value that does not fit: a typing error must not become a default.
    package init(parsing text: some StringProtocol, file: FilePath) throws(ConfigurationError) {
        self.init()
        var seen: Set<String> = []
        var logs: [FilePath] = []
        // As scalars: to Swift the two of CR LF are one character, which is no "\n", and a comment would swallow the setting behind it.
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
            guard known == .log || seen.insert(key).inserted else { throw mistake("“\(key)” stands here for the second time") }
            do {
                if known == .log { logs.append(try Self.logPath(value)) } else { try set(known, to: value) }
            } catch { throw mistake("\(key): \(error.reason)") }
        }
        if !logs.isEmpty { self.logs = logs }
    }

    /// The same of a file's bytes, which must be UTF-8.
    package init(parsing bytes: [UInt8], file: FilePath) throws(ConfigurationError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let bad = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
            throw ConfigurationError(file: file, line: bad + 1, reason: "this is not UTF-8 text")
        }
        try self.init(parsing: text, file: file)
    }

    private enum Key: String {
        case log, state, list, certificates, ledger, exim, reload
        case eximConfiguration = "exim_config"
        case maxPending = "max_pending"
        case maxPerAddress = "max_per_address"
        case pendingTTL = "pending_ttl"
    }

    private struct BadValue: Error {
        let reason: String
    }

    private mutating func set(_ key: Key, to value: String) throws(BadValue) {
        switch key {
        case .log: break
        case .state: state = try Self.path(value)
        case .list: list = try Self.path(value)
        case .certificates: certificates = try Self.path(value)
        case .ledger: ledger = try Self.path(value)
        case .exim: exim = try Self.path(value)
        case .eximConfiguration: eximConfiguration = value.isEmpty ? nil : try Self.path(value)
        case .reload: reload = try Self.reload(value)
        case .maxPending: maxPending = try Self.count(value)
        case .maxPerAddress: maxPerAddress = try Self.count(value)
        case .pendingTTL: pendingTTL = try Self.duration(value)
        }
    }

    private static func path(_ value: String) throws(BadValue) -> FilePath {
        guard value.hasPrefix("/"), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not an absolute path")
        }
        return FilePath(value)
    }

    /// `%D` or `%M` may stand once, in the file's name.
    private static func logPath(_ value: String) throws(BadValue) -> FilePath {
        let path = try path(value)
        guard LogPattern(path) != nil else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))”: only %D or %M may stand in a log's name, and once")
        }
        return path
    }

    private static func count(_ value: String) throws(BadValue) -> Int {
        guard let count = Decimal.number(value.utf8), (1...100_000).contains(count) else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not a number from 1 to 100000")
        }
        return count
    }

    /// Days unless a unit follows, as Postfix writes its life times.
    private static func duration(_ value: String) throws(BadValue) -> Int64 {
        let digits = value.prefix { $0.isASCII && $0.isNumber }
        let seconds: Int64? =
            switch value.dropFirst(digits.count).trimmed {
            case "s": 1
            case "m": 60
            case "h": 3_600
            case "", "d", "day", "days": 86_400
            case "w": 604_800
            default: nil
            }
        guard let count = Decimal.number(digits.utf8), (1...100_000_000).contains(count), let seconds else {
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is not a time such as 30d, 12h or 90m")
        }
        return Int64(count) * seconds
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
            throw BadValue(reason: "“\(Printable(value, limit: 60))” is none of auto, systemd:UNIT, pidfile:PATH, none")
        }
    }
}

extension StringProtocol {
    /// Without the blanks and tabs (and CR) at both ends.
    package var trimmed: SubSequence {
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        guard let first = firstIndex(where: { !blank($0) }), let last = lastIndex(where: { !blank($0) }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}
