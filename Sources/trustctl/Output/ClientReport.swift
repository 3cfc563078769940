import Certificates
import Client
import Glibc
import SystemPackage
import TrustCore

/// What the client's commands say.
struct ClientReport {
    private let style = Style(for: STDOUT_FILENO)

    /// Of `client new`.
    func made(_ certificate: Certificate, key: FilePath, certificate file: FilePath) -> Answer {
        var document = ClientDocument()
        document.fingerprint = certificate.fingerprint
        document.certificate = file.string
        document.key = key.string
        document.notAfter = certificate.notAfter.description
        return Answer(
            document,
            [
                .text(CertificateCard(certificate: certificate, style: style).text),
                .text("certificate".padded(to: Card.width) + "\(file)\n" + "key".padded(to: Card.width) + "\(key)\n"),
                .note("the relay's operator will see this fingerprint; send it to him by something other than mail"),
            ])
    }

    /// Of `client pin`.
    func pinned(_ certificate: Certificate, _ relay: RelayName, in folder: ClientFolder, isNew: Bool) -> Answer {
        var document = ClientDocument(relay: relay.description)
        document.relayFingerprint = certificate.fingerprint
        document.pinned = folder.pins.file(of: relay).string
        return Answer(document, [.text("\(isNew ? "pinned" : "already pinned"): \(relay) \(certificate.fingerprint)\n")])
    }

    /// Of `client check`.
    func found(_ finding: ClientVerdict, _ relay: RelayName, own: Certificate, pinned: Certificate?) -> Answer {
        let document = document(finding, relay, own: own, pinned: pinned)
        var answer = Answer(document, [.text(finding.words + "\n")])
        switch finding.state {
        case .waiting:
            answer.parts.append(.text("tell the relay's operator:\n" + FingerprintLines(own.fingerprint, style: style).text))
        case .anotherRelay:
            if let pinned { answer.parts.append(.text("pinned: \(pinned.fingerprint)\n")) }
            if let shown = finding.relay.relayCertificate { answer.parts.append(.text("it shows: \(shown.fingerprint)\n")) }
            answer.parts.append(.note("hint: somebody may be between you and the relay, or it has a new certificate: ask its operator"))
        case .trusted:
            if let mail = finding.mail { answer.parts.append(.tip(mail.words + (mail.route.map { " (\($0))" } ?? ""))) }
        case .pinNotUsed, .relayNotVerifiable, .ownCertificateNeverAccepted, .relayCertificateExpired, .notPinned, .ownCertificateNotValid,
            .noCertificateAsked, .noTLS, .cannotConnect:
            if let hint = finding.mend ?? Self.hint(finding.state, relay) { answer.parts.append(.note("hint: \(hint)")) }
        }
        answer.parts += finding.warnings.map { .note("warning: \($0)") }
        return answer
    }

    /// What to do about a state of the relay's half.
    private static func hint(_ state: RelayVerdict.State, _ relay: RelayName) -> String? {
        switch state {
        case .notPinned: "trustctl client pin \(relay)"
        case .ownCertificateNotValid: "trustctl client renew"
        case .noCertificateAsked: "its operator must set tls_try_verify_hosts; `trustctl setup` does that"
        case .relayCertificateExpired:
            "when its operator has given it a new one, compare it, `trustctl client pin \(relay) --replace`, `trustctl client setup \(relay)`"
        case .ownCertificateNeverAccepted: "`trustctl client renew` makes one with a usual key"
        case .trusted, .waiting, .anotherRelay, .noTLS, .cannotConnect, .pinNotUsed, .relayNotVerifiable: nil
        }
    }

    private func document(_ finding: ClientVerdict, _ relay: RelayName, own: Certificate, pinned: Certificate?) -> ClientDocument {
        var document = ClientDocument(relay: relay.description)
        document.fingerprint = own.fingerprint
        document.notAfter = own.notAfter.description
        document.relayFingerprint = finding.relay.relayCertificate?.fingerprint
        document.pinnedFingerprint = pinned?.fingerprint
        document.state = finding.state
        document.detail = finding.words
        document.encryption = finding.relay.encryption
        document.reply = finding.relay.reply
        document.halves = .init(finding)
        document.warnings = finding.warnings
        return document
    }

    /// Of `client check --deliver`, after what the check has found.
    func delivered(_ delivery: ClientDelivery, _ relay: RelayName, after check: Answer, _ finding: ClientVerdict) -> Answer {
        let lines = delivery.lines.map(\.description)
        let document = check.document
        var answer = Answer(
            making: {
                guard var whole = document() as? ClientDocument else { return document() }
                whole.state = delivery.state
                whole.detail = delivery.words
                whole.delivery = .init(
                    recipient: delivery.recipient, state: delivery.state, detail: delivery.words, lines: lines)
                return whole
            }, check.parts)
        answer.parts += lines.map { .text("  exim: \($0)\n") }
        answer.parts.append(.text(delivery.words + "\n"))
        if let mend = delivery.mend { answer.parts.append(.note("hint: \(mend)")) }
        return answer
    }

    /// Of `client renew`: whether the next certificate is in use now, and what each relay says.
    func renewed(_ findings: [(RelayName, RelayVerdict)], from old: Certificate, to next: Certificate, isDone: Bool) -> Answer {
        let first = findings.first { $0.1.state != .trusted } ?? findings[0]
        var document = ClientDocument(relay: first.0.description)
        document.state = first.1.state
        document.detail = first.1.words
        document.fingerprint = next.fingerprint
        document.notAfter = next.notAfter.description
        document.reply = first.1.reply
        document.warnings = findings.flatMap(\.1.warnings)
        var answer = Answer(document)
        for (_, finding) in findings {
            answer.parts.append(.text(finding.words + "\n"))
            answer.parts += finding.warnings.map { .note("warning: \($0)") }
        }
        if isDone {
            answer.parts += [
                .text("done: the next certificate is in use: \(next.fingerprint)\n"),
                .note("the old one can be revoked at the relay: trustctl revoke \(old.fingerprint) --only"),
            ]
        } else {
            answer.parts += [
                .text(
                    "tell the relay's operator the next certificate's fingerprint:\n"
                        + FingerprintLines(next.fingerprint, style: style).text),
                .note("mail keeps using the old one; when the next one is approved, repeat `trustctl client renew`"),
            ]
        }
        return answer
    }
}
