import Certificates
import TrustCore

/// One that waits, and that only who has an approved certificate's key can have made.
struct RenewalClaim {
    let fingerprint: Fingerprint
    let certificate: Certificate
    let way: Renewal.Way
    let predecessor: Record
    /// The predecessor's key, as SHA-256.
    let key: String
}

/// Who of those that wait follows an approved certificate. Each is looked at when somebody asks, and once.
final class RenewalClaims {
    private let register: Register
    private let now: Timestamp
    /// Who has each key, where many are looked at.
    private let byKey: [String: [KnownCertificate]]
    private var known: [Fingerprint: RenewalClaim?] = [:]
    private var predecessors: [String: Record?] = [:]
    private var claimants: [String: [Fingerprint]] = [:]
    private var successors: [String: [Register.Successor]] = [:]
    /// Those that wait and name one that they follow.
    private(set) lazy var naming = register.pendingOutlines.filter { $0.1.mayNamePredecessor }.map(\.0)

    init(_ register: Register, _ byKey: [String: [KnownCertificate]], now: Timestamp) {
        (self.register, self.byKey, self.now) = (register, byKey, now)
    }

    func claim(_ fingerprint: Fingerprint) -> RenewalClaim? {
        if let known = known[fingerprint] { return known }
        let claim = look(fingerprint)
        known[fingerprint] = .some(claim)
        return claim
    }

    /// Others that follow the same key: those that wait, and those that it has signed and somebody has decided about.
    func rivals(of claim: RenewalClaim) -> [Fingerprint] {
        let waiting = claimants[claim.key] ?? Set(holders(claim.key) + naming).filter { self.claim($0)?.key == claim.key }.sorted()
        claimants[claim.key] = waiting
        let subject = claim.certificate.subject
        let decided = successors[subject] ?? register.successors(withSubject: subject)
        successors[subject] = decided
        return (waiting + decided.filter { $0.key == claim.key }.map(\.fingerprint)).filter { $0 != claim.fingerprint }
    }

    private func holders(_ key: String) -> [Fingerprint] {
        if let known = byKey[key] { return known.map(\.fingerprint) }
        return register.isForMany ? [] : register.holders(.key, of: key)
    }

    /// The approved one with this key and subject that ends last.
    ///
    /// The attack: a queue full of certificates with one key, each of which would be compared with all others.
    private func approved(_ outline: CertificateOutline) -> Record? {
        let place = "\(outline.spkiSHA256) \(outline.subject)"
        if let known = predecessors[place] { return known }
        let found = holders(outline.spkiSHA256).map { register.brief($0) }
            .filter { isFollowed($0) && $0.outline?.subject == outline.subject }.max { $0.ending < $1.ending }
        predecessors[place] = .some(found)
        return found
    }

    private func isFollowed(_ old: Record) -> Bool { old.state == .approved && !old.isBack && !old.isPastItsEnd(at: now) }

    private func look(_ fingerprint: Fingerprint) -> RenewalClaim? {
        guard register.state(of: fingerprint) == .pending, let outline = register.brief(fingerprint).outline, now < outline.notAfter else {
            return nil
        }
        let old = approved(outline)
        guard old != nil || outline.mayNamePredecessor else { return nil }
        let record = register[fingerprint]
        // Whoever was revoked or denied once, or whose approval has ended, is for a person to look at.
        guard record.last.map({ $0.action == .forget }) ?? true, record.revokedByFleet == nil, record.lie == nil,
            let certificate = record.certificate, certificate.selfSigned
        else { return nil }
        if let old {
            return RenewalClaim(
                fingerprint: fingerprint, certificate: certificate, way: .sameKey, predecessor: old, key: outline.spkiSHA256)
        }
        guard let succession = certificate.succession, register.state(of: succession.predecessor) == .approved else { return nil }
        let named = register[succession.predecessor]
        guard isFollowed(named), let previous = named.certificate, previous.subject == certificate.subject,
            succession.isSigned(by: previous, for: certificate)
        else { return nil }
        return RenewalClaim(
            fingerprint: fingerprint, certificate: certificate, way: .signed, predecessor: named, key: previous.spkiSHA256)
    }
}
