package import Host
package import TrustCore

/// Where the decisions about this relay's trust are kept, and where they come from.
///
/// The caller of everything but `read` holds the lock: nobody else writes meanwhile.
package protocol LedgerStore {
    /// All that is written now; empty when nothing is.
    func read() throws(SystemError) -> Ledger
    /// What it says now.
    func books() throws(SystemError) -> Books
    /// Whether the decision `id` is written: then it is done, whatever happened afterwards.
    func holds(_ id: String) throws(SystemError) -> Bool
    /// Adds a line for `entry` with its number, the time of now and the digest of the line before. Returns when the line is on the disk.
    ///
    /// When it throws, nothing of the line remains, and the caller may undo the change. With `ExitStatus.stuck` it may remain, torn or
    /// whole: the next command must look, and either finishes the change or undoes it.
    func write(_ entry: LedgerEntry) throws(Failure) -> LedgerSeal
    /// Mends a last line that a crash tore, so that another crash tears nothing; nil when no line is torn.
    func mend() throws(Failure) -> MendedLine?
    /// Removes what an interrupted `mend` left.
    func removeLeftOvers()
}

extension LedgerStore {
    func books() throws(SystemError) -> Books { try Books(LedgerBytes(try read().bytes), checkpoint: nil) }
    func holds(_ id: String) throws(SystemError) -> Bool { try read().holds(id) }
}

/// A line of the ledger that was torn and has been mended.
package struct MendedLine: Equatable {
    /// Counted from 1. The line now says what was left of the torn one.
    let number: Int
    /// Whether the line had once been written whole: then it was cut by something other than a crash.
    let wasWhole: Bool
}
