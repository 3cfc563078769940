import CPostgres

/// The rows that a statement has given, in PostgreSQL's binary form.
package struct PostgresAnswer: ~Copyable {
    private let result: OpaquePointer

    /// Owns it from now on.
    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    package var count: Int { Int(PQntuples(result)) }

    /// Nil for NULL, and beyond the end.
    package func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
        guard let (row, column) = inside(row, column), PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column)
        else { return nil }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column))))
    }

    package func text(_ row: Int, _ column: Int) -> String? { bytes(row, column).map { String(decoding: $0, as: UTF8.self) } }

    /// An integer of 2, 4 or 8 bytes, or an xid8; nil for anything else.
    package func number(_ row: Int, _ column: Int) -> Int64? {
        guard let bytes = bytes(row, column) else { return nil }
        let bits = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch bytes.count {
        case 2: return Int64(Int16(truncatingIfNeeded: bits))
        case 4: return Int64(Int32(truncatingIfNeeded: bits))
        case 8: return Int64(bitPattern: bits)
        default: return nil
        }
    }

    package func flag(_ row: Int, _ column: Int) -> Bool? {
        guard let bytes = bytes(row, column), bytes.count == 1 else { return nil }
        return bytes[0] != 0
    }

    /// What libpq would read beyond, it says on standard error only.
    private func inside(_ row: Int, _ column: Int) -> (CInt, CInt)? {
        guard row >= 0, column >= 0, row < PQntuples(result), column < PQnfields(result) else { return nil }
        return (CInt(row), CInt(column))
    }
}

/// What another session has told with NOTIFY.
package struct PostgresNotification: Equatable, Sendable {
    package let channel: String
    package let payload: String
}
