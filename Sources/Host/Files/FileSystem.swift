package import SystemPackage
package import TrustCore

/// The steps that a change of trust takes on the disk. Each call is one step, so that a test can let each one fail.
///
/// Paths are absolute and only root can change what is there (`Ownership`). No call follows a symbolic link in the last component, except
/// `names`.
package protocol FileSystem {
    /// The whole file; nil when it does not exist.
    func contents(of path: FilePath) throws(SystemError) -> [UInt8]?
    /// Creates a file with the owner, mode and extended attributes of `model` or, without a model, with `access`. It is on the disk when the
    /// call returns. Replaces a left-over of that name. Nobody else can read the file before it has its owner and mode.
    func create(_ path: FilePath, _ bytes: [UInt8], like model: FilePath?, access: FileAccess) throws(SystemError)
    /// Exchanges the two files; both must exist. Atomic where the file system can do that. Elsewhere `other` exists and is whole at every
    /// moment, and a crash may leave its old content under the name `one` with a `~`.
    func exchange(_ one: FilePath, _ other: FilePath) throws(SystemError)
    /// Renames `path` to `target`, which must not exist.
    func rename(_ path: FilePath, to target: FilePath) throws(SystemError)
    /// Removes a file; no error when it does not exist.
    func remove(_ path: FilePath) throws(SystemError)
    /// Appends `bytes` and returns when they are on the disk. Creates a missing file with `mode`. After an error, some or all of the bytes
    /// may be there; after one for lack of room, none.
    func append(_ bytes: [UInt8], to path: FilePath, mode: UInt32) throws(SystemError)
    /// Cuts a file to its first `size` bytes, and returns when that is on the disk.
    func shorten(_ path: FilePath, to size: Int) throws(SystemError)
    /// Overwrites the beginning of an existing file, and returns when that is on the disk. `bytes` must fit in one sector, so that they are
    /// written whole or not at all.
    func overwrite(_ path: FilePath, _ bytes: [UInt8]) throws(SystemError)
    /// Returns when the folder's entries are on the disk.
    func synchronize(_ folder: FilePath) throws(SystemError)
    /// Creates a folder with mode 0755; `false` when it exists.
    func makeFolder(_ path: FilePath) throws(SystemError) -> Bool
    /// Makes those of `names` in the folder that do not exist, as empty files that everybody may read, and returns when all are on the disk.
    /// A name that is something else than a file stays as it is.
    func fill(_ folder: FilePath, with names: [String]) throws(SystemError)
    /// Removes a folder; no error when it does not exist or is not empty.
    func removeFolder(_ path: FilePath) throws(SystemError)
    /// The names in a folder, each with its target when it is a symbolic link; none when the folder does not exist.
    func names(in folder: FilePath) throws(SystemError) -> [String: String?]
    /// Makes `path` a symbolic link to `target` atomically, replacing what was there.
    func link(_ path: FilePath, to target: String) throws(SystemError)
}

/// The mode of a new file, and its group if that is not root's.
package struct FileAccess: Codable, Equatable {
    package var mode: UInt32
    package var group: UInt32?

    package init(mode: UInt32, group: UInt32? = nil) {
        self.mode = mode
        self.group = group
    }

    /// Readable for all.
    package static let open = FileAccess(mode: 0o644)
    /// Readable for root only.
    package static let closed = FileAccess(mode: 0o600)
}
