import Trust
import TrustCore

/// One pending certificate with the question about it: what two people compare stands directly above.
struct ReviewCard {
    let fingerprint: Fingerprint
    let readBack: ReadBack?
    private let card: Card
    private let place: String
    private let style: Style

    init(_ record: Record, _ warnings: Warnings, _ place: String, _ readBack: ReadBack?, _ style: Style) {
        fingerprint = record.fingerprint
        card = Card(record, warnings, style: style)
        (self.place, self.readBack, self.style) = (place, readBack, style)
    }

    var text: String {
        card.facts + "\n" + Paragraph(Confirmation.caution).wrapped(to: style.columns ?? 80) + "\n\n" + question
    }

    /// What two people compare.
    var identity: String { readBack.map { FingerprintLines($0, style: style).text } ?? card.identity }

    /// The end of it, with what is asked.
    var question: String { identity + "Let this certificate relay?\(place.isEmpty ? "" : " \(place)")\n" }

    static func keys(_ columns: Int) -> String {
        Paragraph("a approve, d deny, f forget, s skip, u undo the last, ? help, q quit:").wrapped(to: columns - 2) + " "
    }

    static let help = """
        a  approve: let it relay from now on; asks for a label, by which other commands find it
        d  deny: refuse it until that is undone, and keep it out of the queue
        f  forget: remove it from the queue until it is seen again
        s  skip: leave it as it is, and go on to the next one
        u  undo the last decision of this review
        q  quit; so do Ctrl-C and Ctrl-D

        """
}
