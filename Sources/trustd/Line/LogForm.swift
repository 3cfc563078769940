import CLinux
import Glibc
import TrustCore

/// Whether the lines of a file begin like those of a log of Exim's. In a file of another form nothing is ever found, and without a word
/// that would look as if no client had come.
package struct LogForm {
    /// Lines at the end of a chunk that are looked at until one is known.
    private static let sample = 100
    /// Lines in a row that are not known before a file that began well is said to have changed.
    private static let patience = 100

    private var hasKnown = false
    private var strange = 0

    package init() {}

    /// What is wrong with the file, in the words of its status; nil when nothing is.
    package var trouble: String? {
        guard strange > 0 else { return nil }
        if !hasKnown { return FollowerStatus.Log.strange }
        return strange >= Self.patience ? FollowerStatus.Log.strange + " any more" : nil
    }

    /// Looks at some of these whole lines. For a log of Exim's these are two.
    package mutating func look(at lines: UnsafeRawBufferPointer) {
        guard let base = lines.baseAddress, lines.last == 0x0A else { return }
        if !hasKnown, let end = memchr(base, 0x0A, lines.count) {
            hasKnown = Self.isKnown(UnsafeRawBufferPointer(start: base, count: UnsafeRawPointer(end) - base)) ?? false
        }
        var end = lines.count - 1
        var looked = 0
        while looked < Self.sample, end >= 0 {
            let start = clinux_find_last(base, 0x0A, end).map { $0 - base + 1 } ?? 0
            switch Self.isKnown(UnsafeRawBufferPointer(start: base + start, count: end - start)) {
            case true?:
                (hasKnown, strange) = (true, 0)
                return
            case false?: looked += 1
            case nil: break
            }
            end = start - 1
        }
        strange = min(strange + looked, 1 << 20)
    }

    /// Nil for a line that says nothing: an empty one, and one that goes on with the entry of the line before.
    private static func isKnown(_ line: UnsafeRawBufferPointer) -> Bool? {
        guard let first = line.first, first != UInt8(ascii: " "), first != UInt8(ascii: "\t") else { return nil }
        // More than any prefix.
        return isKnown(Array(line.prefix(1_024)).drop { $0 == 0 })
    }

    /// Exim's time; what syslog writes, for whatever program, since others may log into the same file; a message of Exim's without a prefix.
    static func isKnown(_ line: ArraySlice<UInt8>) -> Bool {
        var scanner = LineScanner(line)
        if scanner.eximTime() != nil || scanner.attempt({ $0.anySyslogPrefix() ? () : nil }) != nil { return true }
        let messages: [StaticString] = [LogPhrase.attempt, "H=", "Start queue run", "End queue run", "exim 4", "SMTP "]
        return scanner.messageID() != nil || messages.contains { scanner.skip($0) }
    }
}

extension LineScanner {
    /// The prefix of any program's line. Laxer than `syslogPrefix`, and decides nothing but whether the file is one of syslog's.
    fileprivate mutating func anySyslogPrefix() -> Bool {
        if attempt({ $0.priorityAndVersion() ? () : nil }) != nil { return true }
        if skip("<") { guard word(1...3, where: \.isDigit) != nil, skip(">") else { return false } }
        guard syslogTime() != nil else { return false }
        if skip("<") { return upTo(UInt8(ascii: ">")) != nil }
        if attempt({ $0.programName() ? () : nil }) != nil { return true }
        guard word(1...255, where: \.isNameByte) != nil, skip(" ") else { return false }
        if skip("-- MARK") || skip("last message repeated ") || attempt({ $0.facility() ? () : nil }) != nil { return true }
        if attempt({ $0.programName() ? () : nil }) != nil { return true }
        // sysklogd's RFC 5424: `host program 123 - - `.
        guard word(1...48, where: { $0 > 0x20 }) != nil, skip(" "), word(1...128, where: { $0 > 0x20 }) != nil else { return false }
        return skip(" - -")
    }

    /// `program[123]:`
    private mutating func programName() -> Bool {
        guard word(1...64, where: { $0.isLetterOrDigit || "._-/()@+".utf8.contains($0) }) != nil else { return false }
        if skip("[") { guard word(1...10, where: \.isDigit) != nil, skip("]") else { return false } }
        return skip(":")
    }
}
