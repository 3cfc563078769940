/// An SMTP client over TLS, swaks(1): what a stranger's or a friend's mail program does at the relay.
package struct RelayClient: Sendable {
    package let port: Int
    /// Debian lets 127.0.0.1 relay; a client that must be judged by its certificate comes from another loopback address.
    package var from = "127.0.0.2"
    /// The envelope's; `<>` is the one that every configuration takes.
    package var sender = "alice@client.example"
    /// TLS before the first word of SMTP, as on port 465.
    package var tlsOnConnect = false

    package init(port: Int) { self.port = port }

    package static let foreignRecipient = "bob@remote.example"

    /// The three digits that answer RCPT; nil when it did not come so far. Then it hangs up.
    package func replyToRecipient(
        _ recipient: String = foreignRecipient, showing certificate: ClientCertificate?, encrypted: Bool = true
    ) throws -> Int? {
        try reply(to: "RCPT TO:", options(recipient, certificate, encrypted) + ["--quit-after", "RCPT"])
    }

    /// The three digits that answer a whole message.
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

    /// Reads swaks' transcript: what it says starts with ` ~> ` (` -> ` in plain), what it hears with `<~` (`<-`), and `<~*` or `<**`
    /// is a refusal.
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
