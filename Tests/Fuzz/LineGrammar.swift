/// What a sighting must look like, written a second time and differently from `trustd/Line`: as regular expressions.
enum LineGrammar {
    struct Read {
        let digits: String
        let address: String?
        let certificate: String?
        /// The entry is joined from pieces, and the phrase is not completely in the first piece. Exim cuts after 870 bytes, so it never
        /// cuts there. --explain joins such pieces nevertheless; the follower, which searches only for the phrase, does not.
        var isCutInItsWords = false

        init(_ parts: [String?]) {
            digits = parts[1] ?? ""
            address = parts.count > 3 ? parts[2] : nil
            certificate = parts.count > 3 ? parts[3] : nil
        }
    }

    private static let phrase = "Attempt to relay from a certificate which has not been explicitly allowed: "
    private static let clock = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
    private static let month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    private static let fraction = "(?:\\.[0-9]{1,9})?"
    private static let day = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    private static let isoTime = "\(day)T\(clock)\(fraction)(?:Z|[+-][0-9]{2}:?[0-5][0-9])"
    private static let fullTime = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \(day) \(clock)\(fraction) [A-Z0-9+-]{2,6}"
    private static let syslogTime = "(?:\(month) [ 0-9][0-9] \(clock)\(fraction)|\(isoTime)|\(fullTime))"
    private static let facility =
        "(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|ntp|security|console|local[0-7])"
        + "\\.(?:emerg|panic|alert|crit|err|error|warning|warn|notice|info|debug)"
    private static let program = "[eE]xim[A-Za-z0-9._-]{0,48}"
    private static let host = "(?:[A-Za-z0-9.:_-]{0,254}[A-Za-z0-9._-])"
    private static let source = "(?:\(host) (?:\(facility) )?)?\(program)(?:\\[[0-9]{1,9}\\])?"
    private static let syslog = "(?:<[0-9]{1,3}>)?\(syslogTime) (?:<(?:\(facility)|[0-9]{1,2}\\.[0-9])> )?"
    /// RFC 5424: what comes before the source, and the source.
    private static let structured = "(?:<[0-9]{1,3}>1 (?:\(isoTime)|-) |\(isoTime) )"
    private static let structuredSource = "[A-Za-z0-9.:_-]{1,255} \(program) (?:[0-9]{1,9}|-)"
    /// NULs of a power failure, and whatever was before them.
    private static let lost = "(?:.*\\x00(?=\(syslog)\(source): |\(structured)\(structuredSource) - - |\(eximTime)))?"
    private static let eximTime = "[0-9]{4}-[0-9]{2}-[0-9]{2} \(clock)(?:\\.[0-9]{3})?(?: [+-][0-9]{4})? "
    private static let identity =
        "(?:\\[[0-9]{1,9}\\] )?(?:[A-Za-z0-9]{6}-(?:[A-Za-z0-9]{6}-[A-Za-z0-9]{2}|[A-Za-z0-9]{11}-[A-Za-z0-9]{4}) )?"
    private static let prefix =
        "\(lost)(?:(?:\(syslog)\(source): |\(structured)\(structuredSource) - -  ?)(?:\(eximTime))?\(identity)|\(eximTime)\(identity))?\(phrase)"
    private static let message = "([0-9A-F]{64})(?: \\[([0-9A-Fa-f:.]{2,45})\\](?: ([A-Za-z0-9+/]+={0,2}))?)?"

    private nonisolated(unsafe) static let whole = expression(prefix + message)
    private nonisolated(unsafe) static let begun = expression("\(prefix)([0-9A-F]{64}).*")
    private nonisolated(unsafe) static let piece = expression(
        "(\(lost)(?:\(syslog)(?=\(source): )|\(structured)(?=\(structuredSource) - - ))(\(structuredSource)|\(source))(?:: | - -  ?))"
            + "\\[([0-9]{1,2})/([0-9]{1,2})\\] (.*)")
    private nonisolated(unsafe) static let fromExim = expression(
        "\(lost)(?:\(syslog)(\(source)): |\(structured)(\(structuredSource)) - - ).*")

    private static func expression(_ text: String) -> Regex<AnyRegexOutput> {
        demand("a regular expression is valid") { try Regex("(?s)" + text) }
    }

    /// Reads the last of `lines` as a sighting, joined with the pieces before it if it is the last piece of an entry; nil if it is not one.
    static func read(_ lines: ArraySlice<[UInt8]>) -> Read? { read(lines, whole) }

    /// The same for a line of which only the beginning is known to be that of a sighting.
    static func begun(_ lines: ArraySlice<[UInt8]>) -> Read? { read(lines, begun) }

    private static func read(_ lines: ArraySlice<[UInt8]>, _ expression: Regex<AnyRegexOutput>) -> Read? {
        guard let last = lines.last.map(text) else { return nil }
        if let found = parts(last, expression) { return Read(found) }
        guard let (entry, first) = joined(last, lines.dropLast()), let found = parts(entry, expression) else { return nil }
        var read = Read(found)
        read.isCutInItsWords = !first.contains(phrase)
        return read
    }

    /// The entry whose last piece is `last`, and its first piece: joined with the earlier pieces of the same process, with no other line of
    /// that process between them.
    private static func joined(_ last: String, _ before: ArraySlice<[UInt8]>) -> (entry: String, first: String)? {
        guard let end = parts(last, piece), let total = end[4], end[3].flatMap({ Int($0) }) == Int(total) else { return nil }
        var wanted = (Int(total) ?? 0) - 1
        var rest = end[5] ?? ""
        for line in before.reversed() where wanted > 0 {
            let line = text(line)
            guard let one = parts(line, fromExim), one[1] ?? one[2] == end[2] else { continue }
            guard let part = parts(line, piece), part[3].flatMap({ Int($0) }) == wanted, part[4].flatMap({ Int($0) }) == Int(total) else {
                return nil
            }
            wanted -= 1
            rest = (part[5] ?? "") + rest
            if wanted == 0 { return ((part[1] ?? "") + rest, part[5] ?? "") }
        }
        return nil
    }

    private static func parts(_ text: String, _ expression: Regex<AnyRegexOutput>) -> [String?]? {
        (try? expression.wholeMatch(in: text)).flatMap { $0 }.map { $0.output.map { $0.substring.map(String.init) } }
    }

    /// One character for each byte, so that an expression sees all bytes.
    private static func text(_ line: [UInt8]) -> String { String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) })) }

    static func isNameByte(_ byte: UInt8) -> Bool {
        String(UnicodeScalar(byte)).wholeMatch(of: /[A-Za-z0-9.:_-]/) != nil
    }
}
