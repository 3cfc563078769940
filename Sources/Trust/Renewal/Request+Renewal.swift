import Host
import TrustCore

/// Decisions whose certificates are chosen by a rule.
extension Request {
    /// All that renew an approved certificate. The label goes to the new one, and the old one is called by its end: a label names one
    /// certificate.
    package static func renewals(reason: String?) -> Request {
        var request = Request(.approve, reason: reason) { register throws(Failure) in
            guard register.renew.way != .off else {
                throw Failure(
                    "refused: nothing has changed: renew = off in trustd.conf, so nothing counts as a renewal", .refused,
                    hint: "`trustctl approve` takes a fingerprint")
            }
            try register.requireQueue()
            try register.lookAtMany()
            return try wishes(Warnings(register).renewals())
        }
        request.asksOnce = true
        return request
    }

    /// The attack: many certificates of one key. Two that claim to follow the same one are for a person to look at.
    private static func wishes(_ renewals: [Renewal]) throws(Failure) -> [TrustPlan.Wish] {
        if let contested = renewals.first(where: { !$0.rivals.isEmpty }) {
            throw Failure(
                "refused: nothing has changed: more than one certificate renews \(contested.name)", .refused,
                hint: "look at them with `trustctl list`; approve one by its fingerprint, and deny or forget the others")
        }
        return renewals.flatMap(\.wishes)
    }

    /// This renewal, if nothing stands against it any more, by the policy that `reason` names.
    static func renewal(_ renewal: Renewal, reason: String) -> Request {
        var request = Request(.approve, reason: reason) { register throws(Failure) in
            // Under the lock everything is read anew: somebody else may have come, or another command may have been quicker.
            try register.requireQueue()
            let warnings = Warnings(register, of: [register[renewal.fingerprint]])
            guard let found = warnings.renewal(renewal.fingerprint), found.predecessor == renewal.predecessor,
                warnings.obstacles(to: found).isEmpty
            else { return [] }
            return found.wishes
        }
        request.renews = renewal.predecessor
        return request
    }

    /// Removes those whose approval is over, and the approved certificates that ended more than a day ago. `onlyByClock`: only the former, as
    /// each relay of a fleet may by itself: what the fleet approves without an end stays until the fleet takes it away.
    package static func expiry(reason: String?, onlyByClock: Bool) -> Request {
        Request(.expire, reason: reason) { register throws(Failure) in
            try register.lookAtMany()
            let now = Timestamp.now
            return register.ended().filter { !onlyByClock || register[$0].isPastItsEnd(at: now) }.map { .takenOut($0, register) }
        }
    }
}

extension Renewal {
    /// The new one with the label, and the old one with another.
    fileprivate var wishes: [TrustPlan.Wish] {
        let new = TrustPlan.Wish(fingerprint: fingerprint, after: .approved, label: .given(label), until: .given(until))
        guard let label else { return [new] }
        return [new, TrustPlan.Wish(fingerprint: predecessor, after: .approved, label: .set("\(label.prefix(40)) until \(ends.day)"))]
    }
}
