package import Certificates
import EximControl
import Host
import SystemPackage
package import TrustCore

/// An SMTP session with a relay that never sends a message.
package struct RelayVisit {
    private let relay: RelayName
    private let connection: RelayConnection
    private var dialogue: SMTPDialogue
    private let helo: String
    /// What the relay calls itself in its answer to EHLO, in lower case.
    private(set) var ownName = ""

    /// For the whole session: a relay may look names up before its greeting. RFC 5321, 4.5.3.2, allows five minutes, which nobody
    /// waits.
    package static let timeLimit = Duration.seconds(60)

    /// Connects and begins TLS, from the first byte if `implicit`. With `pin`, `identity` is shown only to a relay with that certificate.
    package init(
        _ relay: RelayName, implicit: Bool, showing identity: Identity? = nil, onlyTo pin: Fingerprint? = nil,
        timeLimit: Duration = Self.timeLimit
    ) throws(RelayError) {
        let deadline = Clock.monotonic + timeLimit
        self.relay = relay
        connection = try RelayConnection(to: relay, until: deadline)
        dialogue = SMTPDialogue(over: connection.descriptor, until: deadline)
        helo = connection.ownLiteral
        let name = relay.isAddress ? nil : relay.host
        do throws(SMTPError) {
            if implicit { try dialogue.startTLS(showing: identity, onlyTo: pin, name: name) }
        } catch { throw .noTLS(error.description) }
        try answered(nil)
        let hello = try answered("EHLO \(helo)")
        ownName = hello.lines.first?.split(separator: " ").first.map { $0.lowercased() } ?? ""
        guard !implicit else { return }
        guard hello.lines.contains(where: { $0.uppercased() == "STARTTLS" }) else {
            quit()
            throw .noTLS("\(relay) does not offer STARTTLS")
        }
        let ready: SMTPReply
        do { ready = try dialogue.say("STARTTLS") } catch { throw .noTLS("\(relay) ends the session at STARTTLS: \(error)") }
        guard ready.code == 220 else {
            quit()
            throw .noTLS("\(relay) answers STARTTLS with \(ready.words)")
        }
        do { try dialogue.startTLS(showing: identity, onlyTo: pin, name: name) } catch { throw .noTLS("\(relay): \(error)") }
    }

    /// The relay's certificate; TLS has proved that the relay has its key.
    func certificate() throws(RelayError) -> Certificate {
        guard let der = dialogue.tls?.peerCertificate else { throw .noTLS("\(relay) shows no certificate") }
        do { return try Certificate(der: der) } catch { throw .noTLS("the certificate of \(relay): \(error)") }
    }

    /// The certificate that a relay shows; the visit ends with that.
    package static func certificate(of relay: RelayName, implicit: Bool) throws(RelayError) -> Certificate {
        var visit = try RelayVisit(relay, implicit: implicit)
        let certificate = try visit.certificate()
        visit.quit()
        return certificate
    }

    var tls: TLSClient? { dialogue.tls }

    /// Continues like a client with a message, up to the reply to RCPT. With implicit TLS, EHLO was said already.
    mutating func ask(from sender: String, to recipient: String, implicit: Bool) throws(SMTPError) -> Answer {
        if !implicit {
            let hello = try dialogue.say("EHLO \(helo)")
            guard hello.isPositive else { return Answer(command: "EHLO", reply: hello) }
        }
        let mail = try dialogue.say("MAIL FROM:<\(sender)>")
        guard mail.isPositive else { return Answer(command: "MAIL", reply: mail) }
        return Answer(command: "RCPT", reply: try dialogue.say("RCPT TO:<\(recipient)>"))
    }

    struct Answer: Equatable {
        /// The last command.
        let command: String
        let reply: SMTPReply
    }

    /// Says QUIT, whatever has happened before.
    mutating func quit() { dialogue.leave() }

    @discardableResult
    private mutating func answered(_ command: String?) throws(RelayError) -> SMTPReply {
        let reply: SMTPReply
        do { reply = try dialogue.say(command) } catch { throw .unreachable("\(relay): \(error)") }
        guard reply.isPositive else {
            quit()
            throw .unreachable("\(relay): it answers \(reply.words)")
        }
        return reply
    }
}
