import LogFollower
import LogLine
import TrustCore

/// One log: the follower that finds its lines, and the reader that understands them.
struct FollowedLog {
    private(set) var follower: Follower
    private var reader = LineReader()

    enum Step: Equatable {
        /// There may be more to read at once.
        case more
        /// Nothing until something happens, at most until the given moment.
        case idle(until: Duration?)
        /// The caller must save the position first.
        case mustBeSaved
    }

    init(_ follower: Follower) { self.follower = follower }

    /// One look at the log, and at most one chunk of it; what its lines say is added to `found`.
    mutating func turn(into buffer: UnsafeMutableRawBufferPointer, now: Duration, found: inout [LineReader.Found]) -> Step {
        let turn = follower.turn(into: buffer, now: now)
        if follower.takeGap() { reader = LineReader(afterGap: true) }
        switch turn {
        case .lines(let lines):
            follower.report.counts.sightings += reader.read(
                lines: lines.bytes, begin: lines.begin, now: .now, scratch: lines.scratch, found: &found)
            return .more
        case .skipped:
            reader.skip()
            return .more
        case .again: return .more
        case .idle(let until): return .idle(until: until)
        case .mustBeSaved: return .mustBeSaved
        }
    }

    /// To be kept across a restart; nil when the log was never found. The pieces of an unfinished entry must be read again.
    func snapshot() -> SavedPosition.Log? { follower.snapshot(unfinished: reader.unfinished) }

    mutating func wasSaved() { follower.wasSaved() }

    mutating func takeNotes() -> [Note] { follower.report.takeNotes() }
}
