import Certificates
import EximControl
import Trust
import TrustCore

/// `trustctl list` on a terminal: a line for each record.
///
/// The attack: a subject in letters that are written from right to left. A terminal that orders them would show what stands behind them in the
/// line before them. So the stranger's text stands last, and nothing follows it.
struct ListTable {
    let wanted: Listing.Wanted
    let now: Timestamp
    /// On a console of a fleet: with the relays that have seen each.
    var isOfFleet = false

    /// As many rows are measured before the first is printed: a list may hold a hundred thousand.
    static let measured = 2_000

    fileprivate enum Field {
        case fingerprint, state, label, seen, last, from, decided, by, letIn, until, warnings, reason, subject, relays
    }

    private var fields: [Field] {
        switch wanted {
        case .pending: [.fingerprint, .seen, .last, .from] + (isOfFleet ? [.relays] : []) + [.letIn, .warnings, .subject]
        case .approved: [.fingerprint, .label, .decided, .by, .letIn, .until, .warnings, .subject]
        case .denied: [.fingerprint, .decided, .by, .reason, .subject]
        case .revoked: [.fingerprint, .label, .decided, .by, .reason, .subject]
        case .all: [.fingerprint, .state, .label, .last, .from, .letIn, .warnings, .subject]
        }
    }

    /// Prints every record when it is its turn; `warnings` gives a record's in short words.
    func print(
        _ records: some Sequence<Record>, _ warnings: (Record) -> [String], _ style: Style, _ out: (String) -> Void
    ) {
        var records = records.makeIterator()
        var first: [[TableLayout.Cell]] = []
        while first.count < Self.measured, let record = records.next() { first.append(cells(record, warnings)) }
        let next = records.next()
        let sheet = measured(first, isWhole: next == nil).sheet(style.columns ?? 80)
        out(sheet.layout.head)
        for row in first { out(sheet.row(row, style)) }
        var following = next
        while let record = following {
            out(sheet.row(cells(record, warnings), style))
            following = records.next()
        }
    }

    /// The columns that these rows need. `isWhole`: there are no others. Of a list that was not measured whole no column is left out: a
    /// warning may come later.
    func measured(_ rows: [[TableLayout.Cell]], isWhole: Bool) -> Measure {
        let kept = fields.indices.filter { place in
            !isWhole || fields[place].isNeeded || rows.contains { !$0[place].text.isEmpty }
        }
        return Measure(
            columns: kept.map { place in
                let column = column(fields[place])
                // A number that comes later is not cut.
                let least = column.isNumber && !isWhole ? Self.mostSightings.count : 0
                let natural = rows.reduce(least) { max($0, DisplayWidth.of($1[place].text)) }
                return .init(place: place, layout: column, natural: natural, isSpare: fields[place].isSpare)
            })
    }

    /// What a table needs, for any width.
    struct Measure {
        fileprivate struct Column {
            let place: Int
            let layout: TableLayout.Column
            let natural: Int
            let isSpare: Bool
        }

        fileprivate let columns: [Column]

        /// `isSparing`: without what a small screen can do without.
        func sheet(_ width: Int, isSparing: Bool = false) -> Sheet {
            let columns = columns.filter { !isSparing || !$0.isSpare }
            return Sheet(
                places: columns.map(\.place), layout: TableLayout(columns.map(\.layout), natural: columns.map(\.natural), width: width))
        }
    }

    /// A table for one width.
    struct Sheet {
        fileprivate let places: [Int]
        let layout: TableLayout

        func row(_ cells: [TableLayout.Cell], _ style: Style) -> String { layout.row(places.map { cells[$0] }, style) }
    }

    private func column(_ field: Field) -> TableLayout.Column {
        switch field {
        case .fingerprint: .init(title: "FINGERPRINT", minimum: 16)
        case .state: .init(title: "STATE", minimum: 8)
        case .label: .init(title: "LABEL", minimum: 10)
        case .seen: .init(title: "SEEN", minimum: 4, isNumber: true)
        case .last: .init(title: "LAST", minimum: 10, isSteady: true)
        case .from: .init(title: "FROM", minimum: 15)
        case .relays: .init(title: "SEEN BY", minimum: 7)
        case .decided: .init(title: wanted.rawValue.uppercased(), minimum: 10, isSteady: true)
        case .by: .init(title: "BY", minimum: 4)
        case .letIn: .init(title: "LET IN BY", minimum: 9)
        case .until: .init(title: "UNTIL", minimum: 10, isSteady: true)
        case .warnings: .init(title: "WARNINGS", minimum: 8)
        case .reason: .init(title: "REASON", minimum: 6)
        case .subject: .init(title: "SUBJECT", minimum: 12)
        }
    }

    /// No cell is longer than any table is wide.
    func cells(_ record: Record, _ warnings: (Record) -> [String]) -> [TableLayout.Cell] {
        let facts = record.seen
        return fields.map { field in
            let cell = cell(field, record, facts, warnings)
            return TableLayout.Cell(text: cell.text.clipped(to: TableLayout.mostColumns), emphasis: cell.emphasis)
        }
    }

    private func cell(
        _ field: Field, _ record: Record, _ facts: Evidence, _ warnings: (Record) -> [String]
    ) -> TableLayout.Cell {
        switch field {
        case .fingerprint: .init(text: String(record.fingerprint.description.prefix(16)), emphasis: .strong)
        case .state: .init(text: record.stateName)
        case .label: .init(text: short(record.label))
        case .seen: .init(text: facts.sightings.map { $0 > 99_999 ? Self.mostSightings : "\($0)" } ?? "")
        case .last: .init(text: facts.lastSeen.map { Ago.text($0, now: now) } ?? "")
        case .from: .init(text: Self.from(facts))
        case .relays: .init(text: Self.relays(record.relays ?? []))
        case .decided: .init(text: decided(record))
        case .by: .init(text: by(record))
        case .letIn: .init(text: record.waysIn?.word ?? "")
        case .until: .init(text: record.terms.until?.day ?? "")
        case .warnings: .init(text: warnings(record).joined(separator: ", "), emphasis: .warning)
        case .reason: .init(text: short(record.last?.reason))
        case .subject: .init(text: record.shownTitle ?? "(not known)")
        }
    }

    private static let mostSightings = "99999+"

    private func short(_ text: String?) -> String { text.map { Printable($0, limit: TableLayout.mostColumns).description } ?? "" }

    /// The latest address; one that only a neighbouring line of the log gives has a question mark.
    private static func from(_ facts: Evidence) -> String {
        if let address = facts.addresses.last {
            return Printable(address).description + (facts.addresses.count > 1 ? " +\(facts.addresses.count - 1)" : "")
        }
        if let observed = facts.observed?.address { return "\(Printable(observed))?" }
        return facts.observed?.oneOf.map { "one of \($0.count)?" } ?? ""
    }

    /// The relay that saw it last.
    private static func relays(_ seen: [RelaySighting]) -> String {
        guard let first = seen.first else { return "" }
        return Printable(first.relay, limit: 64).description + (seen.count > 1 ? " +\(seen.count - 1)" : "")
    }

    private func decided(_ record: Record) -> String {
        if let decided = record.decided ?? (record.isRevoked ? record.last : nil) { return Ago.text(decided.time, now: now) }
        return record.item?.note?.day ?? "by hand"
    }

    private func by(_ record: Record) -> String {
        short(record.decided?.by ?? (record.isRevoked ? record.last?.by : nil) ?? record.item?.note?.by)
    }
}

extension ListTable.Field {
    /// Whether a table without it would be no table.
    fileprivate var isNeeded: Bool { self == .fingerprint || self == .subject || self == .last || self == .decided }
    fileprivate var isSpare: Bool { self == .seen || self == .from }
}
