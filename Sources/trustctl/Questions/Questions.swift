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
        case .approve: return "Let \(what) relay?"
        case .deny:
            return isTrusted && changesList
                ? "Stop trusting \(what), and deny \(subjects.count == 1 ? "it" : "them") from now on?" : "Deny \(what) from now on?"
        case .revoke: return "Stop trusting \(what)?"
        case .forget: return subjects.count == 1 ? "Forget \(what), until it is seen again?" : "Forget \(what), until they are seen again?"
        case .expire: return "Remove \(what) from the list? The dates have ended already."
        case .setup, .mend, .invite, .cancel, .close: return "Change these files?"
        case .undo: return "Undo decision \(undoes): \(undone(what, subjects))?"
        }
    }

    /// An undo says what becomes true again.
    private func undone(_ what: String, _ subjects: [Decision.Subject]) -> String {
        let before = Set(subjects.map(\.before))
        let after = Set(subjects.map(\.after))
        if after == [.approved] {
            return before == [.approved] ? "give \(what) back the label of before" : "let \(what) relay again"
        }
        if after.contains(.approved) { return "let some of \(what) relay again" }
        if after.contains(.denied) { return before.contains(.approved) ? "stop trusting \(what), and deny again" : "deny \(what) again" }
        return before.contains(.approved) ? "stop trusting \(what)" : "no longer deny \(what)"
    }
}
