import Host
import Trust
import TrustCore

/// One sitting of `trustctl review`: card by card, each decided by a key, as the command of that name would.
struct Reviewing {
    private let decider: Decider
    private let readsBack: Bool
    private let wait: Int
    private let style: Style
    private let filter: ListFilter
    /// What was decided here, the last one last; nil in the place of what cannot be taken back.
    private var decisions: [Int?] = []
    private var tally: [Decision.Action: Int] = [:]

    init(_ local: LocalTrust, filter: ListFilter, readsBack: Bool, waiting wait: Int, style: Style) {
        decider = Decider(local)
        (self.filter, self.readsBack, self.wait, self.style) = (filter, readsBack, wait, style)
    }

    /// The pending ones as they are now, the newest first; what comes meanwhile is for the next sitting.
    mutating func run() throws(Failure) {
        let fingerprints = try pending()
        if fingerprints.isEmpty { return Terminal.note(filter.isNarrow ? "nothing that is pending matches" : "nothing is pending") }
        for (index, fingerprint) in fingerprints.enumerated() {
            guard try review(fingerprint, "(\(index + 1) of \(fingerprints.count))") else { break }
        }
        let actions: [(Decision.Action, String)] = [
            (.approve, "approved"), (.deny, "denied"), (.forget, "forgotten"), (.undo, "undone"),
        ]
        let done = actions.compactMap { action, word in tally[action].map { "\($0) \(word)" } }
        Terminal.note("\(done.isEmpty ? "nothing was decided" : done.joined(separator: ", ")); \(try pending().count) still wait")
    }

    private func pending() throws(Failure) -> [Fingerprint] {
        var register = try decider.local.look()
        try register.requireQueue()
        try register.lookAtMany()
        return ListView(register: register, wanted: .pending, filter: filter).fingerprints(newestFirst: true)
    }

    /// Shows the card until it is decided or skipped; false when the operator ends the review.
    private mutating func review(_ fingerprint: Fingerprint, _ place: String) throws(Failure) -> Bool {
        while true {
            let register = try decider.local.look()
            let record = register[fingerprint]
            guard record.state == .pending else {
                Terminal.note("\(record.name) does not wait any more")
                return true
            }
            let card = ReviewCard(record, Warnings(register, of: [record]), place, readsBack ? ReadBack(fingerprint) : nil, style)
            Output.tell(card.text)
            switch key(below: card) {
            case "a": if try attempt(.approve, approval(of: card)) { return true }
            case "d": if try attempt(.deny, Deny.request(["\(fingerprint)"], reason: nil)) { return true }
            case "f": if try attempt(.forget, Forget.request(["\(fingerprint)"])) { return true }
            case "s": return true
            case "u": try undo()
            default: return false
            }
        }
    }

    /// One of the keys that do something; `q` at the end of the input too.
    private func key(below card: ReviewCard) -> Character {
        while true {
            switch TerminalKeys.ask(ReviewCard.keys(style.columns ?? 80)) {
            case .key(let key) where "adfsuq".contains(key): return key
            case .key("?"): Output.tell(ReviewCard.help + "\n" + card.question)
            case .key(let key):
                Output.tell("\(key) is no key here: ? shows the keys\n" + card.question)
            case .notAKey: Output.tell("pasted text is ignored: press one key\n" + card.question)
            case .end: return "q"
            }
        }
    }

    /// What is asked before an approval; nil: the operator has thought better of it.
    private func approval(of card: ReviewCard) -> Request? {
        if let readBack = card.readBack {
            TerminalInput.flush()
            Output.tell(readBack.question)
            guard let answer = TerminalInput.line(), !answer.isEmpty else { return nil }
            guard readBack.isAnswered(by: answer) else {
                Terminal.note("these are not the groups of this certificate; nothing has changed")
                Terminal.note("hint: have the owner read other groups; when they differ again, deny it")
                return nil
            }
        }
        TerminalInput.flush()
        Output.tell("label (Enter for none): ")
        guard let label = TerminalInput.line() else { return nil }
        if !label.isEmpty, let fault = Label.fault(of: label) {
            Terminal.note("\(fault); nothing has changed")
            return nil
        }
        return Approve.request(["\(card.fingerprint)"], label: label.isEmpty ? nil : label)
    }

    /// Carries out `request`; false when nothing came of it. What is refused leaves the card as it was; a failure after which nobody should go
    /// on ends the review.
    private mutating func attempt(_ action: Decision.Action, _ request: Request?) throws(Failure) -> Bool {
        guard let request else {
            Output.tell("\n")
            return false
        }
        do throws(Failure) {
            let change = Change(decider, waiting: wait) { plan, proposal throws(Failure) in
                Confirmation.warn(of: plan, proposal.register)
                Confirmation.tell(proposal.cautions)
                if !proposal.cautions.isEmpty { try Confirmation(assumeYes: false).ask("Go on all the same?") }
                try Confirmation(assumeYes: false).askAgain(plan, proposal.register)
            }
            let plan = try change.carryOut(request)
            tally[action, default: 0] += 1
            if let plan, action != .undo { decisions.append(action == .forget ? nil : plan.entry.number) }
            Output.tell("\n")
            return true
        } catch {
            guard [.refused, .usage, .busy, .noSuchEntry].contains(error.exit) else { throw error }
            Terminal.progress.tell(error)
            Output.tell("\n")
            return false
        }
    }

    private mutating func undo() throws(Failure) {
        guard let last = decisions.last else { return Output.tell("nothing was decided in this review yet\n\n") }
        guard let number = last else {
            decisions.removeLast()
            return Output.tell("what was forgotten cannot be taken back; it returns when it is seen again\n\n")
        }
        if try attempt(.undo, Undo.request(number, reason: nil)) { decisions.removeLast() }
    }
}
