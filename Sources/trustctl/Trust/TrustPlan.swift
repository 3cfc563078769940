import FoundationEssentials
import SystemPackage
import TrustCore

/// A decision with everything that it changes on the disk: made from what was read, applied as one transaction, kept in the journal.
struct TrustPlan: Codable {
    var decision: Decision
    /// Nil when the trust list stays as it is.
    var list: ListEdit?
    /// Other files of Exim's configuration and of ours, in the order in which they become live: `setup`'s.
    var files: [FileEdit] = []
    /// Folders that those files need, the outer ones first.
    var folders: [String] = []
    /// What Exim trusts before and after `files` change, where `list` does not say it; nil when it knows no trust list.
    var trusted: Trusted?
    /// Nil when the trust directory stays as it is.
    var directory: DirectoryEdit?
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

        var edit: FileEdit { FileEdit(path: path, before: before, after: after) }
    }

    struct Trusted: Codable {
        var before: [String]?
        var after: [String]?
    }

    /// All files that change, in the order in which they do.
    var edits: [FileEdit] { files + (list.map { [$0.edit] } ?? []) }

    /// What Exim must trust afterwards; nil when it is to know no trust list.
    var meant: [String]? { list?.meant ?? trusted?.after }

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
