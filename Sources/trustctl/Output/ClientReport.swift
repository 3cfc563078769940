import Certificates
import Client
import Doctor
import Glibc
import SystemPackage
import TrustCore

/// What the client's commands print.
struct ClientReport {
    let json: Bool
    private let style = Style(for: STDOUT_FILENO)

    init(json: Bool) { self.json = json }

    func made(_ certificate: Certificate, key: FilePath, certificate file: FilePath) {
        if json {
            var document = ClientDocument()
            document.fingerprint = certificate.fingerprint
            document.certificate = file.string
            document.key = key.string
            document.notAfter = certificate.notAfter.description
            return Output.write(JSON.text(document))
        }
        Output.write(CertificateCard(certificate: certificate, style: style).text)
        Output.write("certificate".padded(to: Card.width) + "\(file)\n" + "key".padded(to: Card.width) + "\(key)\n")
        Terminal.note("the relay's operator will see this fingerprint; tell it by a way that the mail does not take")
    }

    func pinned(_ certificate: Certificate, _ relay: RelayName, in folder: ClientFolder, isNew: Bool) {
        if json {
            var document = ClientDocument()
            document.relay = relay.description
            document.relayFingerprint = certificate.fingerprint
            document.pinned = folder.pin(of: relay).string
            return Output.write(JSON.text(document))
        }
        Output.write("\(isNew ? "pinned" : "pinned already"): \(relay) \(certificate.fingerprint)\n")
    }

    func found(_ finding: RelayCheck.Finding, _ relay: RelayName, own: Certificate, pinned: Certificate?) {
        if json {
            var document = ClientDocument()
            document.relay = relay.description
            document.fingerprint = own.fingerprint
            document.notAfter = own.notAfter.description
            document.relayFingerprint = finding.relayCertificate?.fingerprint
            document.pinnedFingerprint = pinned?.fingerprint
            document.state = finding.state
            document.detail = finding.words
            document.encryption = finding.encryption
            document.reply = finding.reply
            document.warnings = finding.warnings
            return Output.write(JSON.text(document))
        }
        Output.write(finding.words + "\n")
        switch finding.state {
        case .waiting: Output.write("tell the relay's operator:\n" + FingerprintLines(own.fingerprint, style: style).text)
        case .anotherRelay:
            if let pinned { Output.write("pinned: \(pinned.fingerprint)\n") }
            if let shown = finding.relayCertificate { Output.write("it shows: \(shown.fingerprint)\n") }
            Terminal.note("hint: somebody may be between you and the relay, or it has a new certificate: ask its operator")
        case .notPinned: Terminal.note("hint: trustctl client pin \(relay)")
        case .ownCertificateNotValid: Terminal.note("hint: trustctl client renew")
        case .noCertificateAsked: Terminal.note("hint: its operator sets tls_try_verify_hosts; `trustctl setup` does it")
        case .trusted, .noTLS, .cannotConnect: break
        }
        for warning in finding.warnings { Terminal.note("warning: \(warning)") }
    }
}

extension ClientReport {
    /// Of the next certificate: whether it is in use now, and what each relay says.
    func renewed(_ findings: [(RelayName, RelayCheck.Finding)], from old: Certificate, to next: Certificate, isDone: Bool) {
        let first = findings.first { $0.1.state != .trusted } ?? findings[0]
        if json {
            var document = ClientDocument()
            document.relay = first.0.description
            document.state = first.1.state
            document.detail = first.1.words
            document.fingerprint = next.fingerprint
            document.notAfter = next.notAfter.description
            document.reply = first.1.reply
            document.warnings = findings.flatMap(\.1.warnings)
            return Output.write(JSON.text(document))
        }
        for (_, finding) in findings {
            Output.write(finding.words + "\n")
            for warning in finding.warnings { Terminal.note("warning: \(warning)") }
        }
        if isDone {
            Output.write("done: the next certificate is in use: \(next.fingerprint)\n")
            return Terminal.note("the one before it can be revoked at the relay: \(old.fingerprint)")
        }
        Output.write(
            "tell the relay's operator the next certificate's fingerprint:\n" + FingerprintLines(next.fingerprint, style: style).text)
        Terminal.note("mail goes on with the one before it; when the next one is approved, repeat `trustctl client renew`")
    }
}
