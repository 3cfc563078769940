import TrustCore

/// What syslog or journalctl(1) puts before a message of Exim's.
struct SyslogPrefix {
    /// Nil when the writer had none (RFC 5424).
    let time: WrittenTime?
    /// The host, perhaps facility and severity, the program and its pid, as they stand in the line.
    let source: ArraySlice<UInt8>
    let pid: Int32?
}

extension LineScanner {
    /// `Nov 22 17:41:59 host exim[123]: `, and its relatives (see exim-log.cases). The program's name must stand there and begin like Exim's,
    /// because other programs (dovecot, for example) also log text that clients chose. For that reason the forms of docker, containerd,
    /// multilog and s6-log are not read: they do not name the program, and cut long lines, so that a client's text can begin a line.
    mutating func syslogPrefix() -> SyslogPrefix? { attempt { $0.plainSyslog() } ?? attempt { $0.structuredSyslog() } }

    /// With the program's name at the end, and a colon: `Nov 22 17:41:59 host exim[123]: `; busybox adds `mail.info ` behind the host or leaves
    /// the host out, and FreeBSD's syslogd -v adds `<mail.info> ` or `<2.6> ` before it.
    private mutating func plainSyslog() -> SyslogPrefix? {
        if skip("<") { guard word(1...3, where: \.isDigit) != nil, skip(">") else { return nil } }
        guard let time = syslogTime() else { return nil }
        if skip("<") { guard attempt({ $0.facility() || $0.numbers() ? () : nil }) != nil, skip("> ") else { return nil } }
        let start = rest
        _ = attempt { scanner in
            // The attack: a line without a host, whose program has written “exim[1]: ” and more. Its own name ends in a colon.
            guard let host = scanner.word(1...255, where: \.isNameByte), host.last != UInt8(ascii: ":"), scanner.skip(" ") else {
                return nil as Void?
            }
            _ = scanner.attempt { $0.facility() && $0.skip(" ") ? () : nil }
            return scanner.rest.starts(with: "exim".utf8) || scanner.rest.starts(with: "Exim".utf8) ? () : nil
        }
        guard eximName() else { return nil }
        var pid: Int32?
        if rest.first == UInt8(ascii: "[") {
            pid = bracketed()
            guard pid != nil else { return nil }
        }
        let source = start[..<rest.startIndex]
        return skip(": ") ? SyslogPrefix(time: time, source: source, pid: pid) : nil
    }

    /// RFC 5424, as rsyslog and FreeBSD's syslogd write it, `<22>1 2026-11-22T17:41:59Z host exim 123 - - `, and without the first word as
    /// sysklogd does. rsyslog keeps the blank that stood before the message. Structured data may hold anybody's text: there must be none.
    private mutating func structuredSyslog() -> SyslogPrefix? {
        let isWhole = attempt { $0.priorityAndVersion() ? () : nil } != nil
        let time = isoTime()
        guard time != nil || isWhole && skip("- ") else { return nil }
        let start = rest
        guard word(1...255, where: \.isNameByte) != nil, skip(" "), eximName(), skip(" ") else { return nil }
        let pid = word(1...9, where: \.isDigit).flatMap(Decimal.number).map { Int32($0) }
        guard pid != nil || skip("-") else { return nil }
        let source = start[..<rest.startIndex]
        guard skip(" - - ") else { return nil }
        _ = skip(" ")
        return SyslogPrefix(time: time, source: source, pid: pid)
    }

    /// `<22>1 `.
    mutating func priorityAndVersion() -> Bool { skip("<") && word(1...3, where: \.isDigit) != nil && skip(">1 ") }

    private mutating func eximName() -> Bool {
        (skip("exim") || skip("Exim")) && word(0...48, where: { $0.isLetterOrDigit || "._-".utf8.contains($0) }) != nil
    }

    /// `[123]`.
    mutating func bracketed() -> Int32? {
        guard skip("["), let digits = word(1...9, where: \.isDigit), skip("]"), let pid = Decimal.number(digits) else { return nil }
        return Int32(pid)
    }

    /// `mail.info`: syslog's own names only, because another program's name may hold a dot too.
    mutating func facility() -> Bool {
        guard rest.first?.isDigit == false, let name = word(1...8, where: \.isLetterOrDigit), skip("."),
            let severity = word(1...7, where: \.isLetterOrDigit)
        else {
            return false
        }
        return Self.facilities.contains(String(decoding: name, as: UTF8.self))
            && Self.severities.contains(String(decoding: severity, as: UTF8.self))
    }

    /// `2.6`.
    private mutating func numbers() -> Bool {
        word(1...2, where: \.isDigit) != nil && skip(".") && word(1...1, where: \.isDigit) != nil
    }

    private static let facilities: Set<String> = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security", "console",
        "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ]
    private static let severities: Set<String> = [
        "emerg", "panic", "alert", "crit", "err", "error", "warning", "warn", "notice", "info", "debug",
    ]
}
