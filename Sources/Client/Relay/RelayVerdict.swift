package import Certificates
package import Host
import TrustCore

/// Whether a relay and its client trust each other, as far as one session shows: one half of a `ClientVerdict`.
package struct RelayVerdict {
    package let state: State
    /// One sentence, safe to print.
    package let words: String
    /// What the relay showed.
    package var relayCertificate: Certificate?
    /// TLS version and cipher.
    package var encryption: String?
    /// The relay's last reply.
    package var reply: String?
    package var warnings: [String] = []
    /// The certificate that it hands over for our key.
    package var issued: Certificate?
    /// What it showed besides, in DER form.
    var chain: [[UInt8]] = []

    init(_ state: State, _ words: String) {
        self.state = state
        self.words = words
    }

    package enum State: String, CaseIterable, Encodable {
        case trusted
        case waiting
        case anotherRelay = "another_relay"
        case noCertificateAsked = "no_certificate_asked"
        case ownCertificateNotValid = "own_certificate_not_valid"
        case noTLS = "no_tls"
        case cannotConnect = "cannot_connect"
        case notPinned = "not_pinned"
        /// Only of both halves: mail goes to the relay, but not as it was agreed.
        case pinNotUsed = "pin_not_used"
        case relayCertificateExpired = "relay_certificate_expired"
        /// Only of both halves.
        case relayNotVerifiable = "relay_not_verifiable"
        case ownCertificateNeverAccepted = "own_certificate_never_accepted"

        package var exit: ExitStatus {
            switch self {
            case .trusted: .done
            case .waiting: .waiting
            case .anotherRelay: .anotherRelay
            case .noCertificateAsked: .noCertificateAsked
            case .ownCertificateNotValid: .ownCertificateNotValid
            case .noTLS: .noTLS
            case .cannotConnect: .cannotConnect
            case .notPinned: .notPinned
            case .pinNotUsed: .pinNotUsed
            case .relayCertificateExpired: .relayCertificateExpired
            case .relayNotVerifiable: .relayNotVerifiable
            case .ownCertificateNeverAccepted: .ownCertificateNeverAccepted
            }
        }
    }
}
