package import Certificates
import EximControl
package import Host
package import Trust
package import TrustCore

/// One that waits and has signed itself with the key of a certificate that our CA has issued: its client asks for the next one.
package struct AuthorityRenewal {
    /// What the client shows.
    package let fingerprint: Fingerprint
    /// The last one that was issued to this key.
    package let last: LocalEffects.Issued
    /// Why a person must decide; empty when nobody must.
    package let obstacles: [String]

    let key: RequestedKey

    /// All that wait, in the order of their fingerprints.
    ///
    /// The attack: who has stolen a key renews too. So each condition narrows what a thief gets before somebody looks: near the end of the last
    /// one, while that is in force, one a day, and nothing once it was revoked.
    package static func all(_ register: Register, _ local: LocalTrust, at now: Timestamp = .now) throws(Failure) -> [AuthorityRenewal] {
        let issued = try register.issued()
        guard !issued.isEmpty else { return [] }
        let byKey = Dictionary(grouping: issued, by: \.certificate.key)
        // These have their answer.
        let answered = Set(issued.compactMap(\.certificate.shown))
        var found: [(fingerprint: Fingerprint, key: RequestedKey, line: [IssuedCertificate])] = []
        for entry in register.entries where register.state(of: entry.fingerprint) == .pending && !answered.contains(entry.fingerprint) {
            // Most have no such key, and are not read whole.
            let record = register.brief(entry.fingerprint)
            guard let outline = record.outline, let line = byKey[outline.spkiSHA256], let certificate = record.certificate,
                certificate.selfSigned, let key = try? RequestedKey(of: certificate)
            else { continue }
            found.append((entry.fingerprint, key, line))
        }
        let asking = Dictionary(grouping: found, by: \.key.spkiSHA256).mapValues(\.count)
        return found.sorted { $0.fingerprint < $1.fingerprint }.compactMap { one in
            guard let last = one.line.max(by: { $0.certificate.ends < $1.certificate.ends }) else { return nil }
            var obstacles = Self.obstacles(last.certificate, register, local.configuration.renew, now)
            if let several = asking[one.key.spkiSHA256], several > 1 {
                obstacles.append("\(several) certificates ask for the next one of this key, which may be stolen")
            }
            let latest = one.line.compactMap { Timestamp(rfc3339: $0.time) }.max()
            if let latest, now.seconds - latest.seconds < 86_400 { obstacles.append("one was issued to this key less than a day ago") }
            if let word = register[one.fingerprint].last, word.action != .forget { obstacles.append("it \(word.was) once") }
            return AuthorityRenewal(fingerprint: one.fingerprint, last: last.certificate, obstacles: obstacles, key: one.key)
        }
    }

    private static func obstacles(
        _ last: LocalEffects.Issued, _ register: Register, _ policy: RenewalPolicy, _ now: Timestamp
    ) -> [String] {
        var obstacles: [String] = []
        let isRevoked = register.isDenied(last.fingerprint) || register.revokedClients?.contains(last.fingerprint) ?? false
        if register.isKeyDenied(last.key) || isRevoked { obstacles.append("the last one, \(last.fingerprint), was revoked") }
        guard let ends = Timestamp(rfc3339: last.ends) else { return obstacles + ["it is not known when the last one ends"] }
        if ends <= now {
            obstacles.append("the last one ended on \(ends.day)")
        } else if policy.window > 0, ends.seconds - now.seconds > policy.window {
            obstacles.append("the last one ends on \(ends.day), later than renew_window allows")
        }
        let limited = [last.fingerprint, last.shown].compactMap(\.self).compactMap { register[$0].terms.until }
        if let until = limited.first { obstacles.append("its approval ends at \(until)") }
        return obstacles
    }
}

extension SigningOrder {
    /// The next certificate of a client, with the name of its last one.
    package init(_ renewal: AuthorityRenewal, days: Int, reason: String?) {
        self.init(
            [Wanted(renewal.key, for: renewal.fingerprint, label: renewal.last.name)], days: days,
            reason: reason ?? "renews \("\(renewal.last.fingerprint)".prefix(16))")
        isRenewal = true
    }
}

/// One round over the queue: whoever may have his next certificate without a person gets it.
package struct AuthorityRound {
    private let local: LocalTrust

    package init(_ local: LocalTrust) { self.local = local }

    package struct Result {
        package let renewal: AuthorityRenewal
        /// Nil: a person must decide, for the obstacles.
        package let plan: TrustPlan?
        package let notes: [String]
    }

    /// `signer` is called once, and only when there is something to sign; nil: then all wait, for this reason.
    package func run(
        days: Int, reason: String? = nil, waiting patience: Int = 60, by signer: () throws(Failure) -> Identity
    ) throws(Failure) -> [Result] {
        let register = try local.look()
        try register.requireQueue()
        let renewals = try AuthorityRenewal.all(register, local)
        guard renewals.contains(where: { $0.obstacles.isEmpty }) else { return renewals.map { Result(renewal: $0, plan: nil, notes: []) } }
        let identity = try signer()
        var results: [Result] = []
        for renewal in renewals {
            var plan: TrustPlan?
            var notes: [String] = []
            if renewal.obstacles.isEmpty {
                let proposal = try SigningProposal(SigningOrder(renewal, days: days, reason: reason), by: identity, local)
                let outcome = try Decider(local).carryOut(proposal, by: .current, waiting: patience)
                (plan, notes) = (outcome.plan, proposal.cautions + outcome.notes)
            }
            results.append(Result(renewal: renewal, plan: plan, notes: notes))
        }
        return results
    }
}
