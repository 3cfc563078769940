import TrustCore

/// What stands before Exim's message in a line. Exim or syslog wrote it; a client has no influence on it.
struct LinePrefix {
    /// The line's text up to the end of its time stamp; empty when it has none.
    var stamp: ArraySlice<UInt8>
    var time: WrittenTime?
    /// syslog's `host program[pid]`; empty for Exim's own files.
    var source: ArraySlice<UInt8> = []
    var process: Process?
    /// A message has an id from DATA on, so a line about a RCPT has none.
    var hasMessageID = false
    /// Set when the entry was too long for syslog and this line is a part of it.
    var piece: Piece?
    /// Where the line says that it is a part.
    var mark: Range<Int>
    /// What follows the prefix.
    var message: ArraySlice<UInt8>

    /// The Exim process that wrote the line.
    struct Process: Hashable {
        /// Several hosts may write into one file. Empty for Exim's own files.
        var host: [UInt8] = []
        let pid: Int32
    }

    /// A part of a long entry, as Exim marks it for syslog (src/log.c): `[1/3] ` for a cut anywhere, `[1\3] ` for one at a line end.
    struct Piece: Equatable {
        let index: Int
        let total: Int
        let endsLine: Bool
    }

    /// Never fails: a line without a prefix that we know is all message.
    init(_ line: ArraySlice<UInt8>) {
        var scanner = LineScanner(line)
        var syslogPid: Int32?
        var outer: WrittenTime?
        var start = line.startIndex
        if let syslog = scanner.attempt({ $0.syslogPrefix() }) {
            outer = syslog.time
            source = syslog.source
            syslogPid = syslog.pid
            start = scanner.rest.startIndex
            piece = scanner.attempt { $0.piece() }
        }
        mark = start..<scanner.rest.startIndex
        stamp = line[..<scanner.rest.startIndex]
        message = scanner.rest
        let inner = scanner.eximTime()
        // The time with a zone is more precise.
        time = inner?.offset == nil && outer?.offset != nil ? outer : inner ?? outer
        guard time != nil else { return }
        if inner != nil { stamp = line[..<scanner.rest.startIndex] }
        let pid = scanner.attempt { $0.bracketedPid() } ?? syslogPid
        if let pid { process = Process(host: Array(source.prefix { $0 != UInt8(ascii: " ") }), pid: pid) }
        hasMessageID = scanner.attempt { $0.messageID() } != nil
        message = scanner.rest
    }
}

extension LineScanner {
    fileprivate struct SyslogPrefix {
        let time: WrittenTime
        let source: ArraySlice<UInt8>
        let pid: Int32?
    }

    /// `Nov 22 17:41:59 host exim[123]: `. The program's name must begin like Exim's, because other programs (dovecot, for example) also log
    /// text that clients chose.
    fileprivate mutating func syslogPrefix() -> SyslogPrefix? {
        if skip("<") { guard word(1...3, where: \.isDigit) != nil, skip(">") else { return nil } }
        guard let time = syslogTime() else { return nil }
        let start = rest
        guard word(1...255, where: \.isNameByte) != nil, skip(" "), skip("exim") || skip("Exim"),
            word(0...48, where: { $0.isLetterOrDigit || "._-".utf8.contains($0) }) != nil
        else { return nil }
        var pid: Int32?
        if rest.first == UInt8(ascii: "[") {
            pid = bracketed()
            guard pid != nil else { return nil }
        }
        let source = start[..<rest.startIndex]
        return skip(": ") ? SyslogPrefix(time: time, source: source, pid: pid) : nil
    }

    fileprivate mutating func bracketedPid() -> Int32? {
        guard let pid = bracketed(), skip(" ") else { return nil }
        return pid
    }

    private mutating func bracketed() -> Int32? {
        guard skip("["), let digits = word(1...9, where: \.isDigit), skip("]"), let pid = Decimal.number(digits) else { return nil }
        return Int32(pid)
    }

    fileprivate mutating func piece() -> LinePrefix.Piece? {
        guard skip("["), let index = word(1...2, where: \.isDigit).flatMap(Decimal.number) else { return nil }
        let endsLine = skip("\\")
        guard endsLine || skip("/"), let total = word(1...2, where: \.isDigit).flatMap(Decimal.number), skip("] ") else { return nil }
        return LinePrefix.Piece(index: index, total: total, endsLine: endsLine)
    }

    /// `1vMtqj-0001ab-XY ` up to Exim 4.96, `1vMtqj-00000001abc-2XYZ ` since 4.97.
    fileprivate mutating func messageID() -> Bool? {
        guard word(6...6, where: \.isLetterOrDigit) != nil, skip("-"), let middle = word(6...11, where: \.isLetterOrDigit), skip("-"),
            let end = word(2...4, where: \.isLetterOrDigit), skip(" "),
            (middle.count, end.count) == (6, 2) || (middle.count, end.count) == (11, 4)
        else { return nil }
        return true
    }
}
