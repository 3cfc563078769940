/// Whether the mail of this host goes to the pinned relay and to nobody else, as far as its mail program says.
package struct MailVerdict {
    /// `exim`, `postfix` or `msmtp`; nil when the host has none of them.
    package let program: String?
    package let state: State
    /// One sentence, safe to print.
    package let words: String
    /// What to do about it, safe to print; nil when nothing is wrong.
    package var mend: String?
    /// The way of the mail as far as the program tells it, e.g. `router smarthost, transport remote_smtp_smarthost, host relay [192.0.2.25]`.
    package var route: String?
    package var warnings: [String] = []

    init(_ program: String?, _ state: State, _ words: String, mend: String? = nil, route: String? = nil) {
        self.program = program
        self.state = state
        self.words = words
        self.mend = mend
        self.route = route
    }

    package enum State: String, CaseIterable, Encodable {
        case usesPin = "uses_pin"
        /// Mail goes to this relay, or was to go there, and the program would send it to others, or unencrypted, or without our certificate.
        case pinNotUsed = "pin_not_used"
        case relayNotVerifiable = "relay_not_verifiable"
        case ownCertificateNeverAccepted = "own_certificate_never_accepted"
        /// No mail program of this host sends to this relay, and none was set up to.
        case elsewhere
        /// The program could not be asked.
        case unknown

        /// What it makes of a check whose other half found nothing wrong.
        var overall: RelayVerdict.State? {
            switch self {
            case .usesPin, .elsewhere, .unknown: nil
            case .pinNotUsed: .pinNotUsed
            case .relayNotVerifiable: .relayNotVerifiable
            case .ownCertificateNeverAccepted: .ownCertificateNeverAccepted
            }
        }
    }
}
