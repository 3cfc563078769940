import EximControl
import Fleet
import FleetCarrier
package import Host
package import Trust
import TrustCore

extension LocalTrust {
    /// What is known here; on a console, which has no list, with what its fleet approves.
    package func lookWithFleet(recovering: Bool = true) throws(Failure) -> Register {
        var register = try look(recovering: recovering)
        guard let fleet = try LocalFleet(self), fleet.configuration.member == nil else { return register }
        register.addApproved(try fleet.state(try fleet.store.read().decisions).approvedItems)
        return register
    }
}

extension FleetState {
    /// What is approved, and by whom, as a list would say it.
    fileprivate var approvedItems: [(fingerprint: Fingerprint, note: ListNote)] {
        trusted.map { fingerprint in
            let decided = fingerprints[Digest(fingerprint)]
            let decision = decided?.standing.first.flatMap { self.decision($0) }
            return (
                fingerprint,
                ListNote(label: decided?.terms.label, day: decision?.time.day ?? "", by: decision?.signer ?? fleet.name)
            )
        }
    }
}
