import EximControl
import Host
import Trust
import TrustCore

/// What a change says when it is over, or would be.
struct Report {
    let json: Bool

    private struct Document: Encodable {
        let version = 1
        let outcome = "done"
        let action: Decision.Action
        @Nullable var number: Int?
        let fingerprints: [Fingerprint]
        let notes: [String]
    }

    func done(_ plan: TrustPlan, notes: [String]) {
        let decision = plan.decision
        if json {
            let document = Document(
                action: decision.action, number: plan.entry.number, fingerprints: plan.fingerprints, notes: notes)
            return Output.write(JSON.text(document))
        }
        for subject in decision.subjects {
            let label = subject.label.map { " (\(Printable($0, limit: 64)))" } ?? ""
            Output.write("done: \(decision.action.rawValue) \(subject.fingerprint)\(label)\n")
        }
        for note in notes { Terminal.note("warning: \(note)") }
        if decision.action != .forget, decision.action != .undo { Terminal.say("`trustctl undo \(plan.entry.number)` takes it back") }
    }

    /// A command that is repeated is no error.
    func nothing(_ action: Decision.Action, notes: [String] = []) {
        if json {
            return Output.write(
                JSON.text(Document(action: action, number: nil, fingerprints: [], notes: ["nothing to do"] + notes)))
        }
        Terminal.note("done: nothing to \(action.rawValue), it is so already")
        for note in notes { Terminal.note("warning: \(note)") }
    }

    /// `{"version":1,"outcome":"dry-run",…,"diff":"…"}`
    private struct PlanDocument: Encodable {
        let version = 1
        let outcome = "dry-run"
        let action: Decision.Action
        let fingerprints: [Fingerprint]
        let deny: [Fingerprint]
        let allow: [Fingerprint]
        let diff: String
    }

    /// A dry run.
    func planned(_ plan: TrustPlan, _ register: Register) {
        Confirmation.warn(of: plan, register)
        let diff = plan.list.map { UnifiedDiff.bytes(between: register.list.bytes, Array($0.after), path: $0.path) } ?? []
        if json {
            return Output.write(
                JSON.text(
                    PlanDocument(
                        action: plan.decision.action, fingerprints: plan.fingerprints, deny: plan.deny, allow: plan.allow,
                        diff: String(decoding: diff, as: UTF8.self))))
        }
        Output.write(diff)
        for item in plan.directory?.install ?? [] { Terminal.note("would install \(item.name) in \(plan.directory?.path ?? "")") }
        for item in plan.directory?.remove ?? [] { Terminal.note("would remove \(item.name) from \(plan.directory?.path ?? "")") }
        for fingerprint in plan.deny { Terminal.note("would deny \(fingerprint)") }
        for fingerprint in plan.allow { Terminal.note("would take back the denial of \(fingerprint)") }
        Terminal.note("dry run: nothing has changed, and Exim has not been asked")
    }
}
