import FoundationEssentials
import SystemPackage
import TrustCore

/// A decision with everything that it changes on the disk: made from what was read, applied as one transaction, kept in the journal.
struct TrustPlan: Codable {
    var decision: Decision
    /// Nil when the trust list stays as it is.
    var list: ListEdit?
    /// Denials to put down and to take away.
    var deny: [String] = []
    var allow: [String] = []

    /// The list file's bytes, before and after.
    struct ListEdit: Codable {
        /// Without symbolic links.
        var path: String
        var before: Data
        var after: Data
        /// What Exim must trust afterwards.
        var meant: [String]

        var file: FilePath { FilePath(path) }
        /// Beside the list, so that the rename is one step. update-exim4.conf passes over names with a dot.
        var candidate: FilePath { file.removingLastComponent().appending(".\(file.lastComponent?.string ?? "list").trustctl") }
    }

    /// Whether trust is taken away: then an interruption is rolled forward, for a stolen key must not come back by an accident.
    var takesTrustAway: Bool { decision.subjects.contains { $0.before == .approved && $0.after != .approved } || !deny.isEmpty }

    /// The fingerprints that are trusted now and are not to be.
    var losingTrust: [String] { decision.subjects.filter { $0.before == .approved && $0.after != .approved }.map(\.fingerprint) }

    /// The fingerprints that this change adds to the list or removes from it.
    var moved: Set<Fingerprint> {
        Set(
            decision.subjects.filter { ($0.before == .approved) != ($0.after == .approved) }
                .compactMap { try? Fingerprint(exactly: $0.fingerprint.utf8) })
    }

    var fingerprints: [Fingerprint] { decision.subjects.compactMap { try? Fingerprint(exactly: $0.fingerprint.utf8) } }
}
