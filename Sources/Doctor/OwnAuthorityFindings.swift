import Glibc
import SystemPackage
import Trust
import TrustCore

/// Judges where the key of our own CA is, and who can read it.
struct OwnAuthorityFindings {
    let key: FilePath
    /// Owner and permissions; nil: it is not here.
    let state: (owner: UInt32, mode: UInt32)?
    /// Whether it was moved away once.
    let wasMoved: Bool

    static func examine(_ local: LocalTrust) -> [Finding] {
        let files = local.authorityFiles
        var status = stat()
        let isHere = lstat(files.key.string, &status) == 0
        return OwnAuthorityFindings(
            key: files.key, state: isHere ? (status.st_uid, status.st_mode & 0o7777) : nil,
            wasMoved: access(files.moved.string, F_OK) == 0
        ).findings
    }

    var findings: [Finding] {
        guard let state else { return [] }
        var findings: [Finding] = []
        if state.owner != 0 || state.mode & 0o077 != 0 {
            findings.append(
                Finding(
                    .error, "own-ca-key-readable", "others than root can read \(key), the key of our own CA",
                    "whoever has read it can let himself in on every relay of this CA",
                    mend: "`chown root \(key)` and `chmod 600 \(key)`; if somebody may have read it, make a new CA"))
        }
        if wasMoved {
            findings.append(
                Finding(
                    .warning, "own-ca-key-here", "the key of our own CA was moved away, and is in \(key) again",
                    "whoever gets at this host has the key of every relay of this CA",
                    mend: "`shred -u \(key)`, if the copy elsewhere is whole; or, if it is to stay, remove \(key).moved"))
        }
        return findings
    }
}
