import Fleet
import FleetCarrier
import Host
import Trust
import TrustCore

extension Request {
    /// Makes so here what the fleet has decided. What the fleet does not know stays as it is. `onlyTaking`: only what takes trust away.
    /// `brought`: certificates that came just now.
    static func fleet(
        _ state: FleetState, without own: Set<Fingerprint>, bringing brought: Set<Fingerprint> = [], onlyTaking: Bool = false,
        now: Timestamp = .now
    ) -> Request {
        var request = Request(.fleet, reason: nil) { register throws(Failure) in
            try register.lookAtMany()
            let wishes = state.wishes(register, own, brought, now, onlyTaking)
            register.knowBrought(wishes.filter { $0.after == .approved }.map(\.fingerprint))
            return wishes
        }
        request.fleet = { state.change($0, $1) }
        request.fleetKeys = { state.keyEdit($0, onlyTaking: onlyTaking) }
        return request
    }
}

extension FleetState {
    /// What certificates are to become here that are something else.
    fileprivate func wishes(
        _ register: Register, _ own: Set<Fingerprint>, _ brought: Set<Fingerprint>, _ now: Timestamp, _ onlyTaking: Bool
    ) -> [TrustPlan.Wish] {
        let all = decided(register, own, brought, now) + gone(register).map { .init(fingerprint: $0, after: .none) }
        return onlyTaking ? all.filter { $0.after != .approved } : all
    }

    private func decided(
        _ register: Register, _ own: Set<Fingerprint>, _ brought: Set<Fingerprint>, _ now: Timestamp
    ) -> [TrustPlan.Wish] {
        fingerprints.digests.compactMap { digest in
            guard let decided = fingerprints[digest], let fingerprint = Self.fingerprint(digest) else { return nil }
            let state = register.state(of: fingerprint)
            // Each relay by its own clock.
            let isOver = decided.until.map { $0 < now } ?? false
            switch decided.after {
            case .approved where !isOver && !own.contains(fingerprint):
                let terms = decided.terms
                let record = register.brief(fingerprint)
                // What the relay had approved by itself becomes the fleet's, and goes when the fleet takes it away, in whatever way.
                // One whose certificate came later, and is to be where Exim looks for it.
                let lacksCertificate = brought.contains(fingerprint) || register.lacksInstallation(fingerprint)
                let isSettled = state == .approved && record.terms == terms && record.last?.action == .fleet && !record.isBack
                if isSettled, !lacksCertificate { return nil }
                return .restored(fingerprint, terms)
            // One that is seen again waits in the queue, whatever was decided once.
            case .approved, .none:
                let mayRelay = state == .approved || register.lacksRevocation(fingerprint)
                return mayRelay || state == .denied ? .init(fingerprint: fingerprint, after: .none) : nil
            case .denied:
                return state == .denied && !register.lacksRevocation(fingerprint) ? nil : .init(fingerprint: fingerprint, after: .denied)
            }
        }
    }

    /// A digest of no certificate never comes so far: a decision that names one is void.
    static func fingerprint(_ digest: Digest) -> Fingerprint? {
        do { return try Fingerprint(digest: digest.bytes) } catch { return nil }
    }

    /// Which decisions say so of these.
    fileprivate func change(_ these: [Fingerprint], _ register: Register) -> FleetSigning {
        var saying: [Fingerprint: [Digest]] = [:]
        for fingerprint in these {
            saying[fingerprint] = self.saying(fingerprint) ?? giver(of: fingerprint, register).map { [$0] } ?? []
        }
        let digests = Set(saying.values.joined()).sorted()
        let places = Dictionary(uniqueKeysWithValues: digests.enumerated().map { ($1, $0) })
        let signed = digests.map { digest in
            let decision = heading(of: digest)
            return LocalEffects.FleetChange.Signed(
                digest: digest.description, serial: decision?.serial.description ?? "", signer: decision?.signer ?? "",
                reason: decision?.reason)
        }
        let change = LocalEffects.FleetChange(name: fleet.name, heads: heads.prefix(8).map(\.description), decisions: signed)
        return FleetSigning(change, places: saying.compactMapValues { $0.first.flatMap { places[$0] } })
    }

    /// The decisions in force about one, first those that say what counts; nil where the fleet knows nothing of it.
    private func saying(_ fingerprint: Fingerprint) -> [Digest]? {
        let digest = Digest(fingerprint)
        guard let decided = fingerprints[digest] else { return nil }
        let all = decided.standing + decided.waiting
        let counts = all.filter { self.power($0, of: digest) == decided.after }
        return counts + all.filter { !counts.contains($0) }
    }
}

extension FingerprintState {
    /// As they may stand in this host's list: a label that is none here is left out, and lets nobody in.
    var terms: Terms {
        Terms(
            label: label.flatMap { Label.fault(of: $0) == nil ? $0 : nil }, until: until,
            note: note.flatMap { Terms.fault(ofNote: $0) == nil ? $0 : nil })
    }
}
