package import FoundationEssentials
package import Host
package import SystemPackage

/// A file of Exim's configuration, or of ours, that a change makes, replaces or removes: its bytes before and after.
///
/// Each one becomes live by exchanging it with its candidate. So a file that is made is there, empty, before that, and one that is removed
/// is empty before it goes: an empty file says nothing to Exim.
package struct FileEdit: Codable, Equatable {
    /// A `ResolvedPath`.
    package var path: String
    /// Nil: it is not there.
    package var before: Data?
    /// Nil: it is not to be there.
    package var after: Data?
    /// Of a file that is made; one that is replaced keeps its own.
    package var access = FileAccess.open

    package init(path: String, before: Data? = nil, after: Data? = nil, access: FileAccess = FileAccess.open) {
        self.path = path
        self.before = before
        self.after = after
        self.access = access
    }

    package var file: FilePath { FilePath(path) }
    package var folder: FilePath { file.removingLastComponent() }
    /// Beside the file, so that the rename is one step. update-exim4.conf passes over names with a dot.
    package var candidate: FilePath { folder.appending(".\(file.lastComponent?.string ?? "file").trustctl") }
    /// Where a candidate is written: under its own name it is whole, always. What lies there after a crash is told from a file that a person
    /// has written by its bytes, and half of ours would pass for his.
    var draft: FilePath { folder.appending(".\(file.lastComponent?.string ?? "file").new.trustctl") }
    var substitution: Program.Substitution { .init(candidate: candidate, live: file) }

    /// What lies there right before the exchange, and right behind it.
    var outgoing: [UInt8] { Array(before ?? Data()) }
    package var incoming: [UInt8] { Array(after ?? Data()) }

    /// The way back.
    package var reversed: FileEdit { FileEdit(path: path, before: after, after: before, access: access) }
}
