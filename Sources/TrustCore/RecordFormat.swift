/// The frame of the texts that the two programs exchange: a first line with the kind and the version, then `Name: value` lines.
///
///     trustd-status 1
///     Process: 708
///     End
package struct RecordFormat: Sendable {
    /// The first line, e.g. `trustd-status 1`.
    package let heading: String
    /// How the lines end.
    package let ending: Ending

    package enum Ending: Sendable {
        /// With the line `End`: a text without it is truncated.
        case end
        /// With the end of the text, or with a blank line and a body that is not made of `Name: value` lines.
        case body
    }

    package init(_ heading: String, ending: Ending = .end) {
        self.heading = heading
        self.ending = ending
    }

    static let lastLine = "End"
}
