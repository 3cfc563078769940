import Certificates
import EximControl
import Fleet
import FleetCarrier
package import Host
package import Trust
import TrustCore

extension LocalTrust {
    /// What is known here; on a console, which has no list, with what its fleet has decided and what the relays have queued.
    package func lookWithFleet(recovering: Bool = true) throws(Failure) -> Register {
        var reading = FleetReading()
        return try lookWithFleet(recovering: recovering, &reading)
    }

    /// The same for those who look again and again.
    package func lookWithFleet(recovering: Bool, _ reading: inout FleetReading) throws(Failure) -> Register {
        var register = try look(recovering: recovering)
        guard let fleet = try LocalFleet(self), fleet.configuration.member == nil else { return register }
        let state = try reading.state(of: fleet)
        register.addApproved(state.approvedItems)
        let knowledge = FleetKnowledge(
            relays: try fleet.mirrored(state), denied: state.all(.denied), revoked: state.revokedWords, terms: state.approvedTerms,
            barredKeys: Set(state.barring.compactMap { fleet.key(of: $0) }))
        register.add(knowledge) { fleet.mirroredCertificate($0) }
        return register
    }
}

extension LocalFleet {
    /// Of a certificate that is kept here, or mirrored.
    fileprivate func key(of fingerprint: Fingerprint) -> String? {
        for der in [local.ledger.certificate(of: fingerprint), mirroredCertificate(fingerprint)] {
            // The attack: whoever fills the mirror puts another certificate under this name, and its owner's key is barred.
            guard let der, let certificate = try? Certificate(der: der), certificate.fingerprint == fingerprint else { continue }
            return certificate.spkiSHA256
        }
        return nil
    }
}

extension FleetState {
    /// Those of which this is said.
    fileprivate func all(_ power: FingerprintPower) -> [Fingerprint] {
        fingerprints.digests { $0.after == power }.compactMap { Self.fingerprint($0) }
    }

    /// What stands of those that were approved once and taken away, in a few words each.
    fileprivate var revokedWords: [Fingerprint: String] {
        let approved = everApproved
        return Dictionary(
            uniqueKeysWithValues: all(.none).filter { approved.contains(Digest($0)) }.map { fingerprint in
                let decided = fingerprints[Digest(fingerprint)]
                let decision = (decided.map { $0.standing + $0.waiting } ?? []).first.flatMap { heading(of: $0) }
                let words = decision.map { " \($0.time.day) by \($0.signer), decision \($0.serial) of \(fleet.name)" }
                return (fingerprint, "revoked\(words ?? "")")
            })
    }

    /// What the approvals say besides the certificates.
    fileprivate var approvedTerms: [Fingerprint: Terms] {
        Dictionary(uniqueKeysWithValues: trusted.map { ($0, fingerprints[Digest($0)]?.terms ?? Terms()) })
    }

    /// What is approved, and by whom, as a list would say it.
    fileprivate var approvedItems: [(fingerprint: Fingerprint, note: ListNote)] {
        trusted.map { fingerprint in
            let decided = fingerprints[Digest(fingerprint)]
            let decision = decided?.standing.first.flatMap { heading(of: $0) }
            return (
                fingerprint,
                ListNote(label: decided?.terms.label, day: decision?.time.day ?? "", by: decision?.signer ?? fleet.name)
            )
        }
    }
}
