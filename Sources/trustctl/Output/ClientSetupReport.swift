import Certificates
import Client
import Host
import Setup
import SystemPackage
import Trust

/// What `client setup` shows before, and says afterwards.
struct ClientSetupReport: SetupReporting {
    let json: Bool

    func nothing(_ proposal: ClientMailSetup?) {
        tell(nil, proposal?.snippets, [], notes: proposal.map { $0.transition.notes + ["nothing to do"] } ?? [])
    }

    func show(_ proposal: ClientMailSetup) { SetupDiff(proposal.transition).tell() }

    func planned(_ plan: TrustPlan, _ proposal: ClientMailSetup) {
        if json {
            var document = ClientDocument()
            document.detail = "dry-run"
            document.files = proposal.transition.steps.map(\.edit.path)
            document.warnings = proposal.transition.notes
            return Output.write(JSON.text(document))
        }
        SetupDiff(proposal.transition).write()
    }

    func done(_ plan: TrustPlan, _ proposal: ClientMailSetup, notes: [String]) {
        tell(plan, proposal.snippets, proposal.transition.steps, notes: notes + proposal.transition.notes)
    }

    private func tell(_ plan: TrustPlan?, _ snippets: ClientSnippets?, _ steps: [SetupTransition.Step], notes: [String]) {
        if json {
            var document = ClientDocument()
            document.relay = snippets?.relay.description
            document.pinnedFingerprint = snippets?.pinned.fingerprint
            document.files = steps.map(\.edit.path)
            document.warnings = notes
            return Output.write(JSON.text(document))
        }
        let takenBack = plan == nil ? "client setup has changed nothing here" : "client setup is taken back"
        let what = snippets.map { "mail goes to \($0.relay), and to nobody else who takes its place" } ?? takenBack
        Output.write("done: \(what)\n")
        for note in notes { Terminal.note("note: \(note)") }
        guard let snippets, plan != nil else { return }
        Terminal.note("next: trustctl client check \(snippets.relay)")
        Terminal.note("`trustctl client setup --remove` takes this back")
    }
}
