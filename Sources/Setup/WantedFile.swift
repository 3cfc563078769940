import EximControl
package import SystemPackage
import TrustCore

/// A file as setup wants it, made from what it would be without setup.
package struct WantedFile: Equatable {
    /// Where the file lies, symbolic links followed.
    package let path: FilePath
    /// Without us; nil: it would not be there.
    package let base: [UInt8]?
    package let after: [UInt8]
    /// In one line, for the operator.
    package let purpose: String
    /// Our own lines in a file that is somebody else's; none: the whole file is ours.
    var blocks: [String] = []
    /// Whether it is the trust list, which trustctl goes on writing afterwards.
    var isList = false
    /// Whether only root and Exim's group may read it.
    package var isSecret = false

    package init(
        path: FilePath, base: [UInt8]?, after: [UInt8], purpose: String, blocks: [String] = [], isList: Bool = false, isSecret: Bool = false
    ) {
        self.path = path
        self.base = base
        self.after = after
        self.purpose = purpose
        self.blocks = blocks
        self.isList = isList
        self.isSecret = isSecret
    }
}

/// Lines of ours in somebody else's file.
package enum OwnBlock {
    /// `block` behind everything, so that nothing before it swallows it: a missing newline, or a backslash at the end of the last line.
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

    /// `bytes` without `block`; nil when it does not stand there exactly once.
    static func removed(_ block: String, from bytes: [UInt8]) -> [UInt8]? {
        let block = Array(block.utf8)
        guard let place = bytes.firstRange(of: block), bytes[place.upperBound...].firstRange(of: block) == nil else { return nil }
        guard place.lowerBound == 0 || bytes[place.lowerBound - 1] == UInt8(ascii: "\n") else { return nil }
        return Array(bytes[..<place.lowerBound] + bytes[place.upperBound...])
    }

    /// Whether a line of `block` stands in `bytes`, by itself: one that only we write, where there is one. `tls_try_verify_hosts = *` may be
    /// somebody's own by now.
    static func remains(of block: String, in bytes: [UInt8]) -> Bool {
        let lines = block.split(separator: "\n").map { String($0.trimmed) }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
        let marked = lines.filter { $0.hasPrefix(".include ") || $0.hasPrefix(WayOfTrust.macroName) }
        let ours = Set(marked.isEmpty ? lines : marked)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { ours.contains(String($0.trimmed)) }
    }
}
