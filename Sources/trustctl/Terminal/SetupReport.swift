import SystemPackage
import TrustCore

/// What setup shows before, and says afterwards.
struct SetupReport {
    let json: Bool
    let settings: FilePath

    /// Every file with what it is for, and its diff; a key is not shown.
    func show(_ transition: SetupTransition, notes: [String]) {
        for step in transition.steps {
            Output.tell("\(step.edit.path): \(step.purpose)\n")
            Output.tell(Self.safe(Self.diff(step)) + "\n")
        }
        for note in notes + transition.notes { Progress.note("note: \(note)") }
    }

    /// What to put where, word by word.
    func byHand(_ instructions: String) {
        guard json else { return Output.write(instructions) }
        Output.write(JSON.text(Instructions(instructions: instructions)))
    }

    private struct Instructions: Encodable {
        let version = 1
        let outcome = "by-hand"
        let action = "setup"
        let instructions: String

        enum CodingKeys: CodingKey {
            case version, outcome, action, instructions
        }
    }

    private static func diff(_ step: SetupTransition.Step) -> [UInt8] {
        if step.isSecret { return Array("    (a private key: not shown)\n".utf8) }
        let edit = step.edit
        return UnifiedDiff.bytes(between: edit.before.map { Array($0) }, edit.incoming, path: edit.path)
    }

    /// For a terminal: whatever stands in somebody's file cannot move the cursor. A backslash alone moves nothing, and stays one.
    private static func safe(_ bytes: [UInt8]) -> String {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            let text = String(decoding: line, as: UTF8.self)
            let plain = text.replacing("\\", with: "")
            return Printable(plain, limit: 10_000).description == plain ? text : Printable(text, limit: 10_000).description
        }.joined(separator: "\n")
    }

    private struct Document: Encodable {
        let version = 1
        let outcome: String
        let action = "setup"
        let number: Int?
        let trust: String?
        let files: [String]
        var diff: String?
        let notes: [String]

        enum CodingKeys: CodingKey {
            case version, outcome, action, number, trust, files, diff, notes
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(version, forKey: .version)
            try fields.encode(outcome, forKey: .outcome)
            try fields.encode(action, forKey: .action)
            // What is absent is null.
            try fields.encode(number, forKey: .number)
            try fields.encode(trust, forKey: .trust)
            try fields.encode(files, forKey: .files)
            try fields.encodeIfPresent(diff, forKey: .diff)
            try fields.encode(notes, forKey: .notes)
        }
    }

    func planned(_ plan: TrustPlan, _ transition: SetupTransition) {
        let diff = transition.steps.flatMap(Self.diff)
        if json {
            return Output.write(
                JSON.text(
                    Document(
                        outcome: "dry-run", number: nil, trust: plan.decision.setup?.trust?.rawValue,
                        files: transition.steps.map(\.edit.path), diff: String(decoding: diff, as: UTF8.self), notes: transition.notes)))
        }
        for step in transition.steps { Progress.note("\(step.edit.path): \(step.purpose)") }
        Output.write(diff)
        for note in transition.notes { Progress.note("note: \(note)") }
        Progress.note("dry run: nothing has changed, and Exim has not read the new files")
    }

    func nothing(_ removes: Bool, _ kind: TrustKind, _ notes: [String]) {
        if json {
            return Output.write(
                JSON.text(
                    Document(
                        outcome: "done", number: nil, trust: removes ? nil : kind.rawValue, files: [], notes: ["nothing to do"] + notes)))
        }
        Progress.note(removes ? "done: setup has changed nothing here" : "done: Exim trusts by \(kind.rawValue) already")
        for note in notes { Progress.note("note: \(note)") }
    }

    func done(_ plan: TrustPlan, removes: Bool, transition: SetupTransition, notes: [String]) {
        let kind = plan.decision.setup?.trust
        if json {
            return Output.write(
                JSON.text(
                    Document(
                        outcome: "done", number: plan.decision.number, trust: kind?.rawValue, files: transition.steps.map(\.edit.path),
                        notes: notes)))
        }
        Output.write(removes ? "done: setup is taken back\n" : "done: Exim trusts by \(kind?.rawValue ?? "")\n")
        for note in notes where !transition.notes.contains(note) { Progress.note("warning: \(note)") }
        let changesSettings = transition.steps.contains { FilePath($0.edit.path) == settings }
        if changesSettings { Progress.note("hint: trustd must read its configuration again: systemctl restart trustd") }
        guard !removes else { return }
        Progress.note("next: let a client try to send one message; then `trustctl list` shows it, and `trustctl approve` lets it relay")
        Progress.note("`trustctl setup --remove` takes this back")
    }
}
