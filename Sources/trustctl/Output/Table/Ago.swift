import TrustCore

/// How long ago something was, in the one or two words that a table has room for.
enum Ago {
    /// `3 min ago`, `5 h ago`, `12 days ago`; what is older than 60 days, or in the future, as a date in UTC.
    static func text(_ moment: Timestamp, now: Timestamp) -> String {
        let seconds = now.seconds - moment.seconds
        switch seconds {
        // A minute ahead: the clocks of two programs that read it one after the other.
        case -60..<60: return "just now"
        case 60..<3_600: return "\(seconds / 60) min ago"
        case 3_600..<172_800: return "\(seconds / 3_600) h ago"
        case 172_800..<5_184_000: return "\(seconds / 86_400) days ago"
        default: return moment.day
        }
    }

    /// The same for the text of a time in the ledger or in the list; as it is where it is none.
    static func text(_ time: String, now: Timestamp) -> String {
        Timestamp(rfc3339: time).map { text($0, now: now) } ?? Printable(time, limit: 20).description
    }
}
