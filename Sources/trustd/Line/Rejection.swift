import TrustCore

/// Exim's line about a RCPT that it rejected for a client with a verified certificate. It follows the recipe's line, from the same process.
///
///     H=(vm) [127.0.0.1]:33048 I=[127.0.0.1]:25 X=TLS1.3:… CV=yes DN="CN=alice" F=<alice@x.org> rejected RCPT <out@remote.example>: why
///
/// Half of it is text that the client chose: the HELO (anything, with helo_accept_junk_hosts), the DN, the sender, the recipient. Exim
/// itself writes ` [`, ` F=<` and ` rejected RCPT <` once. Where one of them stands twice, one is the client's and nobody can say which, so
/// the line is not used.
enum Rejection {
    /// Exim's words for the rejection.
    static let verdict: StaticString = " rejected RCPT <"
    /// A longer HELO or domain is dropped: no real one is longer (RFC 1035).
    private static let maximumName = 255

    /// Nil for everything that is not exactly such a line.
    static func read(_ message: ArraySlice<UInt8>) -> PendingEntry.Observation? {
        guard message.count <= 8_192, message.starts(with: "H=".utf8),
            let from = message.only(" F=<"), let verdict = message.only(verdict), from.upperBound <= verdict.lowerBound,
            isSender(message[from.upperBound..<verdict.lowerBound])
        else { return nil }
        let client = message[..<from.lowerBound]
        guard let bracket = client.only(" [") else { return nil }
        guard let helo = helo(in: client[..<bracket.lowerBound].dropFirst(2)) else { return nil }
        var scanner = LineScanner(client[bracket.upperBound...])
        guard let written = scanner.upTo(UInt8(ascii: "]")), written.count <= 45,
            let address = Address(String(decoding: written, as: UTF8.self)), scanner.port(), scanner.facts(),
            let end = message[verdict.upperBound...].first(">: ")
        else { return nil }
        let recipient = message[verdict.upperBound..<end.lowerBound]
        return PendingEntry.Observation(address: address, helo: helo.name, domain: domain(of: recipient))
    }

    /// Whether it is such a line all the same, with text of the client's that keeps it from being read.
    ///
    /// The attack: a stranger who hides his own rejection, so that the only one that can be read, another client's, is taken for his.
    static func isHidden(_ message: ArraySlice<UInt8>) -> Bool {
        message.starts(with: "H=".utf8) && message.first(verdict) != nil && [" CV=yes", " CV=dane"].contains { message.first($0) != nil }
    }

    private struct Helo {
        /// Nil when it holds a byte that no name has.
        let name: String?
    }

    /// `(helo)`, `host`, or `host (helo)`; `host` alone means that the HELO was the same name.
    private static func helo(in text: ArraySlice<UInt8>) -> Helo? {
        var scanner = LineScanner(text)
        if let host = scanner.word(1...maximumName, where: \.isNameByte) {
            if scanner.isAtEnd { return Helo(name: name(host)) }
            guard scanner.skip(" ") else { return nil }
        }
        guard scanner.skip("("), scanner.rest.last == UInt8(ascii: ")") else { return nil }
        return Helo(name: name(scanner.rest.dropLast()))
    }

    /// Between `F=<` and the verdict: the sender, `>`, and perhaps the authenticator.
    private static func isSender(_ text: ArraySlice<UInt8>) -> Bool {
        var scanner = LineScanner(text)
        guard scanner.upTo(UInt8(ascii: ">")) != nil else { return false }
        return scanner.isAtEnd || scanner.skip(" A=") && scanner.word(1...512, where: { $0 > 0x20 }) != nil && scanner.isAtEnd
    }

    /// The domain of a plain address. A quoted local part may hold anything, even `@` and `>: `.
    private static func domain(of recipient: ArraySlice<UInt8>) -> String? {
        guard let at = recipient.firstIndex(of: UInt8(ascii: "@")), !recipient.contains(UInt8(ascii: "\"")) else { return nil }
        return name(recipient[(at + 1)...])
    }

    private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
        guard (1...maximumName).contains(bytes.count), bytes.allSatisfy(\.isNameByte) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension LineScanner {
    fileprivate mutating func port() -> Bool {
        !skip(":") || word(1...5, where: \.isDigit) != nil
    }

    /// The known ` KEY=value` facts up to the end, each at most once. `X=` must be there, and the certificate must be verified, because the
    /// recipe logs no others.
    fileprivate mutating func facts() -> Bool {
        var seen: [ArraySlice<UInt8>] = []
        while !isAtEnd {
            guard skip(" "), let key = word(1...4, where: \.isLetterOrDigit), skip("="), !seen.contains(key) else { return false }
            seen.append(key)
            switch String(decoding: key, as: UTF8.self) {
            case "I":
                guard skip("["), upTo(UInt8(ascii: "]")) != nil, port() else { return false }
            case "CV":
                guard skip("yes") || skip("dane") else { return false }
            case "DN", "SNI":
                // A quotation mark within the value ends it here, and what follows is then not a known fact.
                if skip("\"") {
                    guard upTo(UInt8(ascii: "\"")) != nil else { return false }
                } else {
                    guard word(1...1_024, where: { $0 > 0x20 }) != nil else { return false }
                }
            // The connection's id, since Exim 4.97 with log_selector = +connection_id or +all.
            case "Ci":
                guard word(1...64, where: \.isLetterOrDigit) != nil else { return false }
            case "X", "U":
                guard word(1...512, where: { $0 > 0x20 }) != nil else { return false }
            default: return false
            }
        }
        return seen.contains { $0.elementsEqual("X".utf8) }
    }
}

extension ArraySlice<UInt8> {
    fileprivate func first(_ text: StaticString) -> Range<Int>? {
        let place = withUnsafeBytes { LineSearch.find(LineSearch.Needle(text: text, rare: (0, text.utf8CodeUnitCount - 1)), in: $0) }
        return place.map { startIndex + $0..<startIndex + $0 + text.utf8CodeUnitCount }
    }

    /// Where `text` stands, if it stands here exactly once.
    fileprivate func only(_ text: StaticString) -> Range<Int>? {
        guard let range = first(text), self[(range.lowerBound + 1)...].first(text) == nil else { return nil }
        return range
    }
}
