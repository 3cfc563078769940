package import FoundationEssentials
package import Host
package import SystemPackage

/// A file of Exim's configuration, or of ours, that a change makes, replaces or removes: its bytes before and after.
///
/// It becomes live by exchange with its candidate. So a new file is first made empty, and a file to be removed is first emptied: an empty
/// file means nothing to Exim.
package struct FileEdit: Codable, Equatable {
    /// A `ResolvedPath`.
    package let path: String
    /// Nil: there is no such file.
    package let before: Data?
    /// Nil: the file is removed.
    package let after: Data?
    /// For a new file; one that is replaced keeps its own.
    package var access = FileAccess.open

    package init(path: String, before: Data? = nil, after: Data? = nil, access: FileAccess = .open) {
        self.path = path
        self.before = before
        self.after = after
        self.access = access
    }

    package var file: FilePath { FilePath(path) }
    package var folder: FilePath { file.removingLastComponent() }
    /// Beside the file, so that the exchange is atomic. update-exim4.conf ignores names that begin with a dot.
    package var candidate: FilePath { folder.appending(".\(file.lastComponent?.string ?? "file").trustctl") }
    /// Where a candidate is written before it gets its name. After a crash, a candidate that has neither our old nor our new bytes is taken
    /// for somebody's edit; half of ours would be.
    var draft: FilePath { folder.appending(".\(file.lastComponent?.string ?? "file").new.trustctl") }
    /// What a crash can leave where the file system exchanges by links: the file that was live.
    var leftOver: FilePath { folder.appending(".\(file.lastComponent?.string ?? "file").trustctl~") }
    var substitution: Program.Substitution { .init(candidate: candidate, live: file) }

    /// The content right before the exchange.
    var outgoing: [UInt8] { Array(before ?? Data()) }
    /// The content right after it.
    package var incoming: [UInt8] { Array(after ?? Data()) }

    var reversed: FileEdit { FileEdit(path: path, before: after, after: before, access: access) }
}
