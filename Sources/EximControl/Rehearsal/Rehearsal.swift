package import Certificates
import Glibc
package import Host
import SystemPackage
import TrustCore

/// A session with Exim as if a client had connected (`exim -bh`): with its real configuration, its real ACLs and a real TLS handshake, but
/// without network, spool, delivery or a line in its log.
///
/// It is the only way to know what an ACL does that somebody else has written: its text is not interpreted. Exim runs the session as its own
/// user, as the daemon does: what that user cannot read (an ACL file, the trust directory, the server's key) is missing in both. Only root
/// may give macros (`-D`).
package struct Rehearsal {
    /// The address from which the client seems to come.
    let client: String
    package var recipients: [String]
    /// Nil: in plain text.
    package var tls: TLS?
    /// Given on Exim's command line: they take precedence over its files.
    var macros: [Macro] = []
    /// What Exim, and only it, sees in other places than it really is. Exim's user must be able to read the candidates.
    package var substitutions: [Program.Substitution] = []

    /// 192.0.2.0/24 is reserved for documentation (RFC 5737): no host ever has such an address, so no relay has a reason to let it through,
    /// as it has for 127.0.0.1 or an address of its own network.
    package static let defaultClient = "192.0.2.77"
    /// Three of that kind, for a relay that refuses the first.
    package static let clients = [defaultClient, "198.51.100.77", "203.0.113.77"]
    private static let helo = "rehearsal.invalid"
    /// The null sender: every relay must accept it, and it has no domain that could be verified.
    private static let sender = ""
    /// `.invalid` (RFC 2606) never exists, so mail for it is relaying, whatever is local here.
    package static let foreignRecipient = "postmaster@rehearsal.invalid"
    /// For the whole session. Exim may have to wait for a name server that does not answer, more than once.
    private static let timeLimit = Duration.seconds(60)

    package init(client: String = defaultClient, recipients: [String] = [foreignRecipient], tls: TLS? = .init()) {
        self.client = client
        self.recipients = recipients
        self.tls = tls
    }

    package struct TLS {
        /// Nil: the client has no certificate.
        let identity: Identity?

        package init(identity: Identity? = nil) { self.identity = identity }
    }

    struct Macro {
        let name: String
        let value: String
    }

    /// Runs the session. Throws only when Exim could not be started, or refused to begin; what goes wrong later is in the outcome.
    package func hold(with exim: EximProgram) throws(EximError) -> Outcome {
        let program = Program(
            exim.binary, exim.options + macros.map { "-D\($0.name)=\($0.value)" } + ["-bh", client], substitutions: substitutions)
        let child: SocketedProgram
        do { child = try SocketedProgram(program) } catch { throw EximError(error) }
        var outcome = Outcome()
        do {
            let whenSlow = { exim.progress.wait("waiting for exim's answer in a rehearsed session; it may be waiting for a name server") }
            try speak(SMTPDialogue(over: child.descriptor, until: Clock.monotonic + Self.timeLimit, whenSlow: whenSlow), &outcome)
        } catch { outcome.failure = error.description }
        let status: CInt
        let text: String
        do { (status, text) = try child.clear(program) } catch { throw EximError(error) }
        if outcome.greeting == nil, status != 0 {
            let words = EximProgram.words(.init(status: status, output: [], error: text))
            throw status > 128 ? .cannotRun("exim -bh: \(outcome.failure ?? "no greeting")") : .refused(words)
        }
        outcome.read(text)
        return outcome
    }

    private func speak(_ dialogue: consuming SMTPDialogue, _ outcome: inout Outcome) throws(SMTPError) {
        var dialogue = dialogue
        let greeting = try dialogue.say()
        outcome.greeting = greeting
        guard greeting.isPositive else { return }
        var hello = try dialogue.say("EHLO \(Self.helo)")
        outcome.hello = hello
        outcome.offersTLS = hello.lines.contains { $0.uppercased() == "STARTTLS" }
        if let tls, hello.isPositive, outcome.offersTLS {
            let answer = try dialogue.say("STARTTLS")
            guard answer.code == 220 else { return outcome.tlsFailure = answer.words }
            do { try dialogue.startTLS(showing: tls.identity) } catch { return outcome.tlsFailure = error.description }
            if let client = dialogue.tls {
                outcome.tls = Encryption(
                    version: client.version, askedForCertificate: client.askedForCertificate,
                    namedAuthorities: client.namedAuthorities.count)
            }
            hello = try dialogue.say("EHLO \(Self.helo)")
        } else if tls != nil {
            outcome.tlsFailure = "STARTTLS is not offered"
            return
        }
        guard hello.isPositive else { return outcome.hello = hello }
        let answer = try dialogue.say("MAIL FROM:<\(Self.sender)>")
        outcome.sender = answer
        if answer.isPositive {
            for recipient in recipients { outcome.recipients.append(try dialogue.say("RCPT TO:<\(recipient)>")) }
        }
        _ = try? dialogue.say("QUIT")
    }
}
