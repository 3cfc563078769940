import Trust
import TrustCore

/// The card that is open. It stays as it was when it was opened, so that nothing moves while two people compare digits; keys decide about
/// this fingerprint, whatever has become of the table meanwhile.
struct OpenedCard {
    let record: Record
    let warnings: Warnings
    /// The groups that the owner must read, drawn when the card was opened.
    let readBack: ReadBack?
    /// How many lines of it are scrolled away, from what it shows at first.
    var scrolled = 0
    /// Whether the question is shown: first the card, and what was typed until then is dropped.
    var isAsked = true
    /// What it is when it does not wait any more.
    var standing: String?

    var fingerprint: Fingerprint { record.fingerprint }

    /// What two people compare.
    func identity(_ style: Style) -> [String] {
        let lines = readBack.map { FingerprintLines($0, style: style) } ?? FingerprintLines(fingerprint, style: style)
        return lines.text.split(separator: "\n").map(String.init)
    }

    /// What an operator knows a certificate by. It stands first: a small screen shows no more without scrolling.
    private static let telling: Set = ["label", "subject", "may replace", "names", "valid", "seen", "from", "observed"]

    /// Everything else, in lines that fit: first what is to be warned of.
    func facts(_ style: Style, _ columns: Int) -> [String] {
        let card = Card(record, warnings, style: style)
        var lines = card.warnings.flatMap { ScreenText.wrapped("warning: \($0)", to: columns) }.map { style.warning($0) }
        let isWide = columns >= 3 * Card.width
        let rows = card.rows.filter { $0.name != "state" }
        for (name, value) in rows.filter({ Self.telling.contains($0.name) }) + rows.filter({ !Self.telling.contains($0.name) }) {
            if isWide {
                let values = ScreenText.wrapped(value, to: columns - Card.width)
                lines += values.enumerated().map { ($0 == 0 ? name : "").padded(to: Card.width) + $1 }
            } else {
                lines += ScreenText.wrapped("\(name): \(value)", to: columns)
            }
        }
        return lines + [""] + ScreenText.wrapped(Confirmation.caution, to: columns)
    }
}
