import Glibc
import TrustCore

/// What was read of earlier lines, for those that come again to the byte: in a flood nearly all do, but for their times.
///
/// It decides nothing: what is kept is the answer of `LinePrefix` and `Attempt` to the very same bytes.
struct RepeatedLines {
    /// Messages that are kept, and the longest of them: less than a MiB.
    private static let places = 1_021
    private static let longest = 1_024

    private struct Message {
        let bytes: [UInt8]
        let attempt: Attempt
    }

    private var prefix: (bytes: [UInt8], read: LinePrefix)?
    private var messages: [Message?] = []

    /// What stands before the phrase, when that is a prefix to its last byte and none of syslog's.
    mutating func prefix(_ bytes: UnsafeRawBufferPointer) -> LinePrefix? {
        if let prefix, Self.isSame(prefix.bytes, bytes) { return prefix.read }
        let copy = Array(bytes)
        let read = LinePrefix(copy[...])
        // The phrase cannot be taken for a part of a prefix, so this is what the whole line would give.
        guard read.message.isEmpty, read.source.isEmpty, read.piece == nil else { return nil }
        prefix = (copy, read)
        return read
    }

    /// What the bytes from the phrase on are.
    func attempt(_ bytes: UnsafeRawBufferPointer) -> Attempt? {
        guard let place = Self.place(of: bytes), !messages.isEmpty, let message = messages[place], Self.isSame(message.bytes, bytes) else {
            return nil
        }
        return message.attempt
    }

    mutating func remember(_ message: ArraySlice<UInt8>, _ attempt: Attempt) {
        guard let place = message.withUnsafeBytes({ Self.place(of: $0) }) else { return }
        if messages.isEmpty { messages = Array(repeating: nil, count: Self.places) }
        messages[place] = Message(bytes: Array(message), attempt: attempt)
    }

    /// By the first digits.
    private static func place(of bytes: UnsafeRawBufferPointer) -> Int? {
        let digits = LogPhrase.attempt.utf8CodeUnitCount
        guard bytes.count >= digits + Fingerprint.digits, bytes.count <= longest else { return nil }
        return bytes[digits..<digits + 8].reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFF_FFFF } % places
    }

    private static func isSame(_ kept: [UInt8], _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard kept.count == bytes.count, let base = bytes.baseAddress else { return false }
        return kept.withUnsafeBytes { $0.baseAddress.map { memcmp($0, base, bytes.count) == 0 } ?? false }
    }
}
