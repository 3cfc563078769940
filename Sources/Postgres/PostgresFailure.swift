import TrustCore

/// Why a database did not answer. What a server says is a stranger's text, so it is shown escaped.
package enum PostgresFailure: Error, Equatable, CustomStringConvertible {
    /// It did not answer within this time. TCP does not notice a server that hangs, so each question has a time limit. After it the
    /// connection is useless, since the answer may still come.
    case noAnswer(to: String, within: Duration)
    /// The server refused, with its SQLSTATE.
    case refused(state: String, text: String)
    /// The connection could not be made, or has ended.
    case lost(text: String)

    /// What a connection's error says: a refusal if the server's words have a SQLSTATE. libpq gives it no other way while it connects.
    static func connecting(_ text: String) -> PostgresFailure {
        guard let state = Self.state(in: text) else { return .lost(text: text.oneLine) }
        return .refused(state: state, text: text.oneLine)
    }

    /// In libpq's verbose form `FATAL:  28000: text`, where the first word may be in any language.
    private static func state(in text: String) -> String? {
        let bytes = Array(text.utf8)
        let space = UInt8(ascii: " ")
        let colon = UInt8(ascii: ":")
        guard bytes.count >= 9 else { return nil }
        for start in 0...(bytes.count - 9) where bytes[start] == colon && bytes[start + 1] == space && bytes[start + 2] == space {
            let word = bytes[start + 3..<start + 8]
            if bytes[start + 8] == colon, word.allSatisfy({ $0.isDigit || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) {
                return String(decoding: word, as: UTF8.self)
            }
        }
        return nil
    }

    /// Whether trying again at once is of use: a lock that somebody held too long.
    package var isLockTimeout: Bool { state == "55P03" }
    /// Whether a limit of the server itself is reached, such as the length of its queue of notifications.
    package var isTooMuch: Bool { state == "54000" }
    /// Whether the server does not let this login in: class 28, and no right to connect.
    package var isLoginRefused: Bool { state?.hasPrefix("28") == true || state == "42501" || state == "3D000" }
    /// Whether the caller has used up what he may store.
    package var isQuota: Bool { state == "53400" }

    package var state: String? {
        guard case .refused(let state, _) = self else { return nil }
        return state
    }

    package var description: String {
        switch self {
        case .noAnswer(let what, let limit): "no answer to \(what) within \(limit)"
        case .refused(let state, let text): "refused (\(state)): \(Printable(text, limit: 400))"
        case .lost(let text): "\(Printable(text, limit: 400))"
        }
    }
}

extension String {
    /// libpq's messages have several lines, and end with one.
    var oneLine: String { split(whereSeparator: \.isNewline).map(\.trimmed).joined(separator: "; ") }
}
