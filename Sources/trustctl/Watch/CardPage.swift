import TrustCore

/// The opened card, in at most as many lines as the screen has: what two people compare stands directly above the question, and the rest is
/// scrolled above it. Where there is no room for both, all of it is scrolled, from its end.
struct CardPage {
    private let state: WatchState
    private let card: OpenedCard
    private let style: Style
    private let identity: [String]
    private let scrolling: [String]
    private let isPinned: Bool

    /// Less is not worth reading.
    private static let leastFacts = 3

    init(_ state: WatchState, _ card: OpenedCard, style: Style = Style(columns: nil)) {
        let style = style.wide(state.size.columns)
        (self.state, self.card, self.style) = (state, card, style)
        let identity = card.identity(style)
        let facts = card.facts(style, state.size.columns)
        isPinned = state.size.rows - Self.foot(state, card, style).count - identity.count >= Self.leastFacts
        (self.identity, scrolling) = isPinned ? (identity, facts) : ([], facts + [""] + identity)
    }

    /// How many lines are scrolled through, and in how many.
    var length: Int { scrolling.count }
    var height: Int { max(0, state.size.rows - Self.foot(state, card, style).count - identity.count) }

    /// The first line that is shown when nothing was scrolled, and now.
    private var rest: Int { isPinned ? 0 : max(0, length - height) }
    private var first: Int { max(0, min(rest + card.scrolled, length - height)) }

    /// What `OpenedCard.scrolled` becomes.
    func scrolled(by lines: Int) -> Int { max(0, min(first + lines, length - height)) - rest }

    var lines: [String] {
        var shown = Array(scrolling[min(first, length)..<min(first + height, length)])
        let below = length - first - height
        if below > 0, isPinned, !shown.isEmpty { shown[shown.count - 1] = "… \(below + 1) more lines: j k scroll" }
        // Where there is room, a line between them.
        if isPinned, height > length { shown.append("") }
        return shown + identity + Self.foot(state, card, style)
    }

    private static func foot(_ state: WatchState, _ card: OpenedCard, _ style: Style) -> [String] {
        let lines = asked(state, card, style)
        return card.isAsked ? lines : lines.map { _ in "" }
    }

    private static func asked(_ state: WatchState, _ card: OpenedCard, _ style: Style) -> [String] {
        let columns = state.size.columns
        if let standing = card.standing {
            let said = ScreenText.wrapped("it does not wait any more: \(standing)", to: columns, atMost: 2).map { style.warning($0) }
            return said + ["Esc goes back, q quit".clipped(to: columns)]
        }
        let question = "Let this certificate relay?".clipped(to: columns)
        let first = state.notice.map { ScreenText.wrapped($0, to: columns, atMost: 2).map { style.warning($0) } } ?? [question]
        guard state.mayDecide else { return first + ScreenText.wrapped("only root decides; Esc goes back, q quit", to: columns) }
        return first
            + ScreenText.wrapped("a approve, d deny, f forget, s skip, u undo the last, Esc back, ? help, q quit", to: columns)
    }
}
