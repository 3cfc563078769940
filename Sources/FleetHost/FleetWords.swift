import Fleet
import FleetCarrier
package import Host
package import Trust
import TrustCore

/// Which signed decisions have made certificates what they are on this host.
package struct FleetWords {
    private let state: FleetState

    /// Nil on a host of no fleet.
    package init?(_ local: LocalTrust, _ reading: inout FleetReading) throws(Failure) {
        guard let fleet = try LocalFleet(local) else { return nil }
        state = try reading.state(of: fleet)
    }

    /// The digest of the decision, and who has signed it; nil where the certificate is not what the fleet says, but this relay's own, or waits.
    package func word(about record: Record) -> (decision: String, signer: String)? {
        let digest = Digest(record.fingerprint)
        guard let said = state.fingerprints[digest], said.after.rawValue == record.decidedAs,
            let decision = (said.standing + said.waiting).first(where: { state.power($0, of: digest) == said.after }),
            let heading = state.heading(of: decision)
        else { return nil }
        return (decision.description, heading.signer)
    }
}

extension Record {
    /// In a decision's words; nil for what is nothing of that.
    fileprivate var decidedAs: String? {
        switch stateName {
        case "approved", "denied": stateName
        case "revoked": FingerprintPower.none.rawValue
        default: nil
        }
    }
}
