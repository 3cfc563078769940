import EximControl
import TrustCore

/// Lines of ours in a file that belongs to somebody else.
package enum OwnBlock {
    /// Appends `block` so that nothing before it swallows it: neither a missing newline nor a backslash at the end of the last line.
    package static func appended(_ block: String, to bytes: [UInt8]) -> [UInt8] {
        var text = bytes
        if let last = text.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
        // The trap: `FOO = a : \` as the last line takes the next one, whatever it is, as its own. A blank line ends it; Exim takes two
        // backslashes for one, and that one again.
        var reader = LogicalLines(bytes)
        var last: LogicalLines.Line?
        while let line = reader.next() { if !line.isComment { last = line } }
        if let last, last.continues {
            var content = last.content
            while content.last == UInt8(ascii: "\\") {
                text.append(UInt8(ascii: "\n"))
                content = content.dropLast().withoutBlanks
            }
        }
        return text + Array(block.utf8)
    }

    /// `bytes` without `block`; nil unless the block is in it exactly once, at the beginning of a line.
    static func removed(_ block: String, from bytes: [UInt8]) -> [UInt8]? {
        let block = Array(block.utf8)
        guard let place = bytes.firstRange(of: block), bytes[place.upperBound...].firstRange(of: block) == nil else { return nil }
        guard place.lowerBound == 0 || bytes[place.lowerBound - 1] == UInt8(ascii: "\n") else { return nil }
        return Array(bytes[..<place.lowerBound] + bytes[place.upperBound...])
    }

    /// Whether a line of `block` is still in `bytes`. If the block has lines that only setup writes, only those count: somebody may have
    /// written `tls_try_verify_hosts = *` himself by now.
    static func remains(of block: String, in bytes: [UInt8]) -> Bool {
        let lines = block.split(separator: "\n").map { String($0.trimmed) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        let marked = lines.filter { line in
            ([".include "] + WayOfTrust.ownMacros).contains { line.hasPrefix($0) }
        }
        let ours = Set(marked.isEmpty ? lines : marked)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { ours.contains(String($0.trimmed)) }
    }
}
