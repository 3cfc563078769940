import TrustCore

/// The lines of the screen.
enum WatchScreen {
    /// Exactly `state.size.rows` lines, none of them wider than the screen.
    static func lines(_ state: WatchState, _ style: Style, now: Timestamp) -> [String] {
        let lines: [String]
        if state.showsHelp {
            lines = help.flatMap { ScreenText.wrapped($0, to: state.size.columns) }
        } else if let card = state.card {
            lines = CardPage(state, card, style: style).lines
        } else {
            lines = TablePage(state, style: style, now: now).lines
        }
        // The end of it, where the question stands, is what a screen of a few rows must have.
        let kept = state.showsHelp ? Array(lines.prefix(state.size.rows)) : Array(lines.suffix(state.size.rows))
        return kept + Array(repeating: "", count: max(0, state.size.rows - kept.count))
    }

    /// It fits on 40 columns and 12 rows.
    private static let help = [
        "j k, arrows, space b, g G: move",
        "Enter: open the marked certificate",
        "On an opened one:",
        "a  approve: asks for a label",
        "d  deny, until that is undone",
        "f  forget, until it is seen again",
        "s  skip to the next one",
        "u  undo the last decision made here",
        "Esc, Backspace: back to the table",
        "Ctrl-L draws anew, Ctrl-Z stops",
        "q, Ctrl-C quit",
        "any key goes back",
    ]
}
