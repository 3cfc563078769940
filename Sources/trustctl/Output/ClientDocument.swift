import Certificates
import Client
import Host
import TrustCore

/// `{"version":1,…}`: what is absent is null.
struct ClientDocument: Encodable {
    let version = 1
    @Nullable var relay: String? = nil
    @Nullable var state: RelayVerdict.State? = nil { didSet { exit = state?.exit.rawValue } }
    @Nullable private(set) var exit: Int32? = nil
    @Nullable var detail: String? = nil
    /// The client's own.
    @Nullable var fingerprint: Fingerprint? = nil { didSet { words = fingerprint?.spoken.joined(separator: " ") } }
    @Nullable private(set) var words: String? = nil
    let wordList = PGPWordList.name
    @Nullable var certificate: String? = nil
    @Nullable var key: String? = nil
    @Nullable var notAfter: String? = nil
    /// The relay's, as it shows it, and as it was pinned.
    @Nullable var relayFingerprint: Fingerprint? = nil
    @Nullable var pinnedFingerprint: Fingerprint? = nil
    /// The file.
    @Nullable var pinned: String? = nil
    @Nullable var encryption: String? = nil
    @Nullable var reply: String? = nil
    /// What the relay has handed over, and whether it is in use now.
    @Nullable var issued: Issued? = nil
    /// What the relay does, and what this host's mail does.
    @Nullable var halves: Halves? = nil
    /// Of the message that was sent on demand.
    @Nullable var delivery: Delivery? = nil
    /// That a setup has changed.
    var files: [String] = []
    var warnings: [String] = []

    init(relay: String? = nil) { self.relay = relay }

    struct Halves: Encodable {
        let relay: Relay
        @Nullable var mail: Mail?

        init(_ verdict: ClientVerdict) {
            relay = Relay(state: verdict.relay.state, detail: verdict.relay.words)
            mail = verdict.mail.map { Mail(program: $0.program, state: $0.state, detail: $0.words, mend: $0.mend, route: $0.route) }
        }
    }

    struct Issued: Encodable {
        let fingerprint: Fingerprint
        let notAfter: String
        let inUse: Bool
    }

    struct Relay: Encodable {
        let state: RelayVerdict.State
        let detail: String
    }

    struct Mail: Encodable {
        @Nullable var program: String?
        let state: MailVerdict.State
        let detail: String
        @Nullable var mend: String?
        @Nullable var route: String?
    }

    struct Delivery: Encodable {
        let recipient: String
        let state: RelayVerdict.State
        let detail: String
        /// Exim's own words.
        let lines: [String]
    }
}
