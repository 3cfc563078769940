package import Fleet
import FleetCarrier
package import Trust
package import TrustCore

/// The keys of certificates that were revoked: which of them are barred on this host, as far as their certificates are known.
extension FleetState {
    /// Those that were revoked with their keys, ascending.
    package var barring: [Fingerprint] {
        fingerprints.digests(where: \.barsKey).compactMap { Self.fingerprint($0) }
    }

    /// What is to be barred here and is not, and what is barred for no reason any more. Where certificates have one key, one that was revoked is
    /// enough; and what this relay has revoked by itself is its own.
    func keyEdit(_ register: Register, onlyTaking: Bool) -> KeyEdit {
        let revoked = barring
        let others = everBarred.filter { !(fingerprints[$0]?.barsKey ?? false) }.compactMap { Self.fingerprint($0) }
        let keys = register.keys(of: Set(revoked + others))
        let barred = Set(revoked.compactMap { keys[$0] })
        let held = register.keysDenied
        let deny = barred.subtracting(held).sorted()
        if onlyTaking { return KeyEdit(deny: deny) }
        // The attack, or the mistake: one certificate of a stolen key is approved again, and with it the key, which another one has lost.
        let free = Set(others.compactMap { keys[$0] }).intersection(held).subtracting(barred)
        return KeyEdit(deny: deny, allow: free.filter { !register.isRevokedHere(key: $0) }.sorted())
    }

    /// Those that were revoked and whose keys are known here, but not barred, ascending.
    func unbarred(_ register: Register) -> [Fingerprint] {
        let keys = register.keys(of: Set(barring))
        return barring.filter { keys[$0].map { !register.keysDenied.contains($0) } ?? false }
    }

    /// Those that were revoked with keys that nobody knows here, ascending.
    package func barringUnknown(_ register: Register) -> [Fingerprint] {
        let keys = register.keys(of: Set(barring))
        return barring.filter { keys[$0] == nil }
    }
}
