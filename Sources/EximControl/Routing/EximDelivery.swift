import Host
package import TrustCore

/// What came of one real message that Exim was to deliver in the foreground, in the words that it writes into its log.
package struct EximDelivery: Equatable {
    package let recipient: String
    package let outcome: Outcome
    /// What Exim wrote for its log, safe to print.
    package let lines: [Printable]

    package enum Outcome: Equatable {
        /// Over TLS to a server that Exim has verified (`CV=yes`), or not.
        case delivered(verified: Bool)
        /// It waits in the queue; Exim's reason.
        case waits(String)
        /// It comes back to its sender; Exim's reason.
        case refused(String)
        /// Exim says nothing of the recipient.
        case untold
    }
}

extension EximDelivery {
    /// Reads what `exim -odf -v` writes on its standard error.
    ///
    /// The attack: a server that answers with lines like Exim's own (`=> bob@remote.example … CV=yes`). Only what stands directly below a
    /// line `LOG:` is Exim's; what a server says is indented, so it can begin no line. And only lines about the recipient count, not those
    /// of a bounce.
    init(recipient: String, from text: String) {
        self.recipient = recipient
        var lines: [Printable] = []
        var outcome = Outcome.untold
        var isLogged = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("LOG: ") {
                isLogged = true
            } else if isLogged {
                isLogged = false
                let words = line.trimmed
                lines.append(Printable(words, limit: 1_000))
                outcome = Outcome(words, recipient) ?? outcome
            }
        }
        self.lines = lines
        self.outcome = outcome
    }
}

extension EximDelivery.Outcome {
    /// Reads `=> bob@remote.example R=… T=… H=… X=… CV=yes …`. Nil when the line is about something else.
    fileprivate init?(_ line: Substring, _ recipient: String) {
        let words = line.split(separator: " ")
        let names = [recipient.lowercased(), "<\(recipient.lowercased())>"]
        guard words.count > 1, words[1...].prefix(3).contains(where: { names.contains($0.trimming(":").lowercased()) }) else { return nil }
        let reason = Printable(words.dropFirst(2).joined(separator: " "), limit: 1_000).description
        switch words[0] {
        case "=>", "->": self = .delivered(verified: words.contains("CV=yes") && words.contains { $0.hasPrefix("X=") })
        case "==": self = .waits(reason)
        case "**": self = .refused(reason)
        default: return nil
        }
    }
}

extension StringProtocol where SubSequence == Substring {
    fileprivate func trimming(_ last: Character) -> Substring { self.last == last ? dropLast() : self[...] }
}

extension EximProgram {
    /// Sends one message as the caller of this process would, and follows its first delivery to the end. No log is read: Exim says itself
    /// what it writes there.
    package func deliver(to recipient: String, body: String, within limit: Duration) throws(EximError) -> EximDelivery {
        var sending = Program(binary, options + ["-odf", "-oi", "-v", "--", recipient])
        sending.input = Array(
            "To: \(recipient)\nSubject: a test of trustctl client check\nAuto-Submitted: auto-generated\n\n\(body)\n".utf8)
        sending.timeLimit = limit
        let result = try run(sending)
        let delivery = EximDelivery(recipient: recipient, from: result.error)
        guard result.status == 0 || !delivery.lines.isEmpty else { throw .refused(Self.words(result)) }
        return delivery
    }
}
