/// Names of the files and folders that one of the two programs makes and the other one reads.
package enum SharedFiles {
    /// Below `state`: one file for each fingerprint that waits for a decision.
    package static let pending = "pending"
    /// Begins the name of an entry that is not whole yet. Readers of `pending/` skip every name that begins with a dot.
    package static let draftPrefix = ".new-"
    /// Below `state`: the folder of the four files that follow.
    package static let position = "position"
    /// In `position/`: trustd holds a lock on it as long as it runs.
    package static let lock = "lock"
    /// In `position/`: where reading stopped (`SavedPosition`), and the same as it was saved the time before.
    package static let savedPosition = "position"
    package static let previousPosition = "previous"
    /// In `position/`: how trustd does (`FollowerStatus`).
    package static let status = "status"
    /// Below `ledger`: one empty file for each fingerprint that was denied or revoked.
    package static let denied = "denied"

    /// The name under which a certificate is put into the trust directory.
    package static func certificate(of fingerprint: Fingerprint) -> String { "\(fingerprint).pem" }
}
