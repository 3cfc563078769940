import FoundationEssentials
import SystemPackage

/// A file that a change makes, replaces or removes: its bytes before and after.
struct FileEdit: Codable, Equatable {
    /// Without symbolic links.
    var path: String
    /// Nil: it is not there.
    var before: Data?
    /// Nil: it is not to be there.
    var after: Data?
    /// Of a file that is made; one that is replaced keeps its own.
    var mode: UInt32 = 0o644

    var file: FilePath { FilePath(path) }
    /// Beside the file, so that the rename is one step. update-exim4.conf passes over names with a dot.
    var candidate: FilePath { file.removingLastComponent().appending(".\(file.lastComponent?.string ?? "file").trustctl") }
}
