package import Certificates
package import Host
import SystemPackage
import TrustCore

/// A certificate that a relay has handed over: taken into the client's folder, and in use once every pinned relay lets it in.
package struct ClientIssue {
    let folder: ClientFolder
    let reader: KeyReader

    package init(_ folder: ClientFolder, _ reader: KeyReader) { (self.folder, self.reader) = (folder, reader) }

    package struct Outcome {
        package let identity: Identity
        package let isInUse: Bool
        /// What each relay says of it.
        package let findings: [(relay: RelayName, verdict: RelayVerdict)]
    }

    /// `issued` is for the key of `shown`, the identity that the relay has seen. `check` asks a relay as somebody.
    ///
    /// Throws when another next certificate waits already, or when the current one cannot be replaced in one step.
    package func take(
        _ issued: Certificate, for shown: Identity, asking check: (RelayName, Identity) throws(Failure) -> RelayVerdict
    ) throws(Failure) -> Outcome {
        let identities = folder.identities
        guard identities.canSwitch else {
            throw Failure(
                "the relay hands over a certificate, and \(identities.key) was not made by trustctl, so it cannot be put in its place",
                .notSound, hint: "save it as the certificate of this key:\n\(issued.pemText)")
        }
        let waiting = try identities.next()
        if let waiting, ![issued.fingerprint, shown.certificate.fingerprint].contains(waiting.certificate.fingerprint) {
            throw Failure(
                "the relay hands over a certificate for the current key, and a next one waits already", .busy,
                hint: "`trustctl client renew` ends that first")
        }
        let next: Identity
        if let waiting, waiting.certificate.fingerprint == issued.fingerprint {
            next = waiting
        } else {
            let key: [UInt8]
            do { key = try shown.key.pem() } catch { throw Failure("\(error)", .notSound) }
            next = try identities.putNext(key, issued, for: reader)
        }
        var findings: [(relay: RelayName, verdict: RelayVerdict)] = []
        for relay in try folder.pins.relays() { findings.append((relay, try check(relay, next))) }
        let isInUse = findings.allSatisfy { $0.verdict.state == .trusted }
        if isInUse { try identities.switchToNext() }
        return Outcome(identity: next, isInUse: isInUse, findings: findings)
    }
}
