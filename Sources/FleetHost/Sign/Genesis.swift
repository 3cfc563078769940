import Certificates
package import Fleet
package import FleetCarrier
package import Host
import SystemPackage
package import TrustCore

/// The first decision of a fleet. Its digest is the fleet's identity: root on each relay writes it down, and all keys follow from it.
package struct Genesis {
    package let record: PackRecord
    package let digest: Digest

    /// Makes and signs it. `key` signs, and becomes an admin as the first of `admins`.
    package init(of name: String, signedBy key: SigningKey, as signer: NamedKey, admins: [NamedKey], now: Timestamp = .now) throws(Failure)
    {
        guard let identity = FleetIdentity("\(name) -") else {
            throw Failure("“\(Printable(name, limit: 80))” is no name of a fleet: a-z, 0-9, . and -, at most 63", .usage)
        }
        let decision = Fleet.Decision(
            fleet: identity, serial: Serial(1), parents: [], time: now, signer: signer.name,
            blocks: ([signer] + admins).map { .key(KeyBlock($0, .admin)) })
        if let flaw = decision.flaw { throw Failure("this fleet would be none: \(flaw.rawValue)", .usage) }
        let body = decision.encoded
        let signature = try key.sign(body, for: SignedDecision.namespace)
        record = PackRecord(body: body, signature: signature)
        guard let digest = Digest(bytes: SHA256.digest(of: body)) else { throw Failure("OpenSSL has no SHA-256", .notSound) }
        self.digest = digest
        // Of what it says nothing but this program's own reading counts.
        let read: SignedDecision
        do throws(SignedDecision.Failure) { read = try SignedDecision(body: body, signature: signature) } catch {
            throw Failure(error.description, .refused)
        }
        guard FleetState([read], genesis: digest) != nil else {
            throw Failure("this fleet would be none: \(key.file) has not signed it, or two keys have one name", .refused)
        }
    }
}
