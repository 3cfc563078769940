import Host
import TrustCore

/// Decisions whose certificates are chosen by a rule.
extension Request {
    /// All that renew an approved certificate. The label goes to the new one, and the old one is called by its end: a label names one
    /// certificate.
    package static func renewals(reason: String?) -> Request {
        var request = Request(.approve, reason: reason) { register throws(Failure) in
            try register.requireQueue()
            try register.lookAtMany()
            return try wishes(Warnings(register).renewals())
        }
        request.asksOnce = true
        return request
    }

    /// The attack: many certificates of one key. Two that claim to follow the same one are for a person to look at.
    private static func wishes(_ renewals: [Renewal]) throws(Failure) -> [TrustPlan.Wish] {
        var wishes: [TrustPlan.Wish] = []
        var followed: Set<Fingerprint> = []
        for renewal in renewals {
            guard followed.insert(renewal.predecessor).inserted else {
                throw Failure(
                    "refused: nothing has changed: more than one certificate renews \(renewal.name)", .refused,
                    hint: "look at them with `trustctl list`; approve one by its fingerprint, and deny or forget the others")
            }
            wishes.append(
                TrustPlan.Wish(
                    fingerprint: renewal.fingerprint, after: .approved, label: .given(renewal.label), until: .given(renewal.until)))
            guard let label = renewal.label else { continue }
            let old = "\(label.prefix(40)) until \(renewal.ends.day)"
            wishes.append(TrustPlan.Wish(fingerprint: renewal.predecessor, after: .approved, label: .set(old)))
        }
        return wishes
    }

    /// Removes the approved certificates that ended more than a day ago.
    package static func expiry(reason: String?) -> Request {
        Request(.expire, reason: reason) { register throws(Failure) in
            try register.lookAtMany()
            return register.ended().map { TrustPlan.Wish(fingerprint: $0, after: register.isDenied($0) ? .denied : .none) }
        }
    }
}
