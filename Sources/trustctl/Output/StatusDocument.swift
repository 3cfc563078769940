import Status
import TrustCore

/// `{"version":1,"following":true,…,"logs":[…]}`
struct StatusDocument: Encodable {
    let version = 1
    let following: Bool
    @Nullable var pid: Int?
    @Nullable var since: String?
    @Nullable var updated: String?
    @Nullable var pending: UInt64?
    @Nullable var refused: [String: UInt64]?
    @Nullable var lastError: Mishap?
    @Nullable var logs: [Log]?

    struct Mishap: Encodable {
        let time: String
        let text: String
    }

    struct Log: Encodable {
        let log: String
        @Nullable var file: String?
        @Nullable var offset: UInt64?
        @Nullable var lagBytes: UInt64?
        @Nullable var lagSeconds: Int64?
        let lines: UInt64
        let sightings: UInt64
        let rotations: UInt64
        let truncations: UInt64
        let linesLost: UInt64
        let gaps: UInt64
        @Nullable var trouble: String?

        init(_ log: FollowerStatus.Log, _ lag: LogProgress.Lag?) {
            let counts = log.counts
            self.log = log.name
            file = log.file
            offset = log.file == nil ? nil : log.offset
            lagBytes = lag?.bytes
            lagSeconds = lag?.seconds
            lines = counts.lines
            sightings = counts.sightings
            rotations = counts.rotations
            truncations = counts.truncations
            linesLost = counts.lost
            gaps = counts.gaps
            trouble = log.trouble
        }
    }

    init(_ follower: LogProgress, isFollowing: Bool) {
        let status = follower.status
        following = isFollowing
        pid = follower.isAlive ? status?.process : nil
        since = status?.since.description
        updated = status?.updated.description
        pending = status?.pending
        refused = status?.refused
        lastError = status?.lastError.map { Mishap(time: $0.time.description, text: $0.text) }
        logs = status?.logs.map { Log($0, follower.lag(of: $0)) }
    }
}
