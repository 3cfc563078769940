extension Rehearsal {
    /// How a session went.
    package struct Outcome {
        package var greeting: SMTPReply?
        /// The answer to the first EHLO.
        package var hello: SMTPReply?
        var offersTLS = false
        package var tls: Encryption?
        /// Why TLS could not be started although the rehearsal wanted it.
        package var tlsFailure: String?
        package var sender: SMTPReply?
        /// The answers to the recipients, in their order; fewer when the session ended early.
        package var recipients: [SMTPReply] = []
        /// Why the session ended early.
        package var failure: String?
        /// What Exim would have written to its log, without the time.
        package var log: [String] = []
        /// Those of these lines that are attempts to relay.
        package var attempts: [RehearsedAttempt] = []
        /// The digests of no certificate that such lines name in place of a fingerprint.
        package var digestsOfNoCertificate: [String] = []
        /// What else Exim wrote to its standard error.
        package var complaints = ""
    }

    package struct Encryption {
        /// As OpenSSL names it, e.g. `TLSv1.3`.
        let version: String
        /// Whether Exim asked the client for a certificate.
        package let askedForCertificate: Bool
        /// How many certificate authorities Exim named in its request.
        package let namedAuthorities: Int
    }
}

extension Rehearsal.Outcome {
    /// Reads what Exim wrote to its standard error: log lines (`LOG: …`), the conditions that it tested (`>>> …`), and complaints.
    mutating func read(_ text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("LOG: ") {
                let message = RehearsedAttempt.message(of: line.dropFirst(5))
                log.append(String(message))
                if let attempt = RehearsedAttempt(message) { attempts.append(attempt) }
                if let digest = RehearsedAttempt.digestOfNoCertificate(in: message) { digestsOfNoCertificate.append(digest) }
            } else if !line.hasPrefix(">>>") {
                complaints += line + "\n"
            }
        }
    }
}
