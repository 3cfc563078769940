import Glibc
import TrustCore

/// Remembers how lines were read, for lines with the same bytes. In a flood nearly all lines repeat, apart from their times.
///
/// A cache only: it holds what `LinePrefix` and `Attempt` answered for the very same bytes.
struct RepeatedLines {
    /// How many messages of each kind are kept, and how long they may be: together less than two MiB.
    private static let places = 1_021
    private static let longest = 1_024

    /// What some bytes were read as. A class, because these are asked for far more often than made, and then only pointed to.
    final class Known<Meaning> {
        fileprivate let bytes: [UInt8]
        let meaning: Meaning

        fileprivate init(_ bytes: [UInt8], _ meaning: Meaning) { (self.bytes, self.meaning) = (bytes, meaning) }
    }

    private var prefix: Known<LinePrefix>?
    private var messages: [Known<Attempt>?] = []
    private var rejections: [Known<PendingEntry.Observation>?] = []

    /// Reads what stands before the phrase; nil unless all of it is a prefix, and not one of syslog's.
    mutating func prefix(_ bytes: UnsafeRawBufferPointer) -> Known<LinePrefix>? {
        if let prefix, Self.isSame(prefix.bytes, bytes) { return prefix }
        let copy = Array(bytes)
        let read = LinePrefix(copy[...])
        // The phrase cannot be a part of a prefix, so the whole line would give the same.
        guard read.message.isEmpty, read.source.isEmpty, read.piece == nil else { return nil }
        let known = Known(copy, read)
        prefix = known
        return known
    }

    /// The attempt that these bytes, from the phrase on, were read as; nil when they are not known.
    func attempt(_ bytes: UnsafeRawBufferPointer) -> Known<Attempt>? {
        guard let place = Self.place(of: bytes), !messages.isEmpty, let message = messages[place], Self.isSame(message.bytes, bytes) else {
            return nil
        }
        return message
    }

    mutating func remember(_ message: ArraySlice<UInt8>, _ attempt: Attempt) {
        guard let place = message.withUnsafeBytes({ Self.place(of: $0) }) else { return }
        if messages.isEmpty { messages = Array(repeating: nil, count: Self.places) }
        messages[place] = Known(Array(message), attempt)
    }

    /// What a line says that begins with the very bytes of the latest prefix, if a rejection with the rest of its bytes was read before.
    func rejection(_ line: UnsafeRawBufferPointer) -> (Known<LinePrefix>, Known<PendingEntry.Observation>)? {
        // A line with a message's id is not about a RCPT.
        guard !rejections.isEmpty, let prefix, !prefix.meaning.hasMessageID, line.count > prefix.bytes.count,
            Self.isSame(prefix.bytes, UnsafeRawBufferPointer(rebasing: line[..<prefix.bytes.count]))
        else { return nil }
        // It begins with `H=`, which cannot belong to a prefix, so the whole line would give the same.
        let message = UnsafeRawBufferPointer(rebasing: line[prefix.bytes.count...])
        guard let place = Self.place(ofRejection: message), let known = rejections[place], Self.isSame(known.bytes, message) else {
            return nil
        }
        return (prefix, known)
    }

    mutating func remember(_ message: ArraySlice<UInt8>, _ facts: PendingEntry.Observation) {
        guard let place = message.withUnsafeBytes({ Self.place(ofRejection: $0) }) else { return }
        if rejections.isEmpty { rejections = Array(repeating: nil, count: Self.places) }
        rejections[place] = Known(Array(message), facts)
    }

    /// Where a rejection is kept, by the client's names and address, which stand at its beginning.
    private static func place(ofRejection bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 64, bytes.count <= longest else { return nil }
        return bytes[..<64].reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFF_FFFF } % places
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
