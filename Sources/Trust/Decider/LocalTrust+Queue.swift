package import Host
package import TrustCore

extension LocalTrust {
    /// What trustd has queued here, in no order. Whatever is in its folder and is no entry is left out.
    package func queued() throws(Failure) -> [PendingEntry] {
        let folder = QueueFolder(configuration)
        do throws(SystemError) { return try folder.content().entries } catch { throw folder.failure(error) }
    }
}
