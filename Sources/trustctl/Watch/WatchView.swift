import EximControl
import Host
import Trust
import TrustCore

/// What one look has found, for the screen: rows are made when they are shown, for thousands may wait.
struct WatchView {
    /// Those that wait, in the order of the table.
    var fingerprints: [Fingerprint] = []
    /// `3 pending; 41 approved`
    var headline = ""
    /// What `trustctl list` would tell before its table, the worst first.
    var warnings: [String] = []
    /// The last decisions, the latest first.
    var decisions: [DecisionLine] = []
    /// What the columns need.
    var measure = ListTable(wanted: .pending, now: .now).measured([], isWhole: true)
    /// The row of one of them, at this moment.
    var cells: (Fingerprint, Timestamp) -> [TableLayout.Cell] = { _, _ in [] }
    /// What one is that does not wait any more; nil for one that waits.
    var standing: (Fingerprint) -> String? = { _ in nil }

    /// As many rows say how wide the columns are.
    static let measured = 500
    /// As many decisions are shown at most.
    static let mostDecisions = 5
}

extension WatchView {
    /// `warnings`: what the layers below have told while `register` was read.
    init(_ register: Register, _ filter: ListFilter, warnings: [String], refused: UInt64?) throws(Failure) {
        let view = ListView(register: register, wanted: .pending, filter: filter)
        fingerprints = view.fingerprints(newestFirst: true)
        headline =
            Headline(
                pending: register.count(.pending), approved: register.count(.approved), refused: refused,
                matching: filter.isNarrow ? fingerprints.count : nil
            ).text
        self.warnings = warnings.filter { $0.contains("STILL TRUSTED") } + warnings.filter { !$0.contains("STILL TRUSTED") }
        do throws(SystemError) {
            decisions = try register.books.latest(Self.mostDecisions).map { DecisionLine($0.number, $0.entry) }
        } catch { throw Failure(error) }
        let isOfFleet = register.fleet != nil
        cells = { fingerprint, now in
            ListTable(wanted: .pending, now: now, isOfFleet: isOfFleet).cells(view.record(fingerprint)) { view.words(for: $0) }
        }
        standing = { fingerprint in
            let record = register[fingerprint]
            guard record.state != .pending else { return nil }
            guard let last = record.last else { return record.state == .none ? "it is not in the queue any more" : record.stateName }
            return "it was \(last.past)"
        }
        let first = fingerprints.prefix(Self.measured).map { cells($0, view.now) }
        measure = ListTable(wanted: .pending, now: view.now, isOfFleet: isOfFleet).measured(
            first, isWhole: first.count == fingerprints.count)
    }
}
