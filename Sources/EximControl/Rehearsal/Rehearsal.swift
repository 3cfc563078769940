package import Certificates
import Glibc
package import Host
import SystemPackage
import TrustCore

/// A session that Exim plays with us as if a client had connected from `client` (`exim -bh`): with its real configuration, its real ACLs and
/// a real TLS handshake, and without network, spool, delivery or a line in its log.
///
/// It is the only way to know what an ACL does that somebody else has written: the text is not read, the question is asked. Exim plays it
/// as its own user, as the daemon does: what that user cannot read (an ACL file, the trust directory, the server's key) is missing here
/// as it is there. Only root may give macros (`-D`).
package struct Rehearsal {
    /// Where the client seems to come from. 192.0.2.0/24 belongs to the documentation (RFC 5737): no host ever has such an address, so no
    /// relay has a reason to let it through, as 127.0.0.1 or an address of the own network is. 203.0.113.77 and 2001:db8:: would do as well.
    package var client = "192.0.2.77"
    package var helo = "rehearsal.invalid"
    /// Empty: the null sender, which every relay has to take and nobody's domain is asked for.
    var sender = ""
    /// `.invalid` (RFC 2606) is nobody's domain: mail for it is relaying, whatever is local here.
    package var recipients = ["postmaster@rehearsal.invalid"]
    /// Nil: in plain text.
    package var tls: TLS? = .init()
    /// What is said on Exim's command line, and wins over its files.
    package var macros: [Macro] = []
    /// What Exim, and only it, sees elsewhere than it lies. Its own user must be able to read what stands there.
    package var substitutions: [Program.Substitution] = []
    /// Exim's `-C` when it is not that of trustd.conf: a configuration that was made for this rehearsal.
    package var configuration: [String]?
    /// For the whole session. Exim may have to wait for a name server that does not answer, more than once.
    package var timeLimit = Duration.seconds(60)

    package init(
        client: String = "192.0.2.77", helo: String = "rehearsal.invalid", sender: String = "",
        recipients: [String] = ["postmaster@rehearsal.invalid"], tls: TLS? = .init(), macros: [Macro] = [],
        substitutions: [Program.Substitution] = [], configuration: [String]? = nil, timeLimit: Duration = .seconds(60)
    ) {
        self.client = client
        self.helo = helo
        self.sender = sender
        self.recipients = recipients
        self.tls = tls
        self.macros = macros
        self.substitutions = substitutions
        self.configuration = configuration
        self.timeLimit = timeLimit
    }

    package struct TLS {
        /// Nil: the client has no certificate.
        package var identity: Identity?

        package init(identity: Identity? = nil) {
            self.identity = identity
        }
    }

    package struct Macro {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What came of it.
    package struct Outcome {
        package var greeting: SMTPReply?
        /// The answer to the first EHLO.
        package var hello: SMTPReply?
        var offersTLS = false
        package var tls: Encryption?
        /// Why TLS, which the rehearsal wanted, did not come about.
        package var tlsFailure: String?
        package var sender: SMTPReply?
        /// One for each recipient, as far as the session came.
        package var recipients: [SMTPReply] = []
        /// Why the session ended early.
        package var failure: String?
        /// What Exim would have written into its log, without the time.
        package var log: [String] = []
        /// Those of these lines that are attempts to relay.
        package var attempts: [RehearsedAttempt] = []
        /// What Exim said beside the session.
        package var complaints = ""
    }

    package struct Encryption {
        package let version: String
        package let cipher: String
        /// Whether Exim wanted to see a certificate.
        package let askedForCertificate: Bool
        /// How many authorities Exim named of which it would like to see a certificate.
        package let namedAuthorities: Int
        /// What Exim showed, in DER form.
        let serverCertificate: [UInt8]?
    }

    /// Plays it. Throws only when Exim could not be started at all, or would not play; what goes wrong in the session is in the outcome.
    package func play(_ exim: EximProgram) throws(EximError) -> Outcome {
        let options = configuration ?? exim.configuration.map { ["-C", $0.string] } ?? []
        let program = Program(
            exim.binary, options + macros.map { "-D\($0.name)=\($0.value)" } + ["-bh", client], substitutions: substitutions)
        let stage: SocketedProgram
        do { stage = try SocketedProgram(program) } catch { throw EximError(error) }
        var outcome = Outcome()
        do {
            try speak(SMTPDialogue(over: stage.descriptor, until: Clock.monotonic + timeLimit), &outcome)
        } catch { outcome.failure = error.description }
        let status: CInt
        let text: String
        do { (status, text) = try stage.clear(program) } catch { throw EximError(error) }
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
        var hello = try dialogue.say("EHLO \(helo)")
        outcome.hello = hello
        outcome.offersTLS = hello.lines.contains { $0.uppercased() == "STARTTLS" }
        if let tls, hello.isPositive, outcome.offersTLS {
            let answer = try dialogue.say("STARTTLS")
            guard answer.code == 220 else { return outcome.tlsFailure = answer.words }
            do { try dialogue.startTLS(showing: tls.identity) } catch { return outcome.tlsFailure = error.description }
            if let client = dialogue.tls {
                outcome.tls = Encryption(
                    version: client.version, cipher: client.cipher, askedForCertificate: client.askedForCertificate,
                    namedAuthorities: client.namedAuthorities.count,
                    serverCertificate: client.peerCertificate)
            }
            hello = try dialogue.say("EHLO \(helo)")
        } else if tls != nil {
            outcome.tlsFailure = "STARTTLS is not offered"
            return
        }
        guard hello.isPositive else { return outcome.hello = hello }
        let answer = try dialogue.say("MAIL FROM:<\(sender)>")
        outcome.sender = answer
        if answer.isPositive {
            for recipient in recipients { outcome.recipients.append(try dialogue.say("RCPT TO:<\(recipient)>")) }
        }
        _ = try? dialogue.say("QUIT")
    }
}

extension Rehearsal.Outcome {
    /// Reads what Exim wrote beside the session: `LOG: …` lines and its tests (`>>> …`).
    fileprivate mutating func read(_ text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("LOG: ") {
                let message = RehearsedAttempt.message(of: line.dropFirst(5))
                log.append(String(message))
                if let attempt = RehearsedAttempt(message) { attempts.append(attempt) }
            } else if !line.hasPrefix(">>>") {
                complaints += line + "\n"
            }
        }
    }
}
