package import Certificates
import EximControl
package import Host
import SystemPackage
package import TrustCore

/// Does what a mail will do, up to RCPT and without sending one, and says which state that shows.
package struct RelayCheck {
    package let relay: RelayName
    let implicit: Bool
    var sender = ""
    /// `.invalid` (RFC 2606) is nobody's domain: mail for it is relaying, whatever is local at the relay.
    var recipient = "postmaster@check.invalid"
    package var timeLimit = RelayVisit.timeLimit

    package init(
        relay: RelayName, implicit: Bool, sender: String = "", recipient: String = "postmaster@check.invalid",
        timeLimit: Duration = RelayVisit.timeLimit
    ) {
        self.relay = relay
        self.implicit = implicit
        self.sender = sender
        self.recipient = recipient
        self.timeLimit = timeLimit
    }

    /// What was found.
    package struct Finding {
        package var state: State
        /// In one sentence, safe to print.
        package var words: String
        package var relayCertificate: Certificate?
        package var encryption: String?
        package var reply: String?
        package var warnings: [String] = []
    }

    package enum State: String, CaseIterable, Encodable {
        case trusted
        case waiting
        case anotherRelay = "another_relay"
        case noCertificateAsked = "no_certificate_asked"
        case ownCertificateNotValid = "own_certificate_not_valid"
        case noTLS = "no_tls"
        case cannotConnect = "cannot_connect"
        case notPinned = "not_pinned"

        package var exit: ExitStatus {
            switch self {
            case .trusted: .done
            case .waiting: .waiting
            case .anotherRelay: .anotherRelay
            case .noCertificateAsked: .noCertificateAsked
            case .ownCertificateNotValid: .ownCertificateNotValid
            case .noTLS: .noTLS
            case .cannotConnect: .cannotConnect
            case .notPinned: .notPinned
            }
        }
    }

    package func run(as identity: Identity, expecting pinned: Certificate?, now: Timestamp = .now) -> Finding {
        let own = identity.certificate
        var warnings: [String] = []
        for warning in own.warnings(at: now, inTrustDirectory: false, known: []) {
            switch warning {
            case .expired, .notYetValid: return Finding(state: .ownCertificateNotValid, words: "the own certificate is \(warning)")
            case .expiresSoon: warnings.append("the own certificate \(warning); `trustctl client renew` makes the next one")
            default: continue
            }
        }
        guard let pinned else {
            return Finding(state: .notPinned, words: "\(relay) is not pinned: nothing is known to compare it with", warnings: warnings)
        }
        if pinned.notAfter < now { warnings.append("the relay's certificate is expired since \(pinned.notAfter)") }
        var finding = visit(identity, pinned)
        finding.warnings = warnings + finding.warnings
        return finding
    }

    private func visit(_ identity: Identity, _ pinned: Certificate) -> Finding {
        var finding = Finding(state: .cannotConnect, words: "")
        do throws(RelayError) {
            var visit = try RelayVisit(relay, implicit: implicit, showing: identity, onlyTo: pinned.fingerprint, timeLimit: timeLimit)
            let shown = try visit.certificate()
            finding.relayCertificate = shown
            finding.encryption = visit.tls.map { "\($0.version) \($0.cipher)" }
            guard shown.fingerprint == pinned.fingerprint else {
                visit.quit()
                finding.state = .anotherRelay
                finding.words = "\(relay) is not the pinned relay: its certificate is another one"
                return finding
            }
            guard visit.tls?.askedForCertificate == true else {
                visit.quit()
                finding.state = .noCertificateAsked
                finding.words = "\(relay) is the pinned relay, but asks for no certificate, so none can be trusted there"
                return finding
            }
            judge(&visit, identity, &finding)
            visit.quit()
        } catch {
            finding.words = error.description
            if case .noTLS = error { finding.state = .noTLS }
        }
        if finding.state == .trusted, relaysToAnybody() {
            finding.warnings.append("it relays for this address without a certificate too: that it trusts the certificate is not shown")
        }
        return finding
    }

    private func judge(_ visit: inout RelayVisit, _ identity: Identity, _ finding: inout Finding) {
        let authorities = visit.tls?.namedAuthorities ?? []
        if !authorities.isEmpty, !authorities.contains(identity.certificate.issuer) {
            finding.warnings.append(
                "the relay asks for certificates of \(authorities.count) authorities only: a client with GnuTLS, such as Debian's Exim, will not"
                    + " show this one; its operator should name a directory as tls_verify_certificates")
        }
        do {
            let answer = try visit.ask(from: sender, to: recipient, implicit: implicit)
            finding.reply = answer.reply.words
            if answer.reply.isPositive {
                finding.state = .trusted
                finding.words = "trusted both ways: \(relay) is the pinned relay, and relays for this certificate"
            } else if answer.reply.isTemporary {
                finding.words = "\(relay) cannot tell now: it answers \(answer.command) with \(answer.reply.words)"
            } else {
                finding.state = .waiting
                finding.words =
                    "waiting for approval: \(relay) is the pinned relay, and does not relay for this certificate yet"
                    + " (\(answer.command): \(answer.reply.words))"
            }
        } catch .tls(.failed(let words)) {
            // With TLS 1.3 a server's refusal of our certificate comes after the handshake.
            finding.state = .waiting
            finding.words = "waiting for approval: \(relay) is the pinned relay, and does not take this certificate in TLS yet (\(words))"
        } catch { finding.words = "cannot connect to \(relay): \(error)" }
    }

    /// Whether the relay would do the same for a client that shows no certificate: by its address, or because it is open.
    private func relaysToAnybody() -> Bool {
        guard var visit = try? RelayVisit(relay, implicit: implicit, timeLimit: timeLimit) else { return false }
        let answer = try? visit.ask(from: sender, to: recipient, implicit: implicit)
        visit.quit()
        return answer?.command == "RCPT" && answer?.reply.isPositive == true
    }
}
