import TrustCore

/// A stranger's text in a mail: escaped, short, and in quotation marks on a line of its own.
///
/// The attack: a subject that looks like a line of ours, with a command to type. Its quotation marks are escaped, so that it cannot end the
/// quotation. The attack: a subject with a link, which a mail program makes one that can be tapped. `://`, `www.` and `@` are broken up.
struct QuotedText: CustomStringConvertible {
    let description: String

    /// For a phone.
    static let usual = 60

    init(_ text: String) { self.init(printable: Printable(text, limit: 200).description) }

    /// A text that `Printable` has made safe already.
    init(printable text: String, columns: Int = usual) {
        let shown = text.replacing("\"", with: "\\u{22}").replacing("://", with: "[:]//").replacing("www.", with: "www[.]")
            .replacing("@", with: "[at]")
        description = "\"\(shown.clipped(to: columns))\""
    }
}
