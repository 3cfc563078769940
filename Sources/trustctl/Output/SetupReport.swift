import Certificates
import EximControl
import Host
import Setup
import SystemPackage
import Trust
import TrustCore

/// What setup shows before, and says afterwards.
struct SetupReport: SetupReporting {
    let settings: FilePath
    let removes: Bool
    /// Whether somebody is to be told by mail from now on.
    var tells = false
    /// Asks the running Exim for its certificate; nil where nobody should.
    var own: (() throws(Failure) -> OwnCertificate)?

    private struct Document: Encodable {
        let version = 1
        let outcome: String
        let action = "setup"
        @Nullable var number: Int?
        @Nullable var trust: WayOfTrust?
        let files: [String]
        var diff: String?
        let notes: [String]
        /// Of the certificate that clients pin, when setup is done and exim runs.
        var relayFingerprint: Fingerprint?

        init(
            _ outcome: String, number: Int? = nil, _ trust: WayOfTrust?, _ transition: SetupTransition? = nil, diff: [UInt8]? = nil,
            notes: [String]
        ) {
            self.outcome = outcome
            self.number = number
            self.trust = trust
            files = transition?.steps.map(\.edit.path) ?? []
            self.diff = diff.map { String(decoding: $0, as: UTF8.self) }
            self.notes = notes
        }
    }

    /// What clients are to pin. That it cannot be asked does not make the setup undone.
    private var ownParts: (OwnCertificate?, [Answer.Part]) {
        guard let own else { return (nil, []) }
        do throws(Failure) {
            let found = try own()
            return (found, OwnReport(own: found).parts)
        } catch {
            return (nil, [.note("note: \(error.reason); when it runs, `trustctl show --own` prints the certificate that clients pin")])
        }
    }

    func nothing(_ proposal: RelaySetup?) -> Answer {
        let way = removes ? nil : proposal?.way
        let notes = proposal.map { $0.notes + $0.transition.notes } ?? []
        let what = way.map { "Exim trusts by \($0.rawValue) already" } ?? "setup has changed nothing here"
        return Answer(
            Document("done", way, notes: ["nothing to do"] + notes), [.note("done: \(what)")] + notes.map { .note("note: \($0)") })
    }

    func dryRun(_ plan: TrustPlan, _ proposal: RelaySetup) -> Answer {
        let diff = SetupDiff(proposal.transition)
        return Answer(
            Document(
                "dry-run", plan.entry.effects.setup?.trust, proposal.transition, diff: diff.bytes, notes: proposal.transition.notes),
            diff.parts)
    }

    func done(_ plan: TrustPlan, _ proposal: RelaySetup, notes: [String]) -> Answer {
        let way = plan.entry.effects.setup?.trust
        let transition = proposal.transition
        var document = Document("done", number: plan.entry.number, way, transition, notes: notes + transition.notes)
        let (own, more) = ownParts
        document.relayFingerprint = own?.certificate.fingerprint
        var answer = Answer(
            document,
            [.text(removes ? "done: the setup is undone\n" : "done: Exim trusts by \(way?.rawValue ?? "")\n")]
                + notes.map { .note("warning: \($0)") })
        if transition.steps.contains(where: { FilePath($0.edit.path) == settings }) {
            answer.parts.append(.note("hint: trustd must read its configuration again: systemctl restart trustd"))
        }
        answer.parts += more
        if !removes, tells { answer.parts.append(.note("hint: the mail begins with: systemctl enable --now trustctl-notify.timer")) }
        if !removes {
            answer.parts += [
                .note("next: have a client try to send one message; then `trustctl list` shows it, and `trustctl approve` lets it relay"),
                .note("to undo this: trustctl setup --remove"),
            ]
        }
        return answer
    }
}

/// What an operator is to put where, word for word.
struct Instructions: Encodable {
    let version = 1
    let outcome = "by-hand"
    let action = "setup"
    let instructions: String

    var answer: Answer { Answer(self, [.text(instructions)]) }
}
