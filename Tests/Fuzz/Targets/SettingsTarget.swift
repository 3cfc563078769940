import SystemPackage
import TrustCore

/// `trustd.conf`, written by root: a typing error must not become a default.
enum SettingsTarget {
    private static let keys: Set<String> = [
        "log", "rotated", "state", "list", "approved", "certificates", "ledger", "exim", "also", "reload", "exim_config", "max_pending",
        "max_per_address",
        "pending_ttl", "renew", "renew_window", "renew_grace", "renew_max", "renew_until", "notify_to",
        "notify_from", "notify_every",
    ]

    static func take(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        let read: Configuration
        do { read = try Configuration(parsing: text, file: "/trustd.conf") } catch {
            demand((1...max(1, lines.count)).contains(error.line), "the line of a mistake is in the file")
            demand(error.description.isPlain && !error.description.contains("\n"), "a mistake is reported in one plain line")
            return
        }
        for line in lines { check(line) }
        let folders = [read.state, read.list, read.approved, read.certificates, read.ledger]
        let paths = read.logs + folders + read.also + [read.exim, read.eximConfiguration, read.rotated].compactMap(\.self)
        for path in paths {
            demand(path.isAbsolute && path.string.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a path is absolute and one line")
        }
        demand((1...100_000).contains(read.maxPending) && (1...100_000).contains(read.maxPerAddress), "a limit is in its range")
        demand((1...100_000_000 * 604_800).contains(read.pendingTTL), "a time to live is in its range")
        for time in [read.renew.window, read.renew.grace, read.renew.longest, read.renew.until] {
            demand((0...100_000_000 * 31_536_000).contains(time), "a time of renewals is in its range")
        }
        // FilePath removes a slash after a blank, and then the blank would be at the end of a line, where it cannot be written.
        guard paths.allSatisfy({ $0.string.trimmed == $0.string }) else { return }
        let again = demand("a configuration that was read can be written") { try Configuration(parsing: written(read), file: "/again") }
        demand(again == read, "a configuration that was read and written is the same")
    }

    /// Every accepted line is blank, a comment, or a known key, an equals sign and a value.
    private static func check(_ line: String) {
        let scalars = line.unicodeScalars.drop { " \t\r".unicodeScalars.contains($0) }
        guard let first = scalars.first, first != "#" else { return }
        let key = scalars.prefix { $0 != "=" && $0 != " " && $0 != "\t" && $0 != "\r" }
        let rest = scalars.dropFirst(key.count).drop { " \t\r".unicodeScalars.contains($0) }
        demand(keys.contains(String(String.UnicodeScalarView(key))) && rest.first == "=", "an accepted line has a known key")
    }

    private static func written(_ read: Configuration) -> String {
        var lines = read.logs.map { "log = \($0)" }
        lines += [
            "state = \(read.state)", "list = \(read.list)", "approved = \(read.approved)", "certificates = \(read.certificates)",
            "ledger = \(read.ledger)",
        ]
        lines.append("rotated = \(read.rotated?.string ?? "")")
        if let exim = read.exim { lines.append("exim = \(exim)") }
        lines.append("exim_config = \(read.eximConfiguration?.string ?? "")")
        if !read.also.isEmpty { lines.append("also = \(read.also.map(\.string).joined(separator: " "))") }
        switch read.reload {
        case .auto: lines.append("reload = auto")
        case .none: lines.append("reload = none")
        case .systemd(let unit): lines.append("reload = systemd:\(unit)")
        case .pidFile(let path): lines.append("reload = pidfile:\(path)")
        }
        lines += ["max_pending = \(read.maxPending)", "max_per_address = \(read.maxPerAddress)"]
        let renew = read.renew
        lines.append("pending_ttl = \(duration(read.pendingTTL))")
        lines += ["renew = \(renew.way.rawValue)", "renew_window = \(duration(renew.window))", "renew_grace = \(duration(renew.grace))"]
        lines += ["renew_max = \(duration(renew.longest))", "renew_until = \(duration(renew.until))"]
        if let address = read.notifyTo { lines.append("notify_to = \(address)") }
        if let address = read.notifyFrom { lines.append("notify_from = \(address)") }
        lines.append("notify_every = \(duration(read.notifyEvery))")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Seconds, unless the count would be too large.
    private static func duration(_ time: Int64) -> String {
        let units: [(Int64, String)] = [(1, "s"), (60, "m"), (3_600, "h"), (86_400, "d"), (604_800, "w"), (31_536_000, "y")]
        let unit = units.first { time % $0.0 == 0 && time / $0.0 <= 100_000_000 }
        return unit.map { "\(time / $0.0)\($0.1)" } ?? ""
    }
}
