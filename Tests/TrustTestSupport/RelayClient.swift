/// An SMTP client over TLS, swaks(1), as a client's mail program would talk to the relay.
package struct RelayClient: Sendable {
    package let port: Int
    /// Debian lets 127.0.0.1 relay. A client that must be judged by its certificate uses another loopback address.
    package var from = "127.0.0.2"
    /// The envelope sender; every configuration accepts `<>`.
    package var sender = "alice@client.example"
    /// TLS before the first word of SMTP, as on port 465.
    package var tlsOnConnect = false

    package init(port: Int) { self.port = port }

    package static let foreignRecipient = "bob@remote.example"

    /// The reply code to RCPT; nil if the session did not get that far. Then it hangs up.
    package func replyToRecipient(
        _ recipient: String = foreignRecipient, showing certificate: ClientCertificate?, encrypted: Bool = true
    ) throws -> Int? {
        try reply(to: "RCPT TO:", options(recipient, certificate, encrypted) + ["--quit-after", "RCPT"])
    }

    /// The reply code to a whole message.
    package func replyToMessage(
        _ subject: String, to recipient: String = foreignRecipient, showing certificate: ClientCertificate?
    ) throws -> Int? {
        try reply(to: ".", options(recipient, certificate, true) + ["--header", "Subject: \(subject)", "--body", "from a test"])
    }

    private func options(_ recipient: String, _ certificate: ClientCertificate?, _ encrypted: Bool) -> [String] {
        var options = [
            "--server", "127.0.0.1:\(port)", "--local-interface", from, "--helo", "client.example", "--from", sender,
            "--to", recipient, "--timeout", "60",
        ]
        if encrypted { options.append(tlsOnConnect ? "--tls-on-connect" : "--tls") }
        if let certificate { options += ["--tls-cert", certificate.certificate, "--tls-key", certificate.key] }
        return options
    }

    /// Reads swaks' transcript: its own lines start with ` ~> ` (` -> ` without TLS), the server's with `<~` (`<-`); `<~*` or `<**` is a
    /// refusal.
    private func reply(to command: String, _ options: [String]) throws -> Int? {
        let transcript = try ProgramRun.run("swaks", options).output.split(whereSeparator: \.isNewline)
        guard
            let said = transcript.lastIndex(where: { ($0.hasPrefix(" ~> ") || $0.hasPrefix(" -> ")) && $0.dropFirst(4).hasPrefix(command) }
            ),
            let heard = transcript[(said + 1)...].first(where: { $0.hasPrefix("<") })
        else { return nil }
        return Int(heard.drop { !$0.isNumber }.prefix { $0.isNumber })
    }
}
