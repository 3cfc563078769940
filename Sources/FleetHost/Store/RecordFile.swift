import FleetCarrier
import Host
import SystemPackage
import TrustCore

/// A file of records, read one by one: a fleet's may be larger than memory is cheap.
struct RecordFile: ~Copyable {
    private var window: FileWindow
    /// So many bytes of the window are read.
    private var used = 0

    /// Of a record's first line.
    private static let longestHeading = 27

    /// Nil when there is no such file.
    init?(_ path: FilePath) throws(SystemError) {
        guard let window = try FileWindow(path) else { return nil }
        self.window = window
    }

    /// So many bytes are whole records.
    var offset: Int { window.offset + used }

    /// The next record; nil where none is: at the file's end, at one that is not whole, and at what is none.
    mutating func next() throws(SystemError) -> PackRecord? {
        while true {
            if let sizes = PackRecord.sizes(window.bytes[used...]) {
                let middle = sizes.end + sizes.body
                let end = middle + sizes.signature
                if end <= window.bytes.count {
                    defer { used = end }
                    return PackRecord(body: Array(window.bytes[sizes.end..<middle]), signature: Array(window.bytes[middle..<end]))
                }
            } else if window.bytes.count - used >= Self.longestHeading {
                return nil
            }
            guard try more() else { return nil }
        }
    }

    /// Whether there is nothing behind the last record.
    mutating func isAtEnd() throws(SystemError) -> Bool {
        guard used == window.bytes.count else { return false }
        return try !more()
    }

    /// Whether a whole record begins anywhere behind this place. Nothing can be read afterwards.
    mutating func hasRecordBehind() throws(SystemError) -> Bool {
        // Where the first one would end: it is whole if the file goes on so far.
        var end = Int.max
        used = min(used + 1, window.bytes.count)
        while true {
            while used < window.bytes.count {
                if window.bytes[used] == Self.first {
                    if let sizes = PackRecord.sizes(window.bytes[used...]) {
                        end = min(end, window.offset + sizes.end + sizes.body + sizes.signature)
                    } else if window.bytes.count - used < Self.longestHeading {
                        break
                    }
                }
                used += 1
            }
            if end <= window.offset + window.bytes.count { return true }
            guard try more() else { return false }
        }
    }

    private static let first = UInt8(ascii: "t")

    private mutating func more() throws(SystemError) -> Bool {
        window.drop(used)
        used = 0
        return try window.more()
    }
}
