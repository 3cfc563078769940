import TrustCore

/// The table with what stands around it, in exactly as many lines as the screen has. Only the rows that are seen are made.
struct TablePage {
    private let state: WatchState
    private let style: Style
    private let now: Timestamp
    private let sheet: ListTable.Sheet

    /// Narrower screens do without some columns, lower ones without some lines.
    static let (narrow, low) = (60, 16)
    /// The mark stands in them.
    private static let margin = 2

    init(_ state: WatchState, style: Style = Style(columns: nil), now: Timestamp = .now) {
        (self.state, self.style, self.now) = (state, style, now)
        sheet = state.view.measure.sheet(max(1, state.size.columns - Self.margin), isSparing: state.size.columns < Self.narrow)
    }

    private var columns: Int { state.size.columns }
    private var isLow: Bool { state.size.rows < Self.low }

    /// How many rows of the table are on the screen.
    var capacity: Int { bodyHeight / sheet.layout.height }
    private var bodyHeight: Int { max(0, state.size.rows - head.count - decisions.count - 1) }

    var lines: [String] {
        var body: [String] = []
        let fingerprints = state.view.fingerprints
        for place in state.top..<max(state.top, min(fingerprints.count, state.top + capacity)) {
            body += row(fingerprints[place], isMarked: place == state.marked)
        }
        if fingerprints.isEmpty {
            body = ScreenText.wrapped("nothing waits; a client is here after its first attempt to send", to: columns, atMost: bodyHeight)
        }
        return head + body + Array(repeating: "", count: max(0, bodyHeight - body.count)) + decisions + [keys]
    }

    private var head: [String] {
        let most = isLow ? 1 : 2
        var lines = ScreenText.wrapped(state.view.headline, to: columns, atMost: most).map { style.bold($0) }
        let follower = ScreenText.wrapped(state.follower.text, to: columns, atMost: most)
        lines += state.follower.isBad ? follower.map { style.warning($0) } : follower
        if let answer = state.answer {
            let said = ScreenText.wrapped(answer.text, to: columns, atMost: most)
            lines += answer.isBad ? said.map { style.warning($0) } : said
        }
        let warnings = (state.obstacle.map { ["not up to date: \($0)"] } ?? []) + state.view.warnings
        if let first = warnings.first {
            let more = warnings.count > 1 ? "; and \(warnings.count - 1) more: `trustctl list` shows them" : ""
            lines += ScreenText.wrapped(first + more, to: columns, atMost: most + 1).map { style.warning($0) }
        }
        guard !isLow else { return lines }
        return lines + [""] + sheet.layout.head.split(separator: "\n").map { "  " + $0 }
    }

    private var decisions: [String] {
        let most = isLow ? 1 : state.size.rows < 2 * Self.low ? 3 : WatchView.mostDecisions
        let lines = state.view.decisions.prefix(most).map { $0.text(now: now).clipped(to: columns) }
        if isLow { return lines }
        return ["", style.bold("last decisions")] + (lines.isEmpty ? ["none yet"] : lines)
    }

    private var keys: String {
        if let notice = state.notice { return style.warning(notice.clipped(to: columns)) }
        let count = state.view.fingerprints.count
        let place = count > capacity ? "\(state.marked + 1) of \(count)  " : ""
        let moves = columns < Self.narrow ? "" : "j k move, "
        return "\(place)\(moves)Enter opens, ? help, q quit".clipped(to: columns)
    }

    private func row(_ fingerprint: Fingerprint, isMarked: Bool) -> [String] {
        let cells = state.view.cells(fingerprint, now)
        let lines = sheet.row(cells, isMarked ? Style(columns: columns) : style).split(separator: "\n").map(String.init)
        guard isMarked else { return lines.map { "  " + $0 } }
        return lines.enumerated().map { style.reversed((($0 == 0 ? "> " : "  ") + $1).filled(to: columns)) }
    }
}
