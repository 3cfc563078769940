import Certificates
import Glibc
package import Host
import TrustCore

/// What a running daemon does with TLS, tried on one of its own sockets without a certificate and without a recipient, so that Exim never
/// logs it as an attempt to relay.
package struct DaemonProbe: Equatable {
    package let askedForCertificate: Bool
    /// The certificate that it showed, in DER form.
    package let certificate: [UInt8]?
    /// The socket that answered: `127.0.0.1:25`.
    package let place: String

    /// How long one socket may take. Before it greets, Exim asks a name server who we are (`host_lookup`), and one that is away takes a
    /// resolver's ten seconds or more.
    private static let patience = Duration.seconds(30)

    /// Nil when none of the sockets speaks SMTP to us, with TLS first or after STARTTLS.
    package init?(_ process: ProcessFacts, _ settings: DaemonSettings, progress: Progress) {
        guard process.sharesOurNetwork else { return nil }
        let hasTLSFirst = DaemonArguments(process.arguments).hasTLSFirst
        for listener in process.listeners {
            guard let descriptor = SocketAddress(listener).connect() else { continue }
            defer { close(descriptor) }
            let isTLSFirst = hasTLSFirst || settings.tlsPorts.contains(listener.port)
            if let tls = try? Self.ask(descriptor, isTLSFirst, progress) {
                (askedForCertificate, certificate) = (tls.askedForCertificate, tls.peerCertificate)
                place = SocketAddress(listener).description
                return
            }
        }
        return nil
    }

    private static func ask(_ descriptor: CInt, _ isTLSFirst: Bool, _ progress: Progress) throws(SMTPError) -> TLSClient {
        var dialogue = SMTPDialogue(over: descriptor, until: Clock.monotonic + patience) {
            progress.wait("waiting for exim to answer; it may be waiting for a name server")
        }
        if isTLSFirst {
            try dialogue.startTLS(showing: nil)
            guard try dialogue.say().isPositive else { throw .noReply }
            dialogue.leave()
            guard let tls = dialogue.tls else { throw .noReply }
            return tls
        }
        guard try dialogue.say().isPositive, try dialogue.say("EHLO localhost").isPositive, try dialogue.say("STARTTLS").code == 220 else {
            throw .noReply
        }
        try dialogue.startTLS(showing: nil)
        _ = try? dialogue.say("QUIT")
        guard let tls = dialogue.tls else { throw .noReply }
        return tls
    }
}
