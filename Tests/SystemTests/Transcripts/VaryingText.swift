/// A line of a session, cut into what is the same in every play and what is not: times, digests, numbers of processes and messages.
struct VaryingText {
    enum Kind: CaseIterable {
        case reading, time, date, ago, fingerprint, groups, words, serial, key, code, message, process, number

        /// Whether one text of this kind always stands for the same thing: where it returns, it must be the same one.
        var isIdentity: Bool {
            switch self {
            case .fingerprint, .groups, .words, .serial, .key: true
            case .reading, .time, .date, .ago, .code, .message, .process, .number: false
            }
        }
    }

    struct Piece: Equatable {
        /// nil: the same in every play.
        let kind: Kind?
        let text: String

        /// Whether a card leaves out what is in its place.
        var hidesGroups: Bool { text.contains("____") }
    }

    let pieces: [Piece]

    init(_ line: String) {
        var pieces: [Piece] = []
        var rest = line[...]
        while let (match, kind) = Self.first(in: rest) {
            if match.startIndex > rest.startIndex { pieces.append(Piece(kind: nil, text: String(rest[..<match.startIndex]))) }
            pieces.append(Piece(kind: kind, text: String(match)))
            rest = rest[match.endIndex...]
        }
        if !rest.isEmpty { pieces.append(Piece(kind: nil, text: String(rest))) }
        self.pieces = pieces
    }

    /// What varies, in order.
    var varying: [Piece] { pieces.filter { $0.kind != nil } }

    /// The same but for what varies.
    func hasForm(of other: VaryingText) -> Bool { form == other.form }

    /// With these texts in the places of what varies.
    func replacing(_ texts: [String]) -> String {
        var texts = texts[...]
        return pieces.map { $0.kind == nil ? $0.text : texts.popFirst() ?? $0.text }.joined()
    }

    private var form: [Piece] { pieces.map { Piece(kind: $0.kind, text: $0.kind == nil ? $0.text : "") } }

    private static func first(in text: Substring) -> (match: Substring, kind: Kind)? {
        guard let match = text.firstMatch(of: any) else { return nil }
        // A word list's line, and the digits in `process 12`: what stands before them belongs to the form.
        if let words = match.output.words { return (words, .words) }
        if let number = match.output.process { return (number, .process) }
        if let number = match.output.number { return (number, .number) }
        let whole = match.output.0
        if match.output.reading != nil { return (whole, .reading) }
        if match.output.time != nil { return (whole, .time) }
        if match.output.date != nil { return (whole, .date) }
        if match.output.ago != nil { return (whole, .ago) }
        if match.output.groups != nil { return (whole, .groups) }
        if match.output.message != nil { return (whole, .message) }
        if match.output.code != nil { return (whole, .code) }
        if match.output.key != nil { return (whole, .key) }
        return (whole, match.output.fingerprint != nil ? .fingerprint : .serial)
    }

    // Unicode's word boundaries, the default, see none behind the point of `trustd.C2F8…`.
    nonisolated(unsafe) private static let any =
        #/
        (?<reading> \b groups\ [0-9,\ ]+\ and\ [0-9]+\ of\ 16,\ as\ the\ owner\ reads\ them:\ (?: [0-9A-F]{4}\ ){3} [0-9A-F]{4} )
        | (?<time> \d{4}-\d\d-\d\d [T\ ] \d\d:\d\d:\d\d (?: \. \d{3} )? Z? | [A-Z][a-z]{2},\ \d\d\ [A-Z][a-z]{2}\ \d{4}\ \d\d:\d\d:\d\d\ \+0000 )
        | (?<ago> \b just\ now \b\ * | \b [0-9]+\ (?: min | h | days )\ ago \b\ * )
        | (?<date> \d{4}-\d\d-\d\d )
        | (?<fingerprint> \b [0-9A-Fa-f]{64} \b | \b [0-9A-F]{16} \b | \b (?: [0-9A-F]{2} : ){31} [0-9A-F]{2} \b )
        | (?<groups> \b (?: (?: [0-9A-F]{4} | ____ )\  ){7} (?: [0-9A-F]{4} | ____ ) \b )
        | (?<code> \b (?: [0-9A-Z]{5} - ){7} [0-9A-Z]{3} \b )
        | (?<key> \b AAAAC3 [0-9A-Za-z+\/]{62} )
        | (?<serial> \b [0-9A-F]{30,40} \b )
        | (?<message> \b [12][0-9A-Za-z]{5} - [0-9A-Za-z]{6,11} - [0-9A-Za-z]{2,4} \b )
        | ^ (?: .{13}\ \  | \ \ (?= (?: [A-Za-z]+\  ){7} [A-Za-z]+ $ ) ) (?<words> (?: [A-Za-z_]+\  ){3} (?: (?: [A-Za-z_]+\  ){4} )? [A-Za-z_]+ ) $
        | \b (?: process | pid | pid= | kill\ -HUP )\ ? (?<process> [0-9]+ ) \b
        | \b (?: byte\  | lines\  | certificate= ) (?<number> [0-9]+ ) \b
        /#.wordBoundaryKind(.simple)
}
