import EximControl
import Host
import Setup
import SystemPackage
import Trust

/// What setup shows before, and says afterwards.
struct SetupReport: SetupReporting {
    let json: Bool
    let settings: FilePath
    let removes: Bool

    func show(_ proposal: RelaySetup) { SetupDiff(proposal.transition).tell(notes: proposal.notes) }

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
    }

    private struct Document: Encodable {
        let version = 1
        let outcome: String
        let action = "setup"
        @Nullable var number: Int?
        @Nullable var trust: String?
        let files: [String]
        var diff: String?
        let notes: [String]
    }

    func planned(_ plan: TrustPlan, _ proposal: RelaySetup) {
        let diff = SetupDiff(proposal.transition)
        guard json else { return diff.write() }
        write(
            "dry-run", nil, plan.entry.effects.setup?.trust, proposal.transition, diff: String(decoding: diff.bytes, as: UTF8.self),
            notes: proposal.transition.notes)
    }

    func nothing(_ proposal: RelaySetup?) {
        let kind = removes ? nil : proposal?.answer.kind
        let notes = proposal.map { $0.notes + $0.transition.notes } ?? []
        if json { return write("done", nil, kind, nil, notes: ["nothing to do"] + notes) }
        Terminal.note(kind.map { "done: Exim trusts by \($0.rawValue) already" } ?? "done: setup has changed nothing here")
        for note in notes { Terminal.note("note: \(note)") }
    }

    func done(_ plan: TrustPlan, _ proposal: RelaySetup, notes: [String]) {
        let kind = plan.entry.effects.setup?.trust
        let transition = proposal.transition
        if json { return write("done", plan.entry.number, kind, transition, notes: notes + transition.notes) }
        Output.write(removes ? "done: setup is taken back\n" : "done: Exim trusts by \(kind?.rawValue ?? "")\n")
        for note in notes { Terminal.note("warning: \(note)") }
        let changesSettings = transition.steps.contains { FilePath($0.edit.path) == settings }
        if changesSettings { Terminal.note("hint: trustd must read its configuration again: systemctl restart trustd") }
        guard !removes else { return }
        Terminal.note("next: let a client try to send one message; then `trustctl list` shows it, and `trustctl approve` lets it relay")
        Terminal.note("`trustctl setup --remove` takes this back")
    }

    private func write(
        _ outcome: String, _ number: Int?, _ trust: WayOfTrust?, _ transition: SetupTransition?, diff: String? = nil, notes: [String]
    ) {
        let files = transition?.steps.map(\.edit.path) ?? []
        Output.write(
            JSON.text(Document(outcome: outcome, number: number, trust: trust?.rawValue, files: files, diff: diff, notes: notes)))
    }
}
