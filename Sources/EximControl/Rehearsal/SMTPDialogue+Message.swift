extension SMTPDialogue {
    /// A line without its end (RFC 5321, 4.5.3.1.6).
    private static let longestTextLine = 998

    /// Sends a message after the server's 354, and returns the answer to its end. A dot that begins a line is doubled (RFC 5321, 4.5.2).
    ///
    /// The attack: a line end within a line, behind which a dot ends the message, and the rest of it are commands. What is not printable ASCII
    /// arrives as a question mark, and no line is longer than SMTP allows.
    package mutating func say(message lines: [String]) throws(SMTPError) -> SMTPReply {
        try write(Self.wire(lines))
        return try reply()
    }

    /// The bytes of a message, to its end.
    package static func wire(_ lines: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for line in lines {
            if line.utf8.first == UInt8(ascii: ".") { bytes.append(UInt8(ascii: ".")) }
            bytes += line.utf8.prefix(longestTextLine).map { (0x20...0x7E).contains($0) || $0 == 9 ? $0 : UInt8(ascii: "?") }
            bytes += "\r\n".utf8
        }
        return bytes + ".\r\n".utf8
    }
}
