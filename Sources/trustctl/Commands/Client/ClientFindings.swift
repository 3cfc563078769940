import Certificates
import Client
import Doctor
import Host
import Trust
import TrustCore

/// What the doctor says of a host that is only a client: its own certificate, each relay that it has pinned, and what its mail does.
struct ClientFindings {
    let folder: ClientFolder
    /// Where Exim is, and what client setup has done.
    let local: Result<LocalTrust, Failure>

    init(folder: ClientFolder, config: String?) {
        self.folder = folder
        local = Result { () throws(Failure) in try LocalTrust(config: config, mayBeMissing: true) }
    }

    /// Whether the host has, or once had, what a client needs. A damaged client is a client too.
    var isClient: Bool { folder.isUsed }

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
                let check = RelayCheck(relay: relay, implicit: relay.beginsWithTLS)
                let verdict = ClientExamination(check, in: folder, local).run(as: identity, expecting: pinned)
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

    private func judge(_ verdict: ClientVerdict, _ relay: RelayName, _ own: Fingerprint) -> [Finding] {
        let warnings = verdict.warnings.map { warning in
            Finding(
                .warning, "client-warning", "\(relay): \(warning)", "mail through this relay may stop some day",
                mend: "`trustctl client check \(relay)` shows the whole")
        }
        guard let (severity, usual) = remedy(verdict.state, relay, own) else { return warnings }
        // The certificate is there: nobody must be asked.
        let taking = verdict.relay.issued == nil ? nil : "`trustctl client check \(relay)` takes the certificate"
        let mend = taking ?? verdict.mend ?? usual
        return [
            Finding(
                severity, "client-" + verdict.state.rawValue.replacing("_", with: "-"), verdict.words,
                consequence(verdict.state),
                mend: mend)
        ] + warnings
    }

    private func consequence(_ state: RelayVerdict.State) -> String {
        switch state {
        case .waiting: "the relay refuses this host's mail, and it comes back to its senders"
        case .pinNotUsed: "this host's mail may go out unencrypted or to somebody else, or wait for ever"
        case .relayCertificateExpired, .relayNotVerifiable: "mail waits in this host's queue"
        default: "no mail goes out through this relay"
        }
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
        case .pinNotUsed, .relayNotVerifiable: (.error, "`trustctl client setup \(relay)`")
        case .relayCertificateExpired:
            (
                .error,
                "when its operator has given it a new one, compare it, `trustctl client pin \(relay) --replace`, `trustctl client setup \(relay)`"
            )
        case .ownCertificateNeverAccepted: (.error, "`trustctl client renew`, and have the new fingerprint approved")
        }
    }
}
