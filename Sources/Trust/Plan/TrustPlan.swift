package import FoundationEssentials
import SystemPackage
package import TrustCore

/// A decision with everything that it changes on the disk: made from what was read, applied as one transaction, kept in the journal.
package struct TrustPlan: Codable {
    /// What the ledger will say.
    package var entry: LedgerEntry
    /// Nil when the trust list stays as it is.
    package var list: ListEdit?
    /// Other files of Exim's configuration and of ours, in the order in which they become live: `setup`'s.
    package var files: [FileEdit] = []
    /// Folders that those files need, the outer ones first.
    package var folders: [String] = []
    /// What Exim trusts before and after `files` change, where `list` does not say it; nil when it knows no trust list.
    package var trusted: Trusted?
    /// Nil when the trust directory stays as it is.
    package var directory: DirectoryEdit? { didSet { entry.effects.directory = directory.map(LocalEffects.DirectoryChange.init) } }
    /// Denials to put down and to take away.
    package var deny: [Fingerprint] = []
    package var allow: [Fingerprint] = []

    package init(_ decision: Decision, _ effects: LocalEffects = LocalEffects()) { entry = LedgerEntry(decision, effects) }

    package enum CodingKeys: String, CodingKey {
        case list, files, folders, trusted, directory, deny, allow
        case entry = "decision"
    }

    /// The list file's bytes, before and after.
    package struct ListEdit: Codable {
        /// A `ResolvedPath`.
        package let path: String
        package let before: Data
        package let after: Data
        /// What Exim must trust afterwards.
        package let meant: [Fingerprint]

        package var edit: FileEdit { FileEdit(path: path, before: before, after: after) }
    }

    package struct Trusted: Codable {
        package let before: [Fingerprint]?
        package let after: [Fingerprint]?

        package init(before: [Fingerprint]?, after: [Fingerprint]?) {
            self.before = before
            self.after = after
        }
    }

    package var decision: Decision { entry.decision }

    /// All files that change, in the order in which they do.
    package var edits: [FileEdit] { files + (list.map { [$0.edit] } ?? []) }

    /// What Exim must trust afterwards; nil when it is to know no trust list.
    package var meant: [Fingerprint]? { list?.meant ?? trusted?.after }

    /// Whether trust is taken away: then an interruption is rolled forward, for a stolen key must not come back by an accident.
    package var takesTrustAway: Bool { decision.subjects.contains { $0.losesTrust } || !deny.isEmpty }

    /// The fingerprints that are trusted now and are not to be.
    package var losingTrust: [Fingerprint] { decision.subjects.filter(\.losesTrust).map(\.fingerprint) }

    /// The fingerprints that this change adds to the list or removes from it.
    var moved: Set<Fingerprint> {
        Set(decision.subjects.filter { ($0.before == .approved) != ($0.after == .approved) }.map(\.fingerprint))
    }

    package var fingerprints: [Fingerprint] { decision.subjects.map(\.fingerprint) }
}
