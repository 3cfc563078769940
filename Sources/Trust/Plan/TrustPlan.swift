package import FoundationEssentials
import SystemPackage
package import TrustCore

/// A decision with everything that it changes on this host: made from what was read, written to the journal, applied as one transaction.
package struct TrustPlan: Codable {
    /// What the ledger will say.
    package internal(set) var entry: LedgerEntry
    /// Nil when the trust list stays as it is.
    package internal(set) var list: ListEdit?
    /// Other files of Exim's configuration and of ours, in the order in which they become live. Only setup has any.
    package var files: [FileEdit] = []
    /// Folders that those files need, the outer ones first.
    package var folders: [String] = []
    /// What Exim trusts before and after `files` change, where `list` does not say it.
    package var trusted: Trusted?
    /// Nil when the trust directory stays as it is.
    package var directory: DirectoryEdit? { didSet { entry.effects.directory = directory.map(LocalEffects.DirectoryChange.init) } }
    /// Denials to add.
    package internal(set) var deny: [Fingerprint] = []
    /// Denials to remove.
    package internal(set) var allow: [Fingerprint] = []

    package init(_ decision: Decision, undoes: Int? = nil, _ effects: LocalEffects = LocalEffects()) {
        entry = LedgerEntry(decision, undoes: undoes, effects)
    }

    private enum CodingKeys: String, CodingKey {
        case list, files, folders, trusted, directory, deny, allow
        case entry = "decision"
    }

    /// The list file's bytes, before and after.
    package struct ListEdit: Codable {
        /// A `ResolvedPath`.
        package let path: String
        let before: Data
        package let after: Data
        /// What Exim must trust afterwards.
        let meant: [Fingerprint]

        var edit: FileEdit { FileEdit(path: path, before: before, after: after) }
    }

    /// What Exim trusts; nil: it knows no trust list.
    package struct Trusted: Codable {
        let before: [Fingerprint]?
        let after: [Fingerprint]?

        package init(before: [Fingerprint]?, after: [Fingerprint]?) {
            self.before = before
            self.after = after
        }
    }

    package var decision: Decision { entry.decision }

    /// All files that change, in the order in which they do.
    var edits: [FileEdit] { files + (list.map { [$0.edit] } ?? []) }

    /// What Exim must trust afterwards; nil: it must know no trust list.
    var meant: [Fingerprint]? { list?.meant ?? trusted?.after }

    /// Whether it takes trust away: then an interrupted change is finished, not undone. A crash must not make a stolen key trusted again.
    package var takesTrustAway: Bool { decision.subjects.contains { $0.losesTrust } || !deny.isEmpty }

    /// The fingerprints that are trusted now, and will not be.
    package var losingTrust: [Fingerprint] { decision.subjects.filter(\.losesTrust).map(\.fingerprint) }

    /// The fingerprints that are to be trusted from now on, or still.
    var gainingTrust: Set<Fingerprint> { Set(decision.subjects.filter { $0.after == .approved }.map(\.fingerprint)) }

    /// The fingerprints that this change adds to the list or removes from it.
    var moved: Set<Fingerprint> {
        Set(decision.subjects.filter { ($0.before == .approved) != ($0.after == .approved) }.map(\.fingerprint))
    }

    package var fingerprints: [Fingerprint] { decision.subjects.map(\.fingerprint) }
}
