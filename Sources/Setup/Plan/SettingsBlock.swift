import EximControl
import Host
import SystemPackage
import TrustCore

/// What trustd.conf must say because its defaults are wrong on this host.
struct SettingsBlock {
    private let file: FilePath
    /// trustd.conf without setup; nil when it would not be there.
    private let base: [UInt8]?
    private var settings: [(key: String, value: String)] = []
    /// What the operator must set himself, as a sentence without a full stop.
    private(set) var warning: String?

    /// `file` is trustd.conf. A key that somebody has written there is not changed: throws if it is wrong. `notifyTo`: whom notify shall tell.
    init(_ facts: SetupFacts, file: FilePath, files: ConfigurationFiles, notifyTo: MailAddress? = nil) throws(Failure) {
        self.file = file
        base = try files.base(file)
        let text = String(decoding: base ?? [], as: UTF8.self)
        let bare: Configuration
        do { bare = try Configuration(parsing: text, file: file) } catch { throw Failure(error.description, .notSound) }
        let written = Set(
            text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
                guard !line.trimmed.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { return nil }
                return String(line[..<equals].trimmed)
            })
        func set(_ key: String, _ value: FilePath, now: FilePath) throws(Failure) {
            guard files.resolved(now) != files.resolved(value) else { return }
            guard !written.contains(key) else {
                throw Failure(
                    "\(file) says \(key) = \(now), and exim has \(value)", .notSound,
                    hint: "write `\(key) = \(value)` there, then repeat the command")
            }
            settings.append((key, value.string))
        }
        if let definition = facts.definition { try set("list", definition, now: bare.list) }
        if case .folder(let approved) = facts.listValue?.form { try set("approved", approved, now: bare.approved) }
        switch (facts.practice, facts.verifyPlace) {
        case (.works(.directory, _), let place?): try set("certificates", place, now: bare.certificates)
        case (.works(.authority, _), let place?): try set("authority", place, now: bare.authority)
        default: if let own = facts.ownDirectory { try set("certificates", own, now: bare.certificates) }
        }
        if let notifyTo, notifyTo != bare.notifyTo {
            guard !written.contains("notify_to") else {
                throw Failure(
                    "\(file) names another address as notify_to already", .notSound,
                    hint: "write `notify_to = \(notifyTo)` there; setup need not be repeated")
            }
            settings.append(("notify_to", notifyTo.description))
        }
        switch Self.log(of: facts.logs) {
        case .file(let log) where !bare.logs.contains(FilePath(log)): settings.append(("log", log))
        case .file: break
        // syslog writes Exim's lines into a file that somebody has named.
        case .syslogOnly where written.contains("log"): break
        case .syslogOnly:
            throw Failure(
                "exim logs to syslog only, and trustd needs a log file", .notSound,
                hint:
                    "write `log_file_path = /var/log/exim4/%slog : syslog` into Exim's main section, or name the file into which syslog writes"
                    + " Exim's lines with `log` in \(file)")
        case .notUnderstood:
            warning = "exim's log_file_path is “\(Printable(facts.logs ?? "", limit: 100))”: set `log` in \(file)"
        }
    }

    /// trustd.conf with the settings appended; nil when nothing must be set.
    var wanted: WantedFile? {
        guard !settings.isEmpty else { return nil }
        let block = "# Found by `trustctl setup`:\n" + settings.map { "\($0.key) = \($0.value)\n" }.joined()
        var text = base ?? []
        if let last = text.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
        return WantedFile(
            path: file, base: base, after: text + Array(block.utf8), purpose: "tells trustd and trustctl what Exim does here",
            blocks: base == nil ? [] : [block])
    }

    /// Where Exim logs.
    enum Log: Equatable {
        case file(String)
        /// Exim writes no file.
        case syslogOnly
        /// Not a path that trustd accepts.
        case notUnderstood
    }

    /// Reads `exim -bP log_file_path`: items between colons, `syslog` among them, `%s` for the log's name.
    static func log(of value: String?) -> Log {
        var isSyslog = false
        for item in (value ?? "").split(separator: ":").map({ String($0.trimmed) }) {
            if item == "syslog" { isSyslog = true }
            guard item.hasPrefix("/") else { continue }
            // `%slog`: trustd reads the main log of Exim's three.
            let name = item.replacing("%s", with: "main")
            let rest = name.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
            return rest.isEmpty || rest.count == 1 && rest.allSatisfy({ $0.hasPrefix("D") || $0.hasPrefix("M") })
                ? .file(name) : .notUnderstood
        }
        return isSyslog ? .syslogOnly : .notUnderstood
    }
}
