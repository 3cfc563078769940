import Fleet
import FleetCarrier
package import Host
package import Trust
package import TrustCore

extension LocalFleet {
    /// How the fleet's decisions were made so here.
    package struct Applied {
        /// Nil: there was nothing to do.
        package let plan: TrustPlan?
        package let notes: [String]
        package let heads: [String]
        /// Decisions that wait for others.
        package let waiting: Int
    }

    /// Makes so here what the fleet has decided, in one change, and signs what came of it.
    ///
    /// When Exim refuses that, what takes trust away is tried alone: a revocation does not wait for an approval that Exim refuses.
    ///
    /// `brought`: certificates that came just now, perhaps after the decisions about them; a relay that trusts by directory needs them there.
    package func apply(bringing brought: Set<Fingerprint> = [], waiting seconds: Int) throws(Failure) -> Applied {
        try locked(waiting: seconds) { content throws(Failure) in try apply(state(content.decisions), bringing: brought) }
    }

    /// What follows from all decisions that are kept. The caller holds the lock.
    func apply(_ state: FleetState, bringing brought: Set<Fingerprint>, told: [String] = []) throws(Failure) -> Applied {
        func applied(_ outcome: Outcome?) -> Applied {
            Applied(
                plan: outcome?.plan, notes: told + (outcome?.notes ?? []), heads: state.heads.map(\.description),
                waiting: state.waiting.count)
        }
        // A console keeps what it gets, and has no Exim.
        guard configuration.member != nil else { return applied(nil) }
        // The decisions were read, and the plan comes: it may be about very many.
        ThisProcess.returnFreedMemory()
        let decider = Decider(local)
        let own = try takenHere()
        do throws(Failure) {
            let outcome = try decider.carryOutLocked(.fleet(state, without: own, bringing: brought), by: .current)
            ThisProcess.returnFreedMemory()
            try writeReceipt(state, .live)
            return applied(outcome)
        } catch {
            guard error.isRefusal else {
                try? writeReceipt(state, Receipt.Outcome(error))
                throw error
            }
            let first = error
            let taken: Outcome
            do throws(Failure) {
                taken = try decider.carryOutLocked(.fleet(state, without: own, onlyTaking: true), by: .current)
            } catch {
                try? writeReceipt(state, Receipt.Outcome(error))
                throw error
            }
            try? writeReceipt(state, Receipt.Outcome(first, hasTakenAway: true))
            guard let plan = taken.plan else { throw first }
            throw Failure(
                messages: first.messages.filter { !$0.hasSuffix("is STILL TRUSTED") }
                    + ["what takes trust away was done all the same (decision L\(plan.entry.number)):"]
                    + plan.fingerprints.map { "\($0) is no longer trusted" },
                hint: first.hint ?? "correct that, then trustctl fleet apply", exit: first.exit)
        }
    }
}

extension Failure {
    /// Whether nothing has changed, so that a smaller change may be tried.
    var isRefusal: Bool { !isLive && [.refused, .notReloaded, .notSound].contains(exit) }
}

extension Receipt.Outcome {
    /// One printable line of at most 500 bytes. `hasTakenAway`: what takes trust away was made so alone, or there was nothing of it.
    init(_ failure: Failure, hasTakenAway: Bool = false) {
        var text = Printable(failure.reason, limit: 200).description.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        while text.utf8.count > 460 { text.removeLast() }
        if hasTakenAway { text += Self.takingIsDone }
        for (prefix, make) in [("refused: ", Self.refused), ("undone: ", Self.undone), ("stuck: ", Self.stuck)] {
            if text.hasPrefix(prefix) {
                self = make(Self.short(String(text.dropFirst(prefix.count))))
                return
            }
        }
        self = failure.exit == .stuck ? .stuck(text) : .refused(text)
    }

    /// For people on other hosts, who know that nothing has changed where something was refused.
    private static func short(_ text: String) -> String {
        let (kept, said) = ("nothing has changed: ", "exim said: ")
        guard text.hasPrefix(kept) else { return text }
        let reason = text.dropFirst(kept.count)
        return reason.hasPrefix(said) ? "exim refused the candidate: \(reason.dropFirst(said.count))" : String(reason)
    }
}
