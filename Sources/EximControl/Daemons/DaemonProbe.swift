import Certificates
import Glibc
package import Host
import TrustCore

/// What a running daemon does with TLS, tried on one of its own sockets without a certificate and without a recipient, so that Exim never
/// logs it as an attempt to relay.
package struct DaemonProbe: Equatable {
    package let askedForCertificate: Bool

    /// How long to wait for a socket that says nothing: where TLS comes first, the client would have to begin.
    private static let patience = Duration.seconds(5)

    /// Nil when none of the sockets speaks SMTP to us, with TLS first or after STARTTLS.
    package init?(_ process: ProcessFacts, _ settings: DaemonSettings) {
        guard process.sharesOurNetwork else { return nil }
        let hasTLSFirst = DaemonArguments(process.arguments).hasTLSFirst
        for listener in process.listeners {
            guard let descriptor = SocketAddress(listener).connect() else { continue }
            defer { close(descriptor) }
            let isTLSFirst = hasTLSFirst || settings.tlsPorts.contains(listener.port)
            if let asked = try? Self.ask(descriptor, isTLSFirst) {
                askedForCertificate = asked
                return
            }
        }
        return nil
    }

    private static func ask(_ descriptor: CInt, _ isTLSFirst: Bool) throws(SMTPError) -> Bool {
        var dialogue = SMTPDialogue(over: descriptor, until: Clock.monotonic + patience)
        if isTLSFirst {
            try dialogue.startTLS(showing: nil)
            guard try dialogue.say().isPositive else { throw .noReply }
            dialogue.leave()
            return dialogue.tls?.askedForCertificate ?? false
        }
        guard try dialogue.say().isPositive, try dialogue.say("EHLO localhost").isPositive, try dialogue.say("STARTTLS").code == 220 else {
            throw .noReply
        }
        try dialogue.startTLS(showing: nil)
        _ = try? dialogue.say("QUIT")
        return dialogue.tls?.askedForCertificate ?? false
    }
}
