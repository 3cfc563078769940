import Glibc
import TrustCore

/// Remembers how lines were read, for lines with the same bytes. In a flood nearly all lines repeat, apart from their times.
///
/// A cache only: it holds what `LinePrefix` and `Attempt` answered for the very same bytes.
struct RepeatedLines {
    /// How many messages are kept, and how long they may be: together less than a MiB.
    private static let places = 1_021
    private static let longest = 1_024

    private struct Message {
        let bytes: [UInt8]
        let attempt: Attempt
    }

    private var prefix: (bytes: [UInt8], read: LinePrefix)?
    private var messages: [Message?] = []

    /// Reads what stands before the phrase; nil unless all of it is a prefix, and not one of syslog's.
    mutating func prefix(_ bytes: UnsafeRawBufferPointer) -> LinePrefix? {
        if let prefix, Self.isSame(prefix.bytes, bytes) { return prefix.read }
        let copy = Array(bytes)
        let read = LinePrefix(copy[...])
        // The phrase cannot be a part of a prefix, so the whole line would give the same.
        guard read.message.isEmpty, read.source.isEmpty, read.piece == nil else { return nil }
        prefix = (copy, read)
        return read
    }

    /// The attempt that these bytes, from the phrase on, were read as; nil when they are not known.
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

    /// Where a message is kept, by the first digits.
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
