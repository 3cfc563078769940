import LogFollower
import LogLine
import TrustCore

/// One log: the follower that finds its lines, and the reader that understands them.
struct FollowedLog {
    private(set) var follower: Follower
    private var reader = LineReader()
    private var form = LogForm()
    /// The file that `form` is about.
    private var formed: FileIdentity?
    private var isFormReported = false

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
        if follower.takeGap() { reader = LineReader() }
        lookAtBeginning()
        switch turn {
        case .lines(let lines):
            form.look(at: lines.bytes)
            follower.report.counts.sightings += reader.read(
                lines: lines.bytes, begin: lines.begin, now: .now, scratch: lines.scratch, following: lines.following,
                found: &found)
            follower.report.counts.lost += reader.takeSkipped()
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

    /// Whether its next lines may complete what the last ones said.
    var isAwaitingNeighbour: Bool { reader.isAwaitingNeighbour }

    /// Gives back memory that only a long read needs.
    mutating func forgetRepeats() { reader.forgetRepeats() }

    /// Another file may have another form; how it begins may have been read long ago.
    private mutating func lookAtBeginning() {
        guard let file = follower.file, file.identity != formed else { return }
        (form, formed) = (LogForm(), file.identity)
        let beginning = follower.beginning
        beginning[..<(beginning.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)].withUnsafeBytes { form.look(at: $0) }
    }

    mutating func takeNotes() -> [Note] {
        var notes = follower.report.takeNotes()
        if let trouble = form.trouble, !isFormReported {
            let path = follower.file?.path ?? follower.names.pattern
            notes.append(
                Note(
                    message: "\(path): \(trouble): nothing is found in it", hint: "trustd(8), Log lines, names the forms that are read",
                    severity: .error))
        }
        isFormReported = form.trouble != nil
        return notes
    }

    func status(now: Timestamp) -> FollowerStatus.Log {
        var status = follower.status(now: now)
        status.trouble = status.trouble ?? form.trouble
        return status
    }

    /// What it does now, in a few words.
    var summary: String { form.trouble.map { "\(follower.summary): \($0)" } ?? follower.summary }
}
