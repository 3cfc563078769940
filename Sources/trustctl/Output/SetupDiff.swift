import Glibc
import Setup
import Trust
import TrustCore

/// Every file that a setup changes, with what it is for and its diff; a key is not shown.
struct SetupDiff {
    let transition: SetupTransition

    init(_ transition: SetupTransition) { self.transition = transition }

    var bytes: [UInt8] { transition.steps.flatMap(Self.diff) }

    /// What is shown before the question, on standard error.
    func tell(notes: [String] = []) {
        if let columns = Style(for: STDERR_FILENO).columns, let summary = summary(columns) { Output.tell(summary + "\n") }
        for step in transition.steps {
            Output.tell("\(step.edit.path): \(step.purpose)\n")
            Output.tell(Self.safe(Self.diff(step)) + "\n")
        }
        for note in notes + transition.notes { Terminal.note("note: \(note)") }
    }

    /// What a dry run shows.
    var parts: [Answer.Part] {
        transition.steps.map { .note("\($0.edit.path): \($0.purpose)") } + [.bytes(bytes)]
            + transition.notes.map { .note("note: \($0)") }
            + [.note("dry run: nothing has changed, and Exim has not read the new files")]
    }

    /// Which files change, before a diff of which a terminal shows only the end; nil for a short one.
    func summary(_ columns: Int) -> String? {
        guard DiffSummary(bytes).isLong else { return nil }
        let rows = transition.steps.map { step -> [TableLayout.Cell] in
            let edit = step.edit
            let what = edit.before == nil ? "make" : edit.after == nil ? "remove" : "change"
            let summary = DiffSummary(Self.diff(step))
            let lines = step.isSecret ? "" : "+\(summary.added) -\(summary.removed)"
            return [what, lines, edit.path, step.purpose].map { .init(text: Printable($0).description) }
        }
        let titles = [("", 6), ("LINES", 5), ("FILE", 30), ("WHAT IT IS FOR", 14)]
        let natural = titles.indices.map { place in rows.reduce(0) { max($0, DisplayWidth.of($1[place].text)) } }
        let layout = TableLayout(titles.map { .init(title: $0.0, minimum: $0.1) }, natural: natural, width: columns)
        return layout.head + rows.map { layout.row($0, Style(columns: columns)) }.joined()
    }

    private static func diff(_ step: SetupTransition.Step) -> [UInt8] {
        if step.isSecret { return Array("    (a private key: not shown)\n".utf8) }
        let edit = step.edit
        return UnifiedDiff.bytes(between: edit.before.map { Array($0) }, edit.incoming, path: edit.path)
    }

    /// For a terminal: nothing in somebody's file can move the cursor. A backslash alone moves nothing, and stays as it is.
    private static func safe(_ bytes: [UInt8]) -> String {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            let text = String(decoding: line, as: UTF8.self)
            let plain = text.replacing("\\", with: "")
            return Printable(plain, limit: 10_000).description == plain ? text : Printable(text, limit: 10_000).description
        }.joined(separator: "\n")
    }
}
