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
