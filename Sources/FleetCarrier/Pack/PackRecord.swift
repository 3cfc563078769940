import TrustCore

/// A text with its signature, as packs carry it; without one for what is known by its digest. Nothing is checked but the sizes.
///
///     trust-record BODYBYTES SIGNATUREBYTES
///     …
package struct PackRecord: Equatable, Sendable {
    package let body: [UInt8]
    package let signature: [UInt8]

    package init(body: [UInt8], signature: [UInt8]) { (self.body, self.signature) = (body, signature) }

    /// Bytes of a text, and of a signature.
    package static let maximumBody = 256 << 10
    package static let maximumSignature = 4_096
    /// Of a record with its first line.
    package static let maximumSize = maximumBody + maximumSignature + 64

    /// The record that these bytes are, with nothing behind it.
    package init?(exactly bytes: [UInt8]) {
        guard let (body, signature, end) = Self.sizes(bytes[...]), end + body + signature == bytes.count else { return nil }
        self.init(body: Array(bytes[end..<end + body]), signature: Array(bytes[(end + body)...]))
    }

    /// What the first line says, and where it ends; nil where there is none. As much of the record may be missing.
    package static func sizes(_ bytes: ArraySlice<UInt8>) -> (body: Int, signature: Int, end: Int)? {
        // Two sizes of at most six digits: a longer line is none, and is not searched to its end.
        let heading = bytes.prefix(kind.utf8.count + 14)
        guard heading.starts(with: kind.utf8), let end = heading.firstIndex(of: 0x0A) else { return nil }
        let sizes = heading[..<end].dropFirst(kind.utf8.count).split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard sizes.count == 2, let body = size(sizes[0], limit: maximumBody),
            let signature = sizes[1] == [UInt8(ascii: "0")] ? 0 : size(sizes[1], limit: maximumSignature)
        else { return nil }
        return (body, signature, end + 1)
    }

    private static func size(_ digits: ArraySlice<UInt8>, limit: Int) -> Int? {
        guard digits.first != UInt8(ascii: "0"), let size = Decimal.number(digits), size <= limit else { return nil }
        return size
    }

    package var encoded: [UInt8] { Array("\(Self.kind)\(body.count) \(signature.count)\n".utf8) + body + signature }

    private static let kind = "trust-record "
}

/// Reads a pack, record by record. Somebody else wrote it, and may have cut it or lied about sizes.
package struct PackReader {
    private var rest: ArraySlice<UInt8>

    /// Bytes of a pack that comes from outside.
    package static let maximumSize = 4 * 1024 * 1024

    package enum Fault: Error, Equatable, CustomStringConvertible {
        case tooLarge(limit: Int)
        /// What follows the records that were read, from this byte on, is no record.
        case unreadable(offset: Int)

        package var description: String {
            switch self {
            case .tooLarge(let limit): "the pack has more than \(limit) bytes"
            case .unreadable(let offset): "no record begins at byte \(offset) of the pack, or it is not whole"
            }
        }
    }

    /// `limit` is `maximumSize` for what comes from outside; our own file of all decisions may be larger.
    package init(_ bytes: [UInt8], limit: Int = maximumSize) throws(Fault) {
        guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
        rest = bytes[...]
    }

    /// The next record; nil at the end. Throws, once, for what is none; what follows it is not looked for.
    package mutating func next() throws(Fault) -> PackRecord? {
        guard !rest.isEmpty else { return nil }
        let start = rest.startIndex
        guard let (record, end) = Self.record(in: rest) else {
            rest = []
            throw .unreadable(offset: start)
        }
        rest = rest[end...]
        return record
    }

    private static func record(in bytes: ArraySlice<UInt8>) -> (PackRecord, end: Int)? {
        guard let (body, signature, start) = PackRecord.sizes(bytes), bytes.endIndex - start >= body + signature else { return nil }
        let middle = start + body
        let record = PackRecord(body: Array(bytes[start..<middle]), signature: Array(bytes[middle..<(middle + signature)]))
        return (record, middle + signature)
    }
}
