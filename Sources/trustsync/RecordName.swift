import FleetCarrier

/// What the database calls a text with its signature: SHA-256 of the text's SHA-256 and the signature.
typealias RecordName = Digest

extension RecordName {
    /// The first 8 bytes, by which sets are compared.
    var mix: UInt64 { first }
    /// The first byte: sets are compared in 256 parts.
    var bucket: Int { Int(first >> 56) }

    /// The smallest and the largest that are in this part.
    static func bounds(of bucket: Int) -> (first: [UInt8], last: [UInt8]) {
        func all(_ byte: UInt8) -> [UInt8] { [UInt8(clamping: bucket)] + [UInt8](repeating: byte, count: 31) }
        return (all(0), all(.max))
    }
}
