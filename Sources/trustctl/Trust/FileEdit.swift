import FoundationEssentials
import SystemPackage

/// A file of Exim's configuration, or of ours, that a change makes, replaces or removes: its bytes before and after.
///
/// Each one becomes live by exchanging it with its candidate. So a file that is made is there, empty, before that, and one that is removed
/// is empty before it goes: an empty file says nothing to Exim.
struct FileEdit: Codable, Equatable {
    /// Without symbolic links.
    var path: String
    /// Nil: it is not there.
    var before: Data?
    /// Nil: it is not to be there.
    var after: Data?
    /// Of a file that is made; one that is replaced keeps its own.
    var access = FileAccess.open

    var file: FilePath { FilePath(path) }
    var folder: FilePath { file.removingLastComponent() }
    /// Beside the file, so that the rename is one step. update-exim4.conf passes over names with a dot.
    var candidate: FilePath { folder.appending(".\(file.lastComponent?.string ?? "file").trustctl") }
    /// Where a candidate is written: under its own name it is whole, always. What lies there after a crash is told from a file that a person
    /// has written by its bytes, and half of ours would pass for his.
    var draft: FilePath { folder.appending(".\(file.lastComponent?.string ?? "file").new.trustctl") }
    var substitution: Program.Substitution { .init(candidate: candidate, live: file) }

    /// What lies there right before the exchange, and right behind it.
    var outgoing: [UInt8] { Array(before ?? Data()) }
    var incoming: [UInt8] { Array(after ?? Data()) }

    /// The way back.
    var reversed: FileEdit { FileEdit(path: path, before: after, after: before, access: access) }
}
