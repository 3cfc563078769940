import Certificates
package import FleetCarrier
package import TrustCore

/// What a relay's root says of itself: what it has, what Exim was proved to hold, and how the last change ended.
package struct Receipt: Equatable, Sendable {
    package let fleet: FleetIdentity
    package let member: String
    package let time: ReceiptTime
    /// 1 to 8, ascending.
    package let heads: [Digest]
    package let decisions: Int
    package let waiting: Int
    package let trusted: TrustedSet
    /// How many of the trusted ones the fleet does not know.
    package let local: Int
    package let outcome: Outcome
    /// Of the programs there.
    package let version: String

    package init(
        fleet: FleetIdentity, member: String, time: ReceiptTime, heads: [Digest], decisions: Int, waiting: Int, trusted: TrustedSet,
        local: Int, outcome: Outcome, version: String
    ) {
        (self.fleet, self.member, self.time, self.heads) = (fleet, member, time, heads.sorted())
        (self.decisions, self.waiting, self.trusted, self.local) = (decisions, waiting, trusted, local)
        (self.outcome, self.version) = (outcome, version)
    }

    /// How many fingerprints Exim holds, and the SHA-256 of all of them, ascending, one a line.
    package struct TrustedSet: Equatable, Sendable, CustomStringConvertible {
        package let count: Int
        package let digest: Digest

        /// Nil when this OpenSSL has no SHA-256.
        package init?(_ fingerprints: some Sequence<Fingerprint>) {
            let sorted = fingerprints.sorted()
            guard let digest = Digest(bytes: SHA256.digest(of: sorted.flatMap { Array("\($0)\n".utf8) })) else { return nil }
            (count, self.digest) = (sorted.count, digest)
        }

        init?(_ text: String) {
            let words = text.split(separator: " ", omittingEmptySubsequences: false)
            guard words.count == 2, let count = Receipt.count(String(words[0])), let digest = Digest(hex: words[1]) else { return nil }
            (self.count, self.digest) = (count, digest)
        }

        package var description: String { "\(count) \(digest)" }
    }

    /// How the last change ended there. `text` is one printable line of at most 500 bytes.
    package enum Outcome: Equatable, Sendable, CustomStringConvertible {
        case live
        case refused(String)
        case undone(String)
        case stuck(String)

        private static let longestText = 500
        /// Behind the reason of a failure: what takes trust away was made so all the same, or there was nothing.
        package static let takingIsDone = "; what takes trust away is done"

        /// Why the last change failed there; nil: it did not.
        package var reason: String? {
            switch self {
            case .live: nil
            case .refused(let text), .undone(let text), .stuck(let text):
                text.hasSuffix(Self.takingIsDone) ? String(text.dropLast(Self.takingIsDone.count)) : text
            }
        }

        /// Whether nothing is trusted there any more that its decisions take away.
        package var hasTakenAway: Bool {
            switch self {
            case .live: true
            case .refused(let text), .undone(let text), .stuck(let text): text.hasSuffix(Self.takingIsDone)
            }
        }

        /// Exactly the form of `description`; nil for anything else.
        init?(_ text: String) {
            if text == "live" {
                self = .live
                return
            }
            guard let blank = text.firstIndex(of: " ") else { return nil }
            let reason = String(text[text.index(after: blank)...])
            guard reason.utf8.count <= Self.longestText, ExactLines.value(Array(reason.utf8)[...]) != nil else { return nil }
            switch text[..<blank] {
            case "refused": self = .refused(reason)
            case "undone": self = .undone(reason)
            case "stuck": self = .stuck(reason)
            default: return nil
            }
        }

        package var description: String {
            switch self {
            case .live: "live"
            case .refused(let text): "refused \(text)"
            case .undone(let text): "undone \(text)"
            case .stuck(let text): "stuck \(text)"
            }
        }
    }

    /// Whether the relay is live with a decision: it has it, and the last change there is in force. An old receipt has old heads.
    package func isLive(with decision: Digest, in state: FleetState) -> Bool {
        outcome == .live && fleet == state.fleet && state.isKnown(decision, to: heads)
    }

    /// A number without a leading zero.
    static func count(_ text: String) -> Int? { Decimal.number(text.utf8).flatMap { String($0) == text ? $0 : nil } }
}
