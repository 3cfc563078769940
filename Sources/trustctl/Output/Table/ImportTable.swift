import Certificates
import Trust
import TrustCore

/// What an import would decide, a line for each certificate.
struct ImportTable {
    private let rows: [[String]]

    init(_ subjects: [(Decision.Subject, Record)]) {
        rows = subjects.map { subject, record in
            [
                String(subject.fingerprint.description.prefix(16)), subject.after == .denied ? "deny" : "approve",
                subject.label.map { Printable($0, limit: 64).description } ?? "", subject.terms.until?.day ?? "",
                record.shownTitle ?? "(not known)",
            ]
        }
    }

    func text(_ style: Style) -> String {
        let all: [TableLayout.Column] = [
            .init(title: "FINGERPRINT", minimum: 16), .init(title: "DECISION", minimum: 8), .init(title: "LABEL", minimum: 10),
            .init(title: "UNTIL", minimum: 10), .init(title: "SUBJECT", minimum: 12),
        ]
        let kept = all.indices.filter { place in rows.contains { !$0[place].isEmpty } }
        let natural = kept.map { place in rows.reduce(0) { max($0, DisplayWidth.of($1[place])) } }
        let layout = TableLayout(kept.map { all[$0] }, natural: natural, width: style.columns ?? 80)
        return rows.reduce(into: layout.head) { text, row in
            text += layout.row(
                kept.map { TableLayout.Cell(text: row[$0].clipped(to: TableLayout.mostColumns), emphasis: $0 == 0 ? .strong : .none) },
                style)
        }
    }
}
