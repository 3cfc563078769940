import Certificates
import Client
import Doctor
import Host
import TrustCore

/// What the doctor says of a host that is only a client: its own certificate, and each relay that it has pinned.
struct ClientFindings {
    let folder: ClientFolder

    /// Whether the host has a certificate for relays.
    var isClient: Bool { (try? folder.identities.current()) != nil }

    /// Visits every pinned relay as `client check` does.
    func findings(_ progress: Progress) -> [Finding] {
        do throws(Failure) {
            try folder.check()
            let identity = try folder.identities.current()
            let relays = try folder.pins.relays()
            guard !relays.isEmpty else {
                return [
                    Finding(
                        .warning, "client-not-pinned", "this host has a client certificate, but no relay is pinned",
                        "it cannot tell the right relay from another one", mend: "`trustctl client pin RELAY`")
                ]
            }
            var findings: [Finding] = []
            for relay in relays {
                progress.say("asking \(relay)")
                let pinned = try folder.pins.certificate(of: relay)
                let verdict = RelayCheck(relay: relay, implicit: relay.beginsWithTLS).run(as: identity, expecting: pinned)
                findings += judge(verdict, relay, identity.certificate.fingerprint)
            }
            return findings
        } catch {
            return [
                Finding(
                    .error, "client-unsound", error.messages.joined(separator: "; "), "this host cannot show its certificate to a relay",
                    mend: error.hint ?? "see trustctl-client(8)")
            ]
        }
    }

    private func judge(_ verdict: RelayVerdict, _ relay: RelayName, _ own: Fingerprint) -> [Finding] {
        let warnings = verdict.warnings.map { warning in
            Finding(
                .warning, "client-warning", "\(relay): \(warning)", "mail through this relay may stop some day",
                mend: "`trustctl client check \(relay)` shows the whole")
        }
        guard let (severity, mend) = remedy(verdict.state, relay, own) else { return warnings }
        return [
            Finding(
                severity, "client-" + verdict.state.rawValue.replacing("_", with: "-"), verdict.words,
                severity == .warning ? "mail waits in this host's queue until the relay trusts it" : "no mail goes out through this relay",
                mend: mend)
        ] + warnings
    }

    /// Nil when nothing is wrong.
    private func remedy(_ state: RelayVerdict.State, _ relay: RelayName, _ own: Fingerprint) -> (Finding.Severity, String)? {
        switch state {
        case .trusted: nil
        case .waiting: (.warning, "its operator compares the fingerprint with you, and types `trustctl approve \(own)` on the relay")
        case .anotherRelay:
            (
                .error,
                "ask its operator over another channel whether it has a new certificate; if so, `trustctl client pin \(relay) --replace`"
            )
        case .noCertificateAsked: (.error, "on the relay: `trustctl doctor` says what is missing")
        case .ownCertificateNotValid: (.error, "`trustctl client renew`, and have the new fingerprint approved")
        case .noTLS: (.error, "on the relay: `trustctl doctor` says what is missing")
        case .cannotConnect: (.error, "check the network and the relay's name, then `trustctl client check \(relay)`")
        case .notPinned: (.error, "`trustctl client pin \(relay)`")
        }
    }
}
