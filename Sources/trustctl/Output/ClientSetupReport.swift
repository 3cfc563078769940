import Certificates
import Client
import Host
import Setup
import SystemPackage
import Trust

/// What `client setup` shows before, and says afterwards.
struct ClientSetupReport: SetupReporting {
    func nothing(_ proposal: ClientMailSetup?) -> Answer {
        let notes = proposal.map { $0.transition.notes + ["nothing to do"] } ?? []
        return answer(done: "client setup has changed nothing here", proposal?.snippets, notes: notes)
    }

    func dryRun(_ plan: TrustPlan, _ proposal: ClientMailSetup) -> Answer {
        var document = ClientDocument()
        document.detail = "dry-run"
        document.files = proposal.transition.steps.map(\.edit.path)
        document.warnings = proposal.transition.notes
        return Answer(document, SetupDiff(proposal.transition).parts)
    }

    func done(_ plan: TrustPlan, _ proposal: ClientMailSetup, notes: [String]) -> Answer {
        var answer = answer(
            done: "client setup is undone", proposal.snippets, proposal.transition.steps, notes: notes + proposal.transition.notes)
        if let relay = proposal.snippets?.relay {
            answer.parts += [.note("next: trustctl client check \(relay)"), .note("to undo this: trustctl client setup --remove")]
        }
        return answer
    }

    private func answer(
        done words: String, _ snippets: ClientSnippets?, _ steps: [SetupTransition.Step] = [], notes: [String]
    ) -> Answer {
        var document = ClientDocument(relay: snippets?.relay.description)
        document.pinnedFingerprint = snippets?.pinned.fingerprint
        document.files = steps.map(\.edit.path)
        document.warnings = notes
        let what = snippets.map { "mail goes to \($0.relay), and to nobody who takes its place" } ?? words
        return Answer(document, [.text("done: \(what)\n")] + notes.map { .note("note: \($0)") })
    }
}
