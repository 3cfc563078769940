import TrustCore

/// What a change says when it is over.
struct Report {
    let json: Bool

    private struct Document: Encodable {
        let version = 1
        let outcome: String
        let action: String
        let number: Int?
        let fingerprints: [String]
        let notes: [String]

        enum CodingKeys: CodingKey {
            case version, outcome, action, number, fingerprints, notes
        }

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(version, forKey: .version)
            try fields.encode(outcome, forKey: .outcome)
            try fields.encode(action, forKey: .action)
            // What is absent is null.
            try fields.encode(number, forKey: .number)
            try fields.encode(fingerprints, forKey: .fingerprints)
            try fields.encode(notes, forKey: .notes)
        }
    }

    func done(_ plan: TrustPlan, notes: [String]) {
        let decision = plan.decision
        if json {
            let document = Document(
                outcome: "done", action: decision.action.rawValue, number: decision.number,
                fingerprints: decision.subjects.map(\.fingerprint),
                notes: notes)
            Output.write(JSON.text(document))
            return
        }
        for subject in decision.subjects {
            let label = subject.label.map { " (\(Printable($0, limit: 64)))" } ?? ""
            Output.write("done: \(decision.action.rawValue) \(subject.fingerprint)\(label)\n")
        }
        for note in notes { Progress.note("warning: \(note)") }
        if decision.action != .forget, decision.action != .undo { Progress.say("`trustctl undo \(decision.number)` takes it back") }
    }

    /// Repeating a command is no error.
    func nothing(_ action: Decision.Action, notes: [String] = []) {
        if json {
            Output.write(
                JSON.text(
                    Document(outcome: "done", action: action.rawValue, number: nil, fingerprints: [], notes: ["nothing to do"] + notes)))
        } else {
            Progress.note("done: nothing to \(action.rawValue), it is so already")
            for note in notes { Progress.note("warning: \(note)") }
        }
    }
}
