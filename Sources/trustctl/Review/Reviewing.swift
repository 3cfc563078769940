import FleetHost
import Glibc
import Host
import Trust
import TrustCore

/// One sitting of `trustctl review`: card by card, each decided by a key, as the command of that name would.
struct Reviewing {
    private var decisions: KeyDecisions
    private var reading = FleetReading()
    private let readsBack: Bool
    private let filter: ListFilter
    /// Looked at anew for each card: a phone that is turned has another width.
    private var style: Style { Style(for: STDERR_FILENO) }

    init(_ local: LocalTrust, filter: ListFilter, readsBack: Bool, waiting wait: Int, _ choice: FleetChoice) {
        decisions = KeyDecisions(local, waiting: wait, choice, waitsForRelays: true)
        (self.filter, self.readsBack) = (filter, readsBack)
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
        let done = actions.compactMap { action, word in decisions.tally[action].map { "\($0) \(word)" } }
        Terminal.note("\(done.isEmpty ? "nothing was decided" : done.joined(separator: ", ")); \(try pending().count) still wait")
    }

    /// At a console of a fleet what the relays have queued too.
    private mutating func look() throws(Failure) -> Register {
        try decisions.decider.local.lookWithFleet(recovering: true, &reading)
    }

    private mutating func pending() throws(Failure) -> [Fingerprint] {
        var register = try look()
        try register.requireQueue()
        try register.lookAtMany()
        return ListView(register: register, wanted: .pending, filter: filter).fingerprints(newestFirst: true)
    }

    /// Shows the card until it is decided or skipped; false when the operator ends the review.
    private mutating func review(_ fingerprint: Fingerprint, _ place: String) throws(Failure) -> Bool {
        while true {
            let register = try look()
            let record = register[fingerprint]
            guard record.state == .pending else {
                Terminal.note("\(record.name) does not wait any more")
                return true
            }
            let card = ReviewCard(record, Warnings(register, of: [record]), place, readsBack ? ReadBack(fingerprint) : nil, style)
            Output.tell(card.text)
            switch key(below: card) {
            case "a": if try decisions.attempt(.approve, decisions.approval(of: fingerprint, card.readBack)) { return true }
            case "d": if try decisions.attempt(.deny, Deny.request(["\(fingerprint)"], reason: nil)) { return true }
            case "f": if try decisions.attempt(.forget, decisions.forgetting(fingerprint)) { return true }
            case "s": return true
            case "u": try decisions.undo()
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
}
