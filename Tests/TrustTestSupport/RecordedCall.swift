/// One line of the stepper's record: a call that changed something, with its result.
package struct RecordedCall: Sendable, CustomStringConvertible {
    /// Nanoseconds of the monotonic clock when the call returned.
    package let time: Int64
    package let name: String
    package let result: Int64
    package let path: String
    /// The second name, or the target of a symbolic link.
    package let second: String
    /// The flags with which a file was opened or renamed, or the length to which it was cut.
    package let detail: UInt64
    package let bytes: [UInt8]

    package static func all(in file: String) throws -> [RecordedCall] {
        try File.read(file).split(separator: "\n").compactMap(RecordedCall.init)
    }

    private init?(line: Substring) {
        let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
        guard fields.count == 7, let time = Int64(fields[0]), let result = Int64(fields[2]), let detail = UInt64(fields[5])
        else { return nil }
        self.time = time
        name = String(fields[1])
        self.result = result
        path = String(fields[3])
        second = String(fields[4])
        self.detail = detail
        let digits = Array(fields[6].utf8)
        bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0..<($0 + 2)], as: UTF8.self), radix: 16)
        }
    }

    package var description: String { "\(name) \(path) \(second)" }
}
