import EximControl
import SystemPackage
import TrustCore

/// What trustd.conf must say that its defaults do not.
struct SettingsBlock {
    /// Keys with their values, in this order.
    var settings: [(key: String, value: String)] = []

    static let title = "# Found by `trustctl setup`:\n"

    /// The file's own lines stay to the byte; ours come behind them.
    func file(_ path: FilePath, base: [UInt8]?) -> WantedFile? {
        guard !settings.isEmpty else { return nil }
        let block = Self.title + settings.map { "\($0.key) = \($0.value)\n" }.joined()
        var text = base ?? []
        if let last = text.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
        return WantedFile(
            path: path, base: base, after: text + Array(block.utf8), purpose: "tells trustd and trustctl what Exim does here",
            blocks: base == nil ? [] : [block])
    }

    /// Exim's log as trustd has to know it.
    enum Log: Equatable {
        case file(String)
        /// Exim writes no file.
        case syslogOnly
        /// What Exim says is not a path that trustd takes.
        case notUnderstood
    }

    /// Reads `exim -bP log_file_path`: items between colons, `syslog` among them, `%s` for the log's name.
    static func log(of value: String?) -> Log {
        var isSyslog = false
        for item in (value ?? "").split(separator: ":").map({ String($0.trimmed) }) {
            if item == "syslog" { isSyslog = true }
            guard item.hasPrefix("/") else { continue }
            // `%slog`: of Exim's three logs the main one is ours.
            let name = item.replacing("%s", with: "main")
            let rest = name.split(separator: "%", omittingEmptySubsequences: false).dropFirst()
            return rest.isEmpty || rest.count == 1 && rest.allSatisfy({ $0.hasPrefix("D") || $0.hasPrefix("M") })
                ? .file(name) : .notUnderstood
        }
        return isSyslog ? .syslogOnly : .notUnderstood
    }
}
