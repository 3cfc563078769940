import CLinux
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
    init(_ whole: ArraySlice<UInt8>) {
        let line = whole.behindNULs
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
    fileprivate mutating func bracketedPid() -> Int32? {
        guard let pid = bracketed(), skip(" ") else { return nil }
        return pid
    }

    fileprivate mutating func piece() -> LinePrefix.Piece? {
        guard skip("["), let index = word(1...2, where: \.isDigit).flatMap(Decimal.number) else { return nil }
        let endsLine = skip("\\")
        guard endsLine || skip("/"), let total = word(1...2, where: \.isDigit).flatMap(Decimal.number), skip("] ") else { return nil }
        return LinePrefix.Piece(index: index, total: total, endsLine: endsLine)
    }

    /// `1vMtqj-0001ab-XY ` up to Exim 4.96, `1vMtqj-00000001abc-2XYZ ` since 4.97.
    mutating func messageID() -> Bool? {
        guard word(6...6, where: \.isLetterOrDigit) != nil, skip("-"), let middle = word(6...11, where: \.isLetterOrDigit), skip("-"),
            let end = word(2...4, where: \.isLetterOrDigit), skip(" "),
            (middle.count, end.count) == (6, 2) || (middle.count, end.count) == (11, 4)
        else { return nil }
        return true
    }
}

extension ArraySlice<UInt8> {
    /// What follows the last NUL. A loss of power leaves NULs where the end of the log was, and the next line follows them. Exim and syslog
    /// write no NUL, so a client cannot put one into a line. If nothing that we know follows it, what does is not a line of Exim's.
    ///
    /// The attack: a client's text that stands right behind the NULs, because the disk has kept the end of a line and not its beginning. So
    /// what follows must begin with a time, as all that Exim and syslog write to a file of theirs.
    var behindNULs: ArraySlice<UInt8> {
        guard let last = lastNUL else { return self }
        let rest = self[(startIndex + last + 1)...]
        var scanner = LineScanner(rest)
        return scanner.eximTime() != nil || scanner.syslogPrefix() != nil ? rest : self
    }

    private var lastNUL: Int? {
        withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let found = clinux_find_last(base, 0, bytes.count) else { return nil }
            return found - base
        }
    }
}
