package import SystemPackage
package import TrustCore

/// What a change of trust asks of the disk: each call is one step that can fail alone, so that a test can fail it alone.
///
/// Paths are absolute and belong to root (`Ownership` has seen to that). No call follows a symbolic link in the last component.
package protocol FileSystem {
    /// The whole file; nil when there is none.
    func contents(of path: FilePath) throws(SystemError) -> [UInt8]?
    /// Makes a new file that is on the disk when the call returns, with owner, mode and extended attributes of `model` or, without a
    /// model, as `access` says. A left-over of that name is replaced. Nobody else may read it before it has its owner and mode.
    func create(_ path: FilePath, _ bytes: [UInt8], like model: FilePath?, access: FileAccess) throws(SystemError)
    /// The two files change places in one step; both must exist.
    func exchange(_ one: FilePath, _ other: FilePath) throws(SystemError)
    /// `path` becomes `target`, which must not exist.
    func rename(_ path: FilePath, to target: FilePath) throws(SystemError)
    /// Removes a file; no error when there is none.
    func remove(_ path: FilePath) throws(SystemError)
    /// Writes `bytes` behind what the file holds, and returns when they are on the disk; makes it with `mode` when it is missing. When it
    /// throws, some or all of them may be there.
    func append(_ bytes: [UInt8], to path: FilePath, mode: UInt32) throws(SystemError)
    /// Cuts a file to its first `size` bytes, and returns when it is so on the disk.
    func shorten(_ path: FilePath, to size: Int) throws(SystemError)
    /// Writes `bytes` over the beginning of a file that is there, and returns when they are on the disk: so few that no disk tears them.
    func overwrite(_ path: FilePath, _ bytes: [UInt8]) throws(SystemError)
    /// Returns when the folder's names are on the disk.
    func synchronize(_ folder: FilePath) throws(SystemError)
    /// Makes a folder of root's that all may enter; `false` when it was there.
    func makeFolder(_ path: FilePath) throws(SystemError) -> Bool
    /// Removes a folder; no error when there is none, or when it is not empty.
    func removeFolder(_ path: FilePath) throws(SystemError)
    /// The names in a folder, each with its target when it is a symbolic link; nothing when there is no folder.
    func names(in folder: FilePath) throws(SystemError) -> [String: String?]
    /// Makes `path` a symbolic link to `target` in one step, replacing what was there.
    func link(_ path: FilePath, to target: String) throws(SystemError)
}

/// Who may read a file that is made: its mode, and its group where that is not root's.
package struct FileAccess: Codable, Equatable {
    package var mode: UInt32
    package var group: UInt32?

    package init(mode: UInt32, group: UInt32? = nil) {
        self.mode = mode
        self.group = group
    }

    /// Root's, for all to read.
    package static let open = FileAccess(mode: 0o644)
    /// Root's alone.
    package static let closed = FileAccess(mode: 0o600)
}
