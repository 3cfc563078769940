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
    /// That a setup has changed.
    var files: [String] = []
    var warnings: [String] = []

    init(relay: String? = nil) { self.relay = relay }
}
