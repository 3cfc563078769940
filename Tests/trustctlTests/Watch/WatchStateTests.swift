import ArgumentParser
import Testing
import TrustCore
import TrustTestSupport

@testable import Trust
@testable import trustctl

@Suite("watch: what the keys do")
struct WatchStateTests {
    private func fingerprint(_ number: Int) throws -> Fingerprint {
        let digits = String(number, radix: 16, uppercase: true)
        return try Fingerprint(
            exactly: (String(repeating: "0", count: 16 - digits.count) + digits + String(repeating: "5", count: 48)).utf8)
    }

    private func view(_ numbers: [Int]) throws -> WatchView {
        var view = WatchView()
        view.fingerprints = try numbers.map { try fingerprint($0) }
        view.headline = "\(numbers.count) pending; 0 approved"
        view.cells = { fingerprint, _ in
            [String(fingerprint.description.prefix(16)), "1", "just now", "192.0.2.7", "", "", "CN=\(fingerprint)"].map { .init(text: $0) }
        }
        let kept = view.fingerprints
        view.standing = { kept.contains($0) ? nil : "it was denied" }
        view.measure = ListTable(wanted: .pending, now: .now).measured(
            view.fingerprints.prefix(9).map { view.cells($0, .now) }, isWhole: true)
        return view
    }

    private func state(_ numbers: [Int], rows: Int = 24, columns: Int = 80, mayDecide: Bool = true) throws -> WatchState {
        var state = WatchState(size: .init(rows: rows, columns: columns), mayDecide: mayDecide)
        state.take(try view(numbers))
        return state
    }

    @discardableResult
    private func type(_ keys: WatchKey..., into state: inout WatchState) -> WatchState.Action {
        keys.reduce(.none) { state.take(.keys([$1])) }
    }

    private func open(_ number: Int, in state: inout WatchState) throws {
        let record = Record(fingerprint: try fingerprint(number), state: .pending)
        let register = try inFolder { folder throws in
            try folder.write("list", "RELAY_FROM_CERTS =\n")
            return try Register(Configuration.of(folder))
        }
        state.open(OpenedCard(record: record, warnings: Warnings(register, of: [record]), readBack: nil))
    }

    private func lines(_ state: WatchState) -> [String] {
        WatchScreen.lines(state, Style(columns: state.size.columns), now: .now)
    }

    @Test("the mark moves, and the rows with it") func moving() throws {
        var state = try state(Array(1...100))
        type(.up, into: &state)
        #expect(state.marked == 0)
        type(.last, into: &state)
        #expect(state.marked == 99 && lines(state).contains { $0.hasPrefix("> 0000000000000064") })
        type(.pageUp, .down, into: &state)
        #expect(lines(state).contains { $0.hasPrefix("> ") })
        type(.first, into: &state)
        #expect(state.marked == 0 && state.top == 0)
        #expect(type(.enter, into: &state) == .open(try fingerprint(1)))
    }

    @Test("the mark stays on its certificate, however the table changes") func sticky() throws {
        var state = try state([5, 6, 7])
        type(.down, into: &state)
        state.take(try view([1, 2, 3, 4, 5, 6, 7]))
        #expect(state.markedFingerprint == (try fingerprint(6)))
        state.take(try view([1, 7]))
        #expect(state.markedFingerprint == (try fingerprint(7)))
        state.take(try view([]))
        #expect(state.markedFingerprint == nil && type(.enter, into: &state) == .none)
        #expect(lines(state).contains { $0.hasPrefix("nothing waits") })
    }

    @Test("a key decides only on an opened card, about its certificate") func decisions() throws {
        var state = try state([1, 2, 3])
        for key in "adfsu" { #expect(type(.character(key), into: &state) == .none && state.notice != nil) }
        try open(2, in: &state)
        // Whatever happens in the table.
        state.take(try view([9, 8, 7, 2, 1]))
        #expect(type(.character("a"), into: &state) == .approve(try fingerprint(2)))
        #expect(type(.character("d"), into: &state) == .deny(try fingerprint(2)))
        #expect(type(.character("f"), into: &state) == .forget(try fingerprint(2)))
        #expect(type(.character("u"), into: &state) == .undo)
        #expect(type(.enter, into: &state) == .none && state.card != nil)
        #expect(type(.character("s"), into: &state) == .none && state.card == nil)
    }

    @Test("what was decided by somebody else meanwhile is not decided again") func gone() throws {
        var state = try state([1, 2])
        try open(1, in: &state)
        state.take(try view([2]))
        for key in "adf" { #expect(type(.character(key), into: &state) == .none) }
        #expect(lines(state).contains { $0.contains("it does not wait any more: it was denied") })
        type(.back, into: &state)
        #expect(state.card == nil)
    }

    @Test("who is not root only looks") func looking() throws {
        var state = try state([1], mayDecide: false)
        try open(1, in: &state)
        for key in "adfu" { #expect(type(.character(key), into: &state) == .none && state.notice?.contains("only root") == true) }
    }

    @Test("pasted text does nothing, in the table and on a card") func pasted() throws {
        var state = try state([1])
        #expect(state.take(.pasted) == .none && state.card == nil && state.notice?.contains("pasted") == true)
        try open(1, in: &state)
        #expect(state.take(.pasted) == .none && state.card != nil)
    }

    @Test("q and Ctrl-C quit from everywhere; any key leaves the help") func leaving() throws {
        for key in [WatchKey.character("q"), .end] {
            var state = try state([1])
            #expect(type(key, into: &state) == .quit)
            type(.character("?"), into: &state)
            #expect(state.showsHelp && type(key, into: &state) == .quit)
            try open(1, in: &state)
            #expect(type(key, into: &state) == .quit)
        }
        var state = try state([1])
        type(.character("?"), .character("a"), into: &state)
        #expect(!state.showsHelp)
    }

    @Test(
        "every screen has as many lines as the terminal, and none is wider",
        arguments: [(24, 80), (12, 40), (50, 200), (5, 20), (1, 1), (2, 300)])
    func sizes(rows: Int, columns: Int) throws {
        var state = try state(Array(1...60), rows: rows, columns: columns)
        var screens = [lines(state)]
        type(.last, into: &state)
        screens.append(lines(state))
        type(.character("?"), into: &state)
        screens.append(lines(state))
        type(.back, into: &state)
        try open(60, in: &state)
        screens.append(lines(state))
        for _ in 0..<40 {
            type(.down, into: &state)
            #expect(lines(state).count == rows)
        }
        type(.first, into: &state)
        screens.append(lines(state))
        state.take(try view([1]))
        screens.append(lines(state))
        for screen in screens {
            #expect(screen.count == rows)
            #expect(screen.allSatisfy { DisplayWidth.of($0) <= max(columns, 2) }, "\(screen)")
        }
    }

    @Test("a card on a low screen is scrolled whole, and ends with the digits", arguments: [(24, 80), (12, 40), (16, 60)])
    func scrolling(rows: Int, columns: Int) throws {
        var state = try state([1], rows: rows, columns: columns)
        try open(1, in: &state)
        let groups = try fingerprint(1).grouped.joined(separator: " ").split(separator: " ")
        #expect(groups.allSatisfy { group in lines(state).contains { $0.contains(group) } })
        var seen = Set(lines(state))
        for _ in 0..<60 {
            type(.up, into: &state)
            seen.formUnion(lines(state))
        }
        for _ in 0..<60 {
            type(.down, into: &state)
            seen.formUnion(lines(state))
        }
        let text = seen.joined(separator: "\n")
        for word in ["certificate", "not known", "never", "Anybody can write"] { #expect(text.contains(word), "\(word) in\n\(text)") }
    }

    @Test("hostile text reaches no screen raw") func hostile() throws {
        try inFolder { folder throws in
            var register = try HostileScene.lay(in: folder)
            try register.lookAtMany()
            let found = try WatchView(register, ListFilter.parse([]), warnings: [], refused: nil)
            #expect(!found.fingerprints.isEmpty && !found.decisions.isEmpty)
            for (rows, columns) in [(24, 80), (12, 40), (50, 200)] {
                var state = WatchState(size: .init(rows: rows, columns: columns), mayDecide: true)
                state.take(found)
                #expect(lines(state).allSatisfy { isPlain($0) && DisplayWidth.of($0) <= columns })
                for record in try register.records().values {
                    state.open(
                        OpenedCard(record: record, warnings: Warnings(register, of: [record]), readBack: ReadBack(record.fingerprint)))
                    #expect(lines(state).allSatisfy { isPlain($0) && DisplayWidth.of($0) <= columns })
                }
            }
        }
    }

    @Test("a text is wrapped between words, and inside one that is too long") func wrapping() {
        #expect(ScreenText.wrapped("one two three", to: 8) == ["one two", "three"])
        #expect(ScreenText.wrapped("abcdefghij", to: 4) == ["abcd", "efgh", "ij"])
        #expect(ScreenText.wrapped("日本語", to: 4) == ["日本", "語"])
        #expect(ScreenText.wrapped("one two three", to: 5, atMost: 2) == ["one", "two …"])
        #expect(ScreenText.wrapped("", to: 5) == [""])
    }

    @Test("the last decisions are those of history, the latest first, however long the ledger is") func latest() throws {
        var bytes: [UInt8] = []
        for number in 1...40 {
            let terms = Terms(label: "l\(number)")
            let subjects = [Decision.Subject(fingerprint: try fingerprint(number), before: .pending, after: .approved, terms: terms)]
            let decision = Decision(
                id: "\(number)", time: "2026-11-22T17:41:59Z", action: .approve, operator: Operator(login: "alice", uid: 0),
                reason: String(repeating: "r", count: 900), subjects: subjects)
            bytes += try #require(Ledger(bytes).line(for: LedgerEntry(decision)))
        }
        let books = try Books(LedgerBytes(bytes), checkpoint: nil)
        for count in [1, 5, 39, 40, 100] {
            let latest = try books.latest(count)
            #expect(latest.map(\.number) == Array((1...40).reversed().prefix(count)))
            #expect(latest.first?.entry.decision.subjects.first?.label == "l40")
        }
        let now = try #require(Timestamp(rfc3339: "2026-11-22T17:44:59Z"))
        let line = DecisionLine(7, try books.latest(1)[0].entry).text(now: now)
        #expect(line == "7  approve 0000000000000028 (l40) by alice, 3 min ago")
        #expect(try Books(LedgerBytes([]), checkpoint: nil).latest(5).isEmpty)
    }
}
