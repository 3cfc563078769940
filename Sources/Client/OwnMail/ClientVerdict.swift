/// What `client check` finds: what the relay does, what this host's mail does, and what both come to.
package struct ClientVerdict {
    package let relay: RelayVerdict
    /// Nil when it was not examined, because the relay's half is such that no mail can go.
    package let mail: MailVerdict?

    /// `mail` is nil where nothing was asked about it.
    package init(relay: RelayVerdict, mail: MailVerdict?) { (self.relay, self.mail) = (relay, mail) }

    /// The relay's half counts first: where it finds nothing wrong, this host's half does.
    package var state: RelayVerdict.State {
        relay.state == .trusted ? mail?.state.overall ?? .trusted : relay.state
    }

    private var isMails: Bool { state != relay.state }
    /// One sentence, safe to print.
    package var words: String { isMails ? mail?.words ?? relay.words : relay.words }
    /// What to do about what this host's half found, when that is what counts.
    package var mend: String? { isMails ? mail?.mend : nil }

    package var warnings: [String] {
        var warnings = relay.warnings + (mail?.warnings ?? [])
        if let mail, mail.state == .unknown { warnings.append(mail.words) }
        if let mail, mail.state.overall != nil, !isMails {
            warnings.append("\(mail.words)" + (mail.mend.map { "; to fix it: \($0)" } ?? ""))
        }
        return warnings
    }
}
