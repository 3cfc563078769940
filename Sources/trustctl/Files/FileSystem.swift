import SystemPackage
import TrustCore

/// What a change of trust asks of the disk: each call is one step that can fail alone, so that a test can fail it alone.
///
/// Paths are absolute and belong to root (`Ownership` has seen to that). No call follows a symbolic link in the last component.
protocol FileSystem {
    /// The whole file; nil when there is none.
    func contents(of path: FilePath) throws(SystemError) -> [UInt8]?
    /// Makes a new file that is on the disk when the call returns, with owner, mode and extended attributes of `model` or, without a
    /// model, root's with `mode`. A left-over of that name is replaced.
    func create(_ path: FilePath, _ bytes: [UInt8], like model: FilePath?, mode: UInt32) throws(SystemError)
    /// The two files change places in one step; both must exist.
    func exchange(_ one: FilePath, _ other: FilePath) throws(SystemError)
    /// `path` becomes `target`, which must not exist.
    func rename(_ path: FilePath, to target: FilePath) throws(SystemError)
    /// Removes a file; no error when there is none.
    func remove(_ path: FilePath) throws(SystemError)
    /// Writes `bytes` behind what the file holds, and returns when they are on the disk; makes it with `mode` when it is missing.
    func append(_ bytes: [UInt8], to path: FilePath, mode: UInt32) throws(SystemError)
    /// Returns when the folder's names are on the disk.
    func synchronize(_ folder: FilePath) throws(SystemError)
}
