import Host
import Status
import TrustCore

/// What stands above the table: `3 pending, 2 refused for lack of room; 41 approved`.
struct Headline {
    let pending: Int
    let approved: Int
    /// Sightings for which the queue had no room; nil when trustd's counts cannot be read.
    var refused: UInt64?
    var denied: Int?
    var revoked: Int?
    /// How many are listed below, when those are not all.
    var matching: Int?

    var text: String {
        let room = refused.map { $0 > 0 ? ", \($0) refused for lack of room" : "" } ?? ""
        let parts = ["\(approved) approved", denied.map { "\($0) denied" }, revoked.map { "\($0) revoked" }].compactMap { $0 }
        return "\(pending) pending\(room); \(parts.joined(separator: ", "))" + (matching.map { "; \($0) listed" } ?? "")
    }

    /// What trustd says of itself, for a headline. A status that cannot be read keeps nobody from seeing the list; `trustctl status` says why.
    struct Trustd {
        private(set) var refused: UInt64?
        private(set) var follows: Bool?

        init(_ configuration: Configuration) {
            do throws(Failure) {
                let progress = try LogProgress(configuration)
                follows = progress.isAlive
                refused = progress.status.map { status in
                    status.refused.filter { Refusal.forLackOfRoom.contains($0.key) }.reduce(0) { $0 &+ $1.value }
                }
            } catch { follows = error.exit == .notReloaded ? false : nil }
        }
    }
}
