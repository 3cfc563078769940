package import Host
package import SystemPackage
package import TrustCore

extension LocalTrust {
    /// Beside trustd.conf. Its presence makes this host a part of a fleet.
    package var fleetFile: FilePath { file.removingLastComponent().appending("fleet.conf") }

    package var isInFleet: Bool { LocalFileSystem().exists(fleetFile) }

    /// Throws in a fleet: there nothing is approved without a signature.
    func checkRenewsByItself() throws(Failure) {
        guard isInFleet else { return }
        throw Failure(
            "renew = \(configuration.renew.way.rawValue) in \(file): nothing is renewed by itself on a relay of a fleet; nothing has changed",
            .notSound, hint: "renew = propose, and `trustctl approve --renewals --sign-with KEY.pub`")
    }
}

/// The fleet's decisions behind a plan, and which of them says what of each certificate, by its place among them.
package struct FleetSigning {
    let change: LocalEffects.FleetChange
    let places: [Fingerprint: Int]

    package init(_ change: LocalEffects.FleetChange, places: [Fingerprint: Int]) { (self.change, self.places) = (change, places) }
}

extension TrustPlan {
    /// The same, as what these decisions say.
    func signed(_ signing: FleetSigning) -> TrustPlan {
        var plan = self
        plan.entry.effects.fleet = signing.change
        for index in plan.entry.decision.subjects.indices {
            plan.entry.decision.subjects[index].signed = signing.places[plan.entry.decision.subjects[index].fingerprint]
        }
        return plan
    }
}

extension Request {
    /// What one certificate is to become, with all that its approval says then.
    package struct Wanted {
        package let fingerprint: Fingerprint
        package let after: TrustState
        package let terms: Terms

        package init(fingerprint: Fingerprint, after: TrustState, terms: Terms) {
            (self.fingerprint, self.after, self.terms) = (fingerprint, after, terms)
        }
    }

    /// What it wants of certificates, by what is known here. What it does not set stays as the fleet has approved it, which `standing` says,
    /// else as this relay has. A revocation is about what was named, whatever is
    /// trusted here: another relay may trust it.
    /// `register` knows the certificates then that the operator has named.
    package func wanted(_ register: inout Register, _ standing: (Fingerprint) -> Terms?) throws(Failure) -> [Wanted] {
        var wishes = try wishes(&register)
        if action == .revoke, let named { wishes = try named(&register).map { TrustPlan.Wish(fingerprint: $0, after: .none) } }
        return wishes.map { wish in
            let record = register[wish.fingerprint]
            let kept = standing(wish.fingerprint) ?? (record.state == .approved ? record.terms : Terms())
            return Wanted(fingerprint: wish.fingerprint, after: wish.after, terms: wish.terms(after: kept))
        }
    }

    /// Throws where the relay belongs to a fleet, and this would decide without it.
    ///
    /// The attack, or the mistake: an approval that only one relay knows, made by a timer or with root's power alone, and looking like the
    /// fleet's. What takes nothing and grants nothing (`forget`) stays each relay's own, and an approval ends at its end by each one's clock.
    func checkMayDecide(on local: LocalTrust) throws(Failure) {
        guard !isLocal, ![.fleet, .forget, .expire].contains(action), local.isInFleet else { return }
        throw Failure(
            "refused: nothing has changed: this relay belongs to a fleet, where decisions are signed", .notPermitted,
            hint: "sign it with --sign-with KEY.pub, or decide for this relay alone with --local")
    }
}
