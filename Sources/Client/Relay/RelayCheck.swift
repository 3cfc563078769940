package import Certificates
import EximControl
import TrustCore

/// Asks a relay to relay a message, up to RCPT and without sending one, and says whether it and the client trust each other.
package struct RelayCheck {
    let relay: RelayName
    package let implicit: Bool
    let sender: String
    let recipient: String
    let timeLimit: Duration
    /// Whether the relay is asked a second time, without a certificate.
    let asksWithout: Bool

    /// Its domain exists nowhere (RFC 2606), so no relay takes mail for it as its own.
    package static let usualRecipient = "postmaster@check.invalid"

    package init(
        relay: RelayName, implicit: Bool, sender: String = "", recipient: String = Self.usualRecipient,
        timeLimit: Duration = RelayVisit.timeLimit, asksWithout: Bool = false
    ) {
        self.relay = relay
        self.implicit = implicit
        self.sender = sender
        self.recipient = recipient
        self.timeLimit = timeLimit
        self.asksWithout = asksWithout
    }

    /// The check as a client with `identity` that has pinned the certificate `pinned`.
    package func run(as identity: Identity, expecting pinned: Certificate?) -> RelayVerdict {
        let now = Timestamp.now
        var warnings: [String] = []
        for warning in identity.certificate.warnings(at: now, inTrustDirectory: false, known: []) {
            switch warning {
            case .expired(let moment):
                return RelayVerdict(.ownCertificateNotValid, "this client's certificate expired at \(moment)")
            case .notYetValid: return RelayVerdict(.ownCertificateNotValid, "this client's certificate is \(warning)")
            case .expiresSoon: warnings.append("this client's certificate \(warning); `trustctl client renew` makes the next one")
            default: continue
            }
        }
        var verdict = RelayVerdict(.notPinned, "\(relay) is not pinned, so its certificate cannot be compared")
        if let pinned {
            verdict = visit(identity, pinned)
            verdict = Self.dated(verdict, pinned, relay, at: now)
        }
        if identity.certificate.notAfter.seconds > Certificate.lastCountedSecond, verdict.state != .trusted {
            warnings.append(
                "this client's certificate ends after 2106-02-07: a relay whose rules were made by trustd 0.1 takes it for expired;"
                    + " `trustctl client renew` makes another one")
        }
        verdict.warnings = warnings + verdict.warnings
        return verdict
    }

    /// The verdict with what the pinned certificate's end means for it. Mail programs that verify defer all mail from then on.
    private static func dated(_ found: RelayVerdict, _ pinned: Certificate, _ relay: RelayName, at now: Timestamp) -> RelayVerdict {
        var verdict = found
        let left = pinned.notAfter.seconds - now.seconds
        if left <= 0, [.trusted, .waiting].contains(found.state) {
            verdict = RelayVerdict(
                .relayCertificateExpired, "the pinned certificate of \(relay) expired at \(pinned.notAfter): mail to it waits")
            (verdict.relayCertificate, verdict.encryption, verdict.reply) = (found.relayCertificate, found.encryption, found.reply)
            (verdict.chain, verdict.warnings) = (found.chain, found.warnings)
            if found.state == .waiting { verdict.warnings.append(found.words) }
        } else if left <= 0 {
            verdict.warnings.append("the relay's certificate expired at \(pinned.notAfter)")
        } else if left <= Int64(CertificateWarning.soon) * 86_400 {
            verdict.warnings.append(
                "the relay's certificate \(CertificateWarning.expiresSoon(at: pinned.notAfter, days: Int(left / 86_400))), and then mail waits;"
                    + " ask its operator for the next one, and pin it with `trustctl client pin \(relay) --replace`")
        }
        return verdict
    }

    private func visit(_ identity: Identity, _ pinned: Certificate) -> RelayVerdict {
        var verdict: RelayVerdict
        var shown: Certificate?
        var encryption: String?
        var chain: [[UInt8]] = []
        var isRelays = false
        do throws(RelayError) {
            var visit = try RelayVisit(relay, implicit: implicit, showing: identity, onlyTo: pinned.fingerprint, timeLimit: timeLimit)
            let certificate = try visit.certificate()
            shown = certificate
            chain = visit.tls?.peerChain ?? []
            isRelays = takesForItself(visit.ownName)
            encryption = visit.tls.map { "\($0.version) \($0.cipher)" }
            if certificate.fingerprint != pinned.fingerprint {
                verdict = RelayVerdict(.anotherRelay, "\(relay) is not the pinned relay: its certificate is another one")
            } else if visit.tls?.askedForCertificate != true {
                verdict = RelayVerdict(
                    .noCertificateAsked, "\(relay) is the pinned relay, but does not ask for a certificate, so it cannot trust one")
            } else if visit.tls?.hasShownCertificate == false {
                verdict = neverAccepted(
                    "its TLS takes no signature of a key of the kind \(Printable("\(identity.certificate.key)", limit: 80))")
            } else {
                verdict = ask(&visit, identity)
            }
            visit.quit()
        } catch {
            switch error {
            case .unreachable: verdict = RelayVerdict(.cannotConnect, error.description)
            case .noTLS: verdict = RelayVerdict(.noTLS, error.description)
            }
        }
        verdict.relayCertificate = shown
        verdict.encryption = encryption
        verdict.chain = chain
        // A relay that refuses writes a line that fail2ban counts against this host, so a good client must not ask without need.
        if verdict.state == .trusted, asksWithout || isRelays, relaysWithoutCertificate() {
            verdict.warnings.append(
                "it relays for this address without a certificate too, so this does not show that it trusts the certificate")
        }
        return verdict
    }

    private func ask(_ visit: inout RelayVisit, _ identity: Identity) -> RelayVerdict {
        var verdict: RelayVerdict
        do {
            let answer = try visit.ask(from: sender, to: recipient, implicit: implicit)
            verdict = judge(answer)
            verdict.reply = answer.reply.words
            switch HandedCertificate.read(answer.reply, for: identity, at: .now) {
            case .success(let issued)?:
                verdict = RelayVerdict(
                    .waiting, "waiting: \(relay) is the pinned relay, and hands over the certificate that a CA has issued for this key")
                (verdict.issued, verdict.reply) = (issued, "550 \(HandedCertificate.mark)")
            case .failure(let fault)?:
                verdict.warnings.append("the relay hands over a certificate that is not taken: \(fault.words)")
            case nil: break
            }
        } catch .tls(.failed(let words)) where !identity.certificate.maySign {
            verdict = neverAccepted("its TLS refuses one whose keyUsage lacks digitalSignature (\(words))")
        } catch .tls(.failed(let words)) {
            // In TLS 1.3 a server refuses our certificate only after the handshake.
            verdict = RelayVerdict(
                .waiting,
                "waiting for approval: \(relay) is the pinned relay, and does not accept this certificate in TLS yet (\(words))")
        } catch { verdict = RelayVerdict(.cannotConnect, "cannot connect to \(relay): \(error)") }
        let authorities = visit.tls?.namedAuthorities ?? []
        if !authorities.isEmpty, !authorities.contains(identity.certificate.issuer) {
            verdict.warnings.append(
                "the relay asks only for certificates of \(authorities.count) CAs: a client with GnuTLS, such as Debian's Exim, will not"
                    + " show this one; the relay's operator should set tls_verify_certificates to a directory")
        }
        return verdict
    }

    private func neverAccepted(_ why: String) -> RelayVerdict {
        RelayVerdict(.ownCertificateNeverAccepted, "this certificate can never be accepted by \(relay): \(why)")
    }

    private func judge(_ answer: RelayVisit.Answer) -> RelayVerdict {
        if answer.reply.isPositive {
            return RelayVerdict(.trusted, "trusted both ways: \(relay) is the pinned relay, and relays for this certificate")
        }
        if answer.reply.isTemporary {
            return RelayVerdict(
                .cannotConnect, "\(relay) cannot say at the moment: it answers \(answer.command) with \(answer.reply.words)")
        }
        return RelayVerdict(
            .waiting,
            "waiting for approval: \(relay) is the pinned relay, and does not relay for this certificate yet"
                + " (\(answer.command): \(answer.reply.words))")
    }

    /// Whether the recipient's domain seems to be the relay's own, by the name that it greets with: then its answer says nothing of us.
    private func takesForItself(_ name: String) -> Bool {
        guard let mark = recipient.lastIndex(of: "@") else { return false }
        let domain = recipient[recipient.index(after: mark)...].lowercased()
        return name == domain || name.hasSuffix("." + domain) || relay.host == domain || relay.host.hasSuffix("." + domain)
    }

    /// Whether the relay does the same for a client without a certificate: because of its address, or because it is an open relay.
    private func relaysWithoutCertificate() -> Bool {
        guard var visit = try? RelayVisit(relay, implicit: implicit, timeLimit: timeLimit) else { return false }
        let answer = try? visit.ask(from: sender, to: recipient, implicit: implicit)
        visit.quit()
        return answer?.command == "RCPT" && answer?.reply.isPositive == true
    }
}
