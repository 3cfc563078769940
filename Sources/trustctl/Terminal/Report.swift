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

    /// `{"version":1,"outcome":"dry-run","diff":"…",…}`
    private struct DryRunDocument: Encodable {
        let version = 1
        let outcome = "dry-run"
        let action: String
        let fingerprints: [String]
        /// Empty when the trust list stays as it is.
        let diff: String
        let deny: [String]
        let allow: [String]

        enum CodingKeys: String, CodingKey {
            case version, outcome, action, fingerprints, diff, deny
            case allow = "take_back_denial"
        }
    }

    /// What `plan` would change; `list` is the list file as it is.
    func dryRun(_ plan: TrustPlan, list: [UInt8]?) {
        let diff = plan.list.map { UnifiedDiff.between(list, Array($0.after), path: $0.path) } ?? ""
        if json {
            let document = DryRunDocument(
                action: plan.decision.action.rawValue, fingerprints: plan.decision.subjects.map(\.fingerprint), diff: diff,
                deny: plan.deny, allow: plan.allow)
            Output.write(JSON.text(document))
        } else {
            Output.write(diff)
        }
        for name in plan.deny { Progress.note("would deny \(name)") }
        for name in plan.allow { Progress.note("would take back the denial of \(name)") }
        Progress.note("dry run: nothing has changed, and Exim has not been asked")
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
    func nothing(_ action: Decision.Action) {
        if json {
            Output.write(
                JSON.text(Document(outcome: "done", action: action.rawValue, number: nil, fingerprints: [], notes: ["nothing to do"])))
        } else {
            Progress.note("done: nothing to \(action.rawValue), it is so already")
        }
    }
}
