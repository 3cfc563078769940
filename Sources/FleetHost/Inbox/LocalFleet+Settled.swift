import Fleet
import FleetCarrier
import Host
import SystemPackage
import Trust
import TrustCore

extension LocalFleet {
    /// Seconds after which a relay looks again whether all is as it should be, and signs that. So approvals end this much late at most.
    private static let longestSettled: Int64 = 600

    /// Whether the last run has made so all that is kept here, and not long ago. A console makes nothing so.
    ///
    /// It reads no decision: a timer asks this every half minute. Whoever was killed has left a store, a mark or a journal that is newer than
    /// the receipt.
    var isSettled: Bool {
        guard let member = configuration.member else { return true }
        guard !LocalFileSystem().exists(local.transaction.journal.file), let body = ownReceiptRecord?.body,
            let receipt = try? Receipt(body), receipt.outcome == .live, receipt.member == member, receipt.fleet == configuration.fleet
        else { return false }
        // A clock that was set back says nothing.
        guard (0..<Self.longestSettled).contains(Timestamp.now.seconds - receipt.time.second.seconds) else { return false }
        do throws(SystemError) {
            let out = try Folder(store.path.removingLastComponent())
            let signed = try out.modified("receipt")
            // In the same tick of the clock either may be the newer one.
            guard try out.modified("decisions") < signed else { return false }
            // Beside it: what this relay alone has taken away.
            let own = try Folder(folders.own)
            guard own.has("local") else { return true }
            return try Folder(ownTakings).modified(nil) < signed
        } catch { return false }
    }
}
