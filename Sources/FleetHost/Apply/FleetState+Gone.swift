import Fleet
import FleetCarrier
import Trust
import TrustCore

extension FleetState {
    /// What is approved or denied here by decisions of this fleet that count for nothing now, ascending.
    ///
    /// The attack: a stolen key approves, a relay makes it so, and then somebody who has not seen that takes the key out. Nothing that counts
    /// knows the certificate any more, but this relay's ledger still says who gave it. What another fleet gave, which this host has left, is
    /// the relay's own.
    func gone(_ register: Register) -> [Fingerprint] {
        (register.fingerprints(.approved) + register.fingerprints(.denied)).filter { fingerprint in
            fingerprints[Digest(fingerprint)] == nil && giver(of: fingerprint, register) != nil
        }.sorted()
    }

    /// The decision of this fleet that made a certificate what it is here, by the ledger, whether it counts or not.
    func giver(of fingerprint: Fingerprint, _ register: Register) -> Digest? {
        register.fleetDecision(fingerprint).flatMap { Digest(hex: $0.digest) }.flatMap { digest in
            power(digest, of: Digest(fingerprint)) == nil ? nil : digest
        }
    }

    /// The certificates that void decisions approve, and nothing that counts, of those decisions that `isKnown`.
    func approvedInVain(_ isKnown: (Digest) -> Bool) -> Set<Digest> {
        var found: Set<Digest> = []
        for digest in void.keys where isKnown(digest) {
            for case .fingerprint(let block) in decision(digest)?.blocks ?? []
            where block.after == .approved && fingerprints[block.digest]?.after != .approved {
                found.insert(block.digest)
            }
        }
        return found
    }
}
