package import EximControl
import SystemPackage
package import TrustCore

/// A decision with everything that it changes on this host: made from what was read, written to the journal, applied as one transaction.
package struct TrustPlan: Codable {
    /// What the ledger will say.
    package var entry: LedgerEntry
    /// Nil when the trust list stays as it is.
    package internal(set) var list: ListEdit?
    /// Other files of Exim's configuration and of ours, in the order in which they become live. Only setup has any.
    package var files: [FileEdit] = []
    /// Folders that those files need, the outer ones first.
    package var folders: [String] = []
    /// What Exim trusts before and after `files` change, where `list` does not say it.
    package var trusted: Trusted?
    /// Nil when the folder of a list in folder form stays as it is, or there is none.
    package var approved: NamesEdit?
    /// Nil when the folder of the CA's revoked clients stays as it is, or there is none.
    package var revoked: NamesEdit?
    /// Nil when no certificate of our CA waits for its client, or is withdrawn.
    package var issued: IssuedEdit?
    /// Nil when the trust directory stays as it is.
    package var directory: DirectoryEdit? { didSet { entry.effects.directory = directory.map(LocalEffects.DirectoryChange.init) } }
    /// Nil when no invitation changes.
    package internal(set) var invitation: InvitationEdit?
    /// Denials to add.
    package internal(set) var deny: [Fingerprint] = []
    /// Denials to remove.
    package internal(set) var allow: [Fingerprint] = []
    /// Nil when no key is denied or allowed again.
    package internal(set) var keys: KeyEdit?

    package init(_ decision: Decision, undoes: Int? = nil, _ effects: LocalEffects = LocalEffects()) {
        entry = LedgerEntry(decision, undoes: undoes, effects)
    }

    private enum CodingKeys: String, CodingKey {
        case list, files, folders, trusted, approved, revoked, issued, directory, invitation, deny, allow, keys
        case entry = "decision"
    }

    /// What Exim trusts; nil: it knows no trust list.
    package struct Trusted: Codable {
        private let before: [Fingerprint]?
        private let after: [Fingerprint]?
        /// The folder in which they are, where that is what Exim knows.
        private var folderBefore: String?
        private var folderAfter: String?

        package init(before: ListContent?, after: ListContent?) {
            (self.before, folderBefore) = Self.parts(before)
            (self.after, folderAfter) = Self.parts(after)
        }

        private static func parts(_ content: ListContent?) -> ([Fingerprint]?, String?) {
            switch content {
            case .listed(let fingerprints): (fingerprints.sorted(), nil)
            case .folder(let path): (nil, path.string)
            case nil: (nil, nil)
            }
        }

        var contentBefore: ListContent? { folderBefore.map { .folder(FilePath($0)) } ?? before.map { .listed(Set($0)) } }
        var contentAfter: ListContent? { folderAfter.map { .folder(FilePath($0)) } ?? after.map { .listed(Set($0)) } }
    }

    package var decision: Decision { entry.decision }

    /// All files that change, in the order in which they do.
    var edits: [FileEdit] { files + (list.map { [$0.edit] } ?? []) }

    /// What Exim must trust afterwards, as far as the journal keeps it; nil: it must know no trust list.
    var meant: ListContent? { list?.content ?? trusted?.contentAfter }

    /// Whether it takes trust away: then an interrupted change is finished, not undone. A crash must not make a stolen key trusted again.
    /// The same for an invitation that ends.
    package var takesTrustAway: Bool {
        decision.subjects.contains { $0.losesTrust } || !deny.isEmpty || revokes || barsKeys || decision.action.endsInvitation
    }

    /// Whether a revoked key is to be barred.
    private var barsKeys: Bool { keys.map { !$0.deny.isEmpty } ?? false }

    /// Whether a client of the CA is to relay no more.
    private var revokes: Bool { revoked.map { $0.conversion == nil && !$0.add.isEmpty } ?? false }

    /// Its changes in folders of names.
    var nameEdits: [NamesEdit] { [approved, revoked].compactMap { $0 } }

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
