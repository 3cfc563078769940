import FleetCarrier
import FleetHost
import Host
import Trust
import TrustCore

/// The decisions of one sitting, each made by a key: what is asked before them, how they are carried out, and how the last is taken back.
struct KeyDecisions {
    let decider: Decider
    private let wait: Int
    private let choice: FleetChoice
    private let waitsForRelays: Bool
    /// What was decided, the last one last; nil in the place of what cannot be taken back.
    private var decisions: [Decided?] = []

    private enum Decided {
        /// By its number in this relay's ledger.
        case here(Int)
        /// By its serial in the fleet.
        case signed(Int)
    }

    private(set) var tally: [Decision.Action: Int] = [:]
    /// Whether the last attempt has told more than that it is done.
    private(set) var hasToldMore = false
    /// What the relays of a fleet answer to the last decision, where nobody waits for them here; nil where nobody would hear of it.
    var answers: ReceiptWatch?

    /// - Parameter waitsForRelays: whether each decision ends with the answers of a fleet's relays.
    init(_ local: LocalTrust, waiting wait: Int, _ choice: FleetChoice, waitsForRelays: Bool) {
        (decider, self.wait, self.choice, self.waitsForRelays) = (Decider(local), wait, choice, waitsForRelays)
    }

    /// What is asked before an approval; nil: the operator has thought better of it.
    func approval(of fingerprint: Fingerprint, _ readBack: ReadBack?) -> Request? {
        if let readBack {
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
        return Approve.request(["\(fingerprint)"], label: label.isEmpty ? nil : label)
    }

    /// Carries out `request`; false when nothing came of it. What is refused changes nothing; a failure after which nobody should go on is
    /// thrown.
    mutating func attempt(_ action: Decision.Action, _ request: Request?) throws(Failure) -> Bool {
        hasToldMore = true
        guard let request else {
            Output.tell("\n")
            return false
        }
        let change = Change(decider, waiting: wait, choice) { plan, proposal throws(Failure) in
            Confirmation.warn(of: plan, proposal.register)
            Confirmation.tell(proposal.cautions)
            if !proposal.cautions.isEmpty { try Confirmation(assumeYes: false).ask("Go on all the same?") }
            try Confirmation(assumeYes: false).askAgain(plan, proposal.register)
        }
        let done = try Self.telling { () throws(Failure) in
            let done = try change.carryOutTelling(request)
            if let signed = done.signed { tellOfRelays(signed) }
            return done
        }
        guard let done else { return false }
        tally[action, default: 0] += 1
        if action != .undo { took(done, action) }
        hasToldMore = done.plan == nil && done.signed == nil || !done.notes.isEmpty
        return true
    }

    /// What was asked to be forgotten: nothing at a console, where nothing waits but what the relays tell of.
    func forgetting(_ fingerprint: Fingerprint) throws(Failure) -> Request? {
        guard let fleet = try LocalFleet(decider.local), fleet.configuration.member == nil else {
            return Forget.request(["\(fingerprint)"])
        }
        Terminal.note("it waits on the relays that have seen it; nothing has changed")
        Terminal.note("hint: there, as root: trustctl forget \(fingerprint)")
        return nil
    }

    /// Tells in one line where it is live, or leaves that to `answers`. It is signed, whatever comes of this.
    private mutating func tellOfRelays(_ signed: SigningOptions.Signed) {
        answers = nil
        do throws(Failure) {
            guard let fleet = try LocalFleet(decider.local), choice.signing.hears(of: signed, in: fleet) else { return }
            guard waitsForRelays else {
                answers = try ReceiptWatch(fleet, signed.decisions, taking: signed.taken)
                return
            }
            guard let spread = try choice.signing.spread(of: signed, in: fleet) else { return }
            for sentence in spread.trustedAgain { Terminal.note("warning: \(sentence)") }
            let report = SpreadReport(spread: spread)
            if report.failure == nil { Output.write(report.line) } else { Terminal.note("warning: \(report.sentence(isOver: true))") }
        } catch { Terminal.progress.tell(error) }
    }

    private mutating func took(_ done: Change.Done, _ action: Decision.Action) {
        if let serial = done.signed?.serials.last {
            decisions.append(.signed(serial))
        } else if let plan = done.plan {
            decisions.append(action == .forget ? nil : .here(plan.entry.number))
        }
    }

    /// Nil when it was refused or undone, which the operator is told: all is as before, so he may go on, or try again when he has freed the
    /// disk. What is stuck or only half told is thrown.
    private static func telling<Value>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value? {
        do throws(Failure) {
            let value = try body()
            Output.tell("\n")
            return value
        } catch {
            guard error.exit != .stuck, !error.isLive else { throw error }
            Terminal.progress.tell(error)
            Output.tell("\n")
            return nil
        }
    }

    /// Takes the last decision back; false when nothing came of it.
    @discardableResult
    mutating func undo() throws(Failure) -> Bool {
        hasToldMore = true
        guard let last = decisions.last else {
            Output.tell("nothing was decided in this review yet\n\n")
            return false
        }
        guard let last else {
            decisions.removeLast()
            Output.tell("what was forgotten cannot be taken back; it returns when it is seen again\n\n")
            return false
        }
        guard try takeBack(last) else { return false }
        decisions.removeLast()
        return true
    }

    private mutating func takeBack(_ last: Decided) throws(Failure) -> Bool {
        switch last {
        case .here(let number): return try attempt(.undo, Undo.request(number, reason: nil))
        case .signed(let serial):
            let isDone = try Self.telling { () throws(Failure) in
                let fleet = try LocalFleet.required(decider.local)
                if let signed = try choice.contrary(of: serial, fleet, reason: nil, waiting: wait) { tellOfRelays(signed) }
                return true
            }
            guard isDone ?? false else { return false }
            tally[.undo, default: 0] += 1
            return true
        }
    }
}
