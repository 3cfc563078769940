import Trust
import TrustCore

/// What is asked before a change: one certificate, one question. All of them are decided in one change, or none.
struct Questions {
    private let action: Decision.Action
    private let undoes: Int
    private let changesList: Bool
    private let subjects: [Decision.Subject]

    /// Nobody reads more cards, where none of them opens the relay for anybody.
    static let mostCards = 20

    init(_ plan: TrustPlan) {
        self.init(
            plan.decision.action, undoes: plan.entry.undoes ?? 0, changesList: plan.list != nil || plan.approved != nil,
            plan.decision.subjects)
    }

    init(_ action: Decision.Action, undoes: Int = 0, changesList: Bool = true, _ subjects: [Decision.Subject]) {
        (self.action, self.undoes, self.changesList, self.subjects) = (action, undoes, changesList, subjects)
    }

    /// Whether one question is enough for all: forgetting decides nothing.
    var areOne: Bool {
        if action == .forget { return subjects.count > 1 }
        return subjects.count > Self.mostCards && !subjects.indices.contains(where: grants)
    }

    /// Whether this one may relay afterwards.
    func grants(_ index: Int) -> Bool { subjects[index].after == .approved }

    /// The question about one of them, to stand below its card.
    func of(_ index: Int) -> String {
        question("this certificate", [subjects[index]]) + (subjects.count > 1 ? " (\(index + 1) of \(subjects.count))" : "")
    }

    var ofAll: String { question(subjects.count == 1 ? "this certificate" : "these \(subjects.count) certificates", subjects) }

    private func question(_ what: String, _ subjects: [Decision.Subject]) -> String {
        let isTrusted = subjects.contains { $0.before == .approved }
        switch action {
        case .approve: return approved(what, subjects)
        case .deny:
            return isTrusted && changesList
                ? "Stop trusting \(what), and deny \(subjects.count == 1 ? "it" : "them") from now on?" : "Deny \(what) from now on?"
        case .revoke: return "Stop trusting \(what)?"
        case .forget: return subjects.count == 1 ? "Forget \(what), until it is seen again?" : "Forget \(what), until they are seen again?"
        case .expire: return "Remove \(what) from the list? \(subjects.count == 1 ? "Its" : "Their") time is over."
        case .import: return imported(subjects)
        case .fleet: return "Make the fleet's decisions so?"
        case .setup, .mend, .sign, .invite, .cancel, .close: return "Change these files?"
        case .undo: return "Undo decision \(undoes): \(undone(what, subjects))?"
        }
    }

    private func approved(_ what: String, _ subjects: [Decision.Subject]) -> String {
        let gone = subjects.filter(\.losesTrust).count
        if gone == subjects.count { return "Stop trusting \(what), which \(gone == 1 ? "is" : "are") replaced?" }
        if gone > 0 { return "Let \(subjects.count - gone) of \(what) relay, and stop trusting \(gone), replaced by that?" }
        if subjects.allSatisfy(\.onlyChangesTerms), let first = subjects.first, first.terms != first.termsBefore {
            return Self.changed(what, first)
        }
        let ends = Set(subjects.map(\.terms.until))
        return "Let \(what) relay\(ends.count == 1 ? ends.first.flatMap { $0 }.map { " until \($0)" } ?? "" : "")?"
    }

    private func imported(_ subjects: [Decision.Subject]) -> String {
        let approved = subjects.filter { $0.after == .approved }.count
        let denied = subjects.count - approved
        func certificates(_ count: Int) -> String { count == 1 ? "1 certificate" : "\(count) certificates" }
        if denied == 0 { return "Let \(certificates(approved)) relay that the other relay has approved?" }
        if approved == 0 { return "Deny \(certificates(denied)) that the other relay has denied?" }
        return "Let \(certificates(approved)) relay, and deny \(denied), as the other relay has decided?"
    }

    /// What is said otherwise of one that is approved already.
    private static func changed(_ what: String, _ subject: Decision.Subject) -> String {
        let (new, old) = (subject.terms, subject.termsBefore)
        var changes: [String] = []
        if new.label != old.label {
            changes.append(new.label.map { "call \(what) “\(Printable($0, limit: 64))”" } ?? "take the label from \(what)")
        }
        let itself = changes.isEmpty ? what : "it"
        if new.until != old.until { changes.append("let \(itself) relay \(new.until.map { "until \($0)" } ?? "without an end")") }
        if new.note != old.note { changes.append(new.note == nil ? "remove the note" : "note that of \(changes.isEmpty ? what : "it")") }
        let text = changes.joined(separator: ", and ")
        return "\(text.prefix(1).uppercased())\(text.dropFirst())?"
    }

    /// An undo says what becomes true again.
    private func undone(_ what: String, _ subjects: [Decision.Subject]) -> String {
        let before = Set(subjects.map(\.before))
        let after = Set(subjects.map(\.after))
        if after == [.approved] {
            return before == [.approved] ? "give \(what) back the label, end and note of before" : "let \(what) relay again"
        }
        if after.contains(.approved) { return "let some of \(what) relay again" }
        if after.contains(.denied) { return before.contains(.approved) ? "stop trusting \(what), and deny again" : "deny \(what) again" }
        return before.contains(.approved) ? "stop trusting \(what)" : "no longer deny \(what)"
    }
}
