import TrustCore

/// What a notification on `trust_decision` says: the text and its signature in Base64, or nothing where they did not fit.
enum NotifiedRecord {
    case record(CarriedRecord)
    /// It has to be read.
    case unsaid
    /// Any login can send any payload.
    case junk

    init(_ payload: String) {
        guard !payload.isEmpty else {
            self = .unsaid
            return
        }
        // PostgreSQL's `encode` breaks the lines.
        let words = payload.utf8.filter { $0 != 0x0A }.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 2, let body = Base64.decode(Array(words[0])), let signature = Base64.decode(Array(words[1])),
            let record = CarriedRecord(body: body, signature: signature)
        else {
            self = .junk
            return
        }
        self = .record(record)
    }
}
