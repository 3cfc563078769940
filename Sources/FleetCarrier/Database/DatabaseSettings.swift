import TrustCore

/// Where a fleet's database is, as somebody types it: `host=db.example.org dbname=fleet`. A part of what libpq reads, without its quotation
/// marks, so that both read the same in it; trustctl, which does not link libpq, writes it into fleet.conf with the user.
package struct DatabaseSettings: Equatable, Sendable {
    package enum Fault: Error, Equatable, CustomStringConvertible {
        case noWord(String)
        case notAllowed(String)
        case twice(String)
        case badValue(String)
        case missing(String)

        package var description: String {
            switch self {
            case .noWord(let word): "“\(Printable(word, limit: 40))” is not of the form host=…"
            case .notAllowed(let key): "\(Printable(key, limit: 40)) cannot be set here"
            case .twice(let key): "\(key) is there twice"
            case .badValue(let key): "\(key) takes letters, digits and . , - _ : / only"
            case .missing(let key): "\(key) is missing"
            }
        }
    }

    /// In the order in which they are written.
    private static let keys = ["host", "hostaddr", "port", "dbname", "user"]
    private var values: [String: String] = [:]

    package init(_ text: String) throws(Fault) {
        guard text.utf8.count <= 1_000 else { throw .noWord("so long a text") }
        // Blanks alone part words: a line end would begin another line of fleet.conf.
        for word in text.split(separator: " ") {
            guard let sign = word.firstIndex(of: "=") else { throw .noWord(String(word)) }
            let (key, value) = (String(word[..<sign]), String(word[word.index(after: sign)...]))
            guard Self.keys.contains(key) else { throw .notAllowed(key) }
            guard values[key] == nil else { throw .twice(key) }
            guard !value.isEmpty, value.utf8.allSatisfy(Self.isPlain) else { throw .badValue(key) }
            values[key] = value
        }
        guard values["host"] != nil || values["hostaddr"] != nil else { throw .missing("host") }
        guard values["dbname"] != nil else { throw .missing("dbname") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: ".,-_:/".utf8.contains(byte)
        }
    }

    package var user: String? {
        get { values["user"] }
        set { values["user"] = newValue }
    }
    package var name: String { values["dbname"] ?? "" }

    /// Whether every host is a socket of this one, where nobody shows a certificate.
    package var isLocal: Bool {
        values["hostaddr"] == nil && (values["host"] ?? "").split(separator: ",").allSatisfy { $0.hasPrefix("/") }
    }

    /// What fleet.conf says.
    package var text: String { Self.keys.compactMap { key in values[key].map { "\(key)=\($0)" } }.joined(separator: " ") }
}
