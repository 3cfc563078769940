import Certificates
import TrustCore

extension Warnings {
    /// A client that has an RSA and an EC certificate for one name shows either, by the version of TLS and the relay's library: it has two
    /// fingerprints. Both must have been seen from one address.
    func twoChains(of record: Record, _ certificate: Certificate, among known: [KnownCertificate]) -> [String] {
        let kinds: Set = ["RSA", "RSA-PSS", "EC", "ED25519"]
        guard kinds.contains(certificate.key.type) else { return [] }
        let addresses = Set(record.addresses)
        // The attack: thousands of certificates with one subject, each of which would be parsed here.
        let others = known.filter { $0.fingerprint != record.fingerprint }.prefix(16).compactMap { find($0.fingerprint) }
        for other in others where !addresses.isDisjoint(with: other.addresses) {
            guard let second = other.certificate, second.subject == certificate.subject, kinds.contains(second.key.type),
                second.key.type.hasPrefix("RSA") != certificate.key.type.hasPrefix("RSA")
            else { continue }
            let (own, theirs) = (Printable(certificate.key.type, limit: 20), Printable(second.key.type, limit: 20))
            return [
                "the address that shows this \(own) certificate has shown \(Printable(other.name, limit: 80)) with \(theirs) too: a client with"
                    + " both shows one or the other, by the version of TLS, so approve both or have it keep one"
            ]
        }
        return []
    }
}
