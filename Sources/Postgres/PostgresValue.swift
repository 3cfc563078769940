import TrustCore

/// A parameter of a statement.
package enum PostgresValue: Sendable {
    case null
    case bytes([UInt8])
    case text(String)
    case number(Int64)
    case flag(Bool)
    /// `bytea[]`.
    case list([[UInt8]])

    /// The bytes that are sent, and whether they are in PostgreSQL's binary form.
    var wire: (bytes: [UInt8]?, isBinary: Bool) {
        switch self {
        case .null: (nil, false)
        case .bytes(let bytes): (bytes, true)
        case .text(let text): (Array(text.utf8) + [0], false)
        case .number(let number): (Array("\(number)".utf8) + [0], false)
        case .flag(let flag): (Array((flag ? "t" : "f").utf8) + [0], false)
        case .list(let all): (Array("{\(all.map { "\"\\\\x\(Hex.text($0))\"" }.joined(separator: ","))}".utf8) + [0], false)
        }
    }
}
