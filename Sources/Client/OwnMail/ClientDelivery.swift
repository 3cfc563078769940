import EximControl
package import Host
import Trust
package import TrustCore

/// What one real message has shown, sent through this host's Exim to the relay and on.
package struct ClientDelivery {
    package let recipient: String
    package let state: RelayVerdict.State
    /// One sentence, safe to print.
    package let words: String
    /// What to do about it; nil when nothing is wrong.
    package var mend: String?
    /// Exim's own words.
    package let lines: [Printable]
}

extension ClientExamination {
    /// Exim gives up a connection after five minutes (`command_timeout` and others), each.
    private static let deliveryLimit = Duration.seconds(900)

    /// Sends one message as the caller. Throws when it is not Exim that sends to this relay: then nothing is sent.
    package func deliver(to recipient: String, seen verdict: ClientVerdict) throws(Failure) -> ClientDelivery {
        guard let mail = verdict.mail, mail.program == "exim", mail.state == .usesPin else {
            throw Failure(
                messages: [verdict.mail?.words ?? "this host's mail was not examined", "nothing was sent"],
                hint: "trustctl client setup \(check.relay)", exit: .pinNotUsed)
        }
        let local = try configuration.get()
        do {
            let exim = try EximProgram(local.configuration, scratch: local.configuration.ledger, progress: local.progress)
            let delivery = try exim.deliver(
                to: recipient, body: "`trustctl client check --deliver` has sent this through \(check.relay).", within: Self.deliveryLimit)
            return ClientDelivery(delivery, check.relay)
        } catch { throw Failure(error) }
    }
}

extension ClientDelivery {
    fileprivate init(_ delivery: EximDelivery, _ relay: RelayName) {
        recipient = delivery.recipient
        lines = delivery.lines
        switch delivery.outcome {
        case .delivered(verified: true):
            state = .trusted
            words = "delivered: \(relay) has taken the message to \(recipient), and exim has verified it"
        case .delivered(verified: false):
            state = .pinNotUsed
            words = "this host's mail does not use the pin: the message to \(recipient) was delivered without it"
            mend = "`trustctl client setup \(relay)`"
        case .waits(let reason):
            // The words of Exim's TLS code, and of our own comparison.
            let isPin = reason.contains("not the pinned certificate")
            state = isPin ? .pinNotUsed : reason.contains("certificate") ? .relayNotVerifiable : .cannotConnect
            words = "the message to \(recipient) waits in this host's queue: \(reason)"
            mend = isPin ? "`trustctl client setup \(relay)`" : "`exim -bp` shows it; exim tries again by itself"
        case .refused(let reason):
            state = .waiting
            words = "the message to \(recipient) was refused, and comes back to its sender: \(reason)"
            mend = "tell the relay's operator these words"
        case .untold:
            state = .cannotConnect
            words = "exim does not say what came of the message to \(recipient)"
            mend = "`exim -bp` shows whether it waits in the queue"
        }
    }
}
