import EximControl
import Glibc
import Host
import Trust
import TrustCore

/// What a change says when it is over, or would be.
enum Report {
    private struct Document: Encodable {
        let version = 1
        let outcome = "done"
        let action: Decision.Action
        @Nullable var number: Int?
        let fingerprints: [Fingerprint]
        let notes: [String]
        /// Only there for a signed decision of a fleet whose relays were waited for.
        var fleet: SpreadReport.Document?
    }

    /// `told` are notes that the operator has seen before he agreed.
    static func done(
        _ plan: TrustPlan, notes: [String], told: [String] = [], isLocal: Bool = false, spread: SpreadReport.Document? = nil,
        style: Style = Style(for: STDOUT_FILENO)
    ) -> Answer {
        let (decision, number) = (plan.decision, plan.entry.number)
        let document = Document(
            action: decision.action, number: number, fingerprints: plan.fingerprints, notes: told + notes, fleet: spread)
        var answer = Answer(document)
        if style.columns != nil, decision.subjects.count > mostLines {
            answer.parts.append(
                .text("done: \(decision.action.rawValue) \(decision.subjects.count) certificates (decision \(number))\n"))
        }
        for subject in decision.subjects where style.columns == nil || decision.subjects.count <= mostLines {
            answer.parts.append(.text("done: \(done(decision.action, subject))\n"))
        }
        if decision.subjects.isEmpty {
            answer.parts += (plan.keys?.deny ?? []).map { .text("done: bar the key \($0)\n") }
            answer.parts += (plan.keys?.allow ?? []).map { .text("done: bar the key \($0) no longer\n") }
        }
        answer.parts += notes.map { .note("warning: \($0)") }
        if ![.forget, .undo, .fleet].contains(decision.action) {
            answer.parts.append(.tip("to take this back: trustctl undo \(isLocal ? "L" : "")\(number)"))
        }
        return answer
    }

    private static func done(_ action: Decision.Action, _ subject: Decision.Subject) -> String {
        let name = "\(subject.fingerprint)\(Printable.behind(subject.label))"
        if action == .approve, subject.losesTrust { return "revoke \(name), replaced" }
        if action == .fleet {
            let verb = subject.after == .approved ? "approve" : subject.after == .denied ? "deny" : "revoke"
            return "\(verb) \(name)\(subject.after == .approved ? subject.terms.until.map { ", until \($0)" } ?? "" : "")"
        }
        if action == .import { return "\(subject.after == .denied ? "deny" : "approve") \(name)" }
        let until = action == .approve ? subject.terms.until.map { ", until \($0)" } : nil
        return "\(action.rawValue) \(name)\(until ?? "")"
    }

    /// What was signed for a fleet, and changes nothing on this host.
    static func signed(
        _ action: Decision.Action, _ fingerprints: [Fingerprint], notes: [String], parts: [Answer.Part], _ spread: SpreadReport.Document?
    ) -> Answer {
        Answer(Document(action: action, number: nil, fingerprints: fingerprints, notes: notes, fleet: spread), parts)
    }

    /// Of more certificates a terminal gets one line; `trustctl history` has them all.
    private static let mostLines = 10

    /// Repeating a command is not an error.
    static func nothing(_ action: Decision.Action, notes: [String] = [], spread: SpreadReport.Document? = nil) -> Answer {
        let document = Document(action: action, number: nil, fingerprints: [], notes: ["nothing to do"] + notes, fleet: spread)
        return Answer(document, [.note("done: nothing to do: \(already(action))")] + notes.map { .note("warning: \($0)") })
    }

    private static func already(_ action: Decision.Action) -> String {
        switch action {
        case .approve: "already approved"
        case .deny: "already denied"
        case .revoke: "not approved"
        case .forget: "not in the queue"
        case .expire: "no approval has ended, and no approved certificate has expired more than a day ago"
        case .fleet: "the list is what the fleet has decided"
        case .import: "what it holds is known here already, or stays out"
        case .undo: "already undone"
        case .setup, .mend, .sign, .invite, .cancel, .close: "nothing has changed"
        }
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

    static func dryRun(_ plan: TrustPlan, _ register: Register) -> Answer {
        let diff = plan.list.map { UnifiedDiff.bytes(between: register.list.bytes, $0.after.bytes ?? [], path: $0.path) } ?? []
        let document = PlanDocument(
            action: plan.decision.action, fingerprints: plan.fingerprints, deny: plan.deny, allow: plan.allow,
            diff: String(decoding: diff, as: UTF8.self))
        var answer = Answer(document, (DiffSummary(diff).line.map { [.tip($0)] } ?? []) + [.bytes(diff)])
        if let approved = plan.approved {
            answer.parts += approved.add.map { .note("would make \($0) in \(approved.path)") }
            answer.parts += approved.remove.map { .note("would remove \($0) from \(approved.path)") }
        }
        if let directory = plan.directory {
            answer.parts += directory.written.map { .note("would install \($0.name) in \(directory.path)") }
            answer.parts += directory.remove.map { .note("would remove \($0.name) from \(directory.path)") }
        }
        answer.parts += plan.deny.map { .note("would deny \($0)") }
        answer.parts += plan.allow.map { .note("would remove the denial of \($0)") }
        answer.parts += (plan.keys?.deny ?? []).map { .note("would deny the key \($0)") }
        answer.parts += (plan.keys?.allow ?? []).map { .note("would remove the denial of the key \($0)") }
        answer.parts.append(.note("dry run: nothing has changed, and Exim has not been asked"))
        return answer
    }
}
