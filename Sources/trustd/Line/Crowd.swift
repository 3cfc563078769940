import TrustCore

/// The attempts and rejections without a pid that are so close together that one might belong to the other.
///
/// A rejection on the very next line behind an attempt, with the same time stamp, is that attempt's, if every attempt of the last second has
/// had its rejection. Otherwise it may be another's, and nobody can say which. When as many rejections have come as are awaited, each of
/// these attempts gets all the addresses that may be its client's. The same is done when a rejection comes that nobody awaits.
///
/// The attack: a stranger who connects at the same moment as a client, so that his address is shown beside the client's certificate, or the
/// client's beside his. Where lines of the two can be mistaken for each other, both addresses are shown or none.
struct Crowd {
    /// Seconds between an attempt and its rejection: Exim writes both at once, and the clock may go on between them.
    static let window: Int64 = 1
    /// How many of each are remembered.
    static let limit = 64
    /// Lines after which an attempt is forgotten, should they have no times.
    static let patience = 1_000

    private struct Attempt {
        let fingerprint: Fingerprint
        let lends: Bool
        let stamp: [UInt8]
        let time: Timestamp
        let line: Int
        /// Whether its rejection has come.
        var isPaired = false
        /// Whether so many addresses may be its client's that none is shown.
        var isHopeless = false
    }

    private struct Rejection {
        /// Nil for a line that cannot be read.
        let facts: PendingEntry.Observation?
        let time: Timestamp
        let line: Int
        /// Whether an attempt with the same stamp was on the line before it.
        let isNext: Bool
        var isPaired = false
    }

    private var attempts: [Attempt] = []
    private var rejections: [Rejection] = []
    /// How many attempts have had no rejection, less the rejections that belong to none.
    private var awaited = 0
    private var line = 0
    /// Whether the line before this one is the last of `attempts`.
    private(set) var wantsNextLine = false

    var isEmpty: Bool { attempts.isEmpty }
    /// Whether an attempt that would be lent an address has had no rejection.
    var isAwaiting: Bool { attempts.contains { $0.lends && !$0.isPaired } }

    mutating func advance(to time: Timestamp?) {
        line += 1
        guard !attempts.isEmpty else { return }
        func isOver(_ one: Attempt) -> Bool {
            line - one.line > Self.patience || time.map { $0.seconds - one.time.seconds > Self.window } ?? false
        }
        while let first = attempts.first, isOver(first) { forgetAttempt() }
        guard let first = attempts.first else {
            (rejections, wantsNextLine, awaited) = ([], false, 0)
            return
        }
        while let rejection = rejections.first, rejection.line < first.line { forgetRejection() }
    }

    mutating func other() { wantsNextLine = false }

    mutating func attempt(_ fingerprint: Fingerprint, lends: Bool, stamp: ArraySlice<UInt8>, time: Timestamp?) {
        wantsNextLine = false
        // One with its own address matters only among others, because its rejection is not theirs.
        guard let time, !stamp.isEmpty, lends || !attempts.isEmpty else { return }
        if attempts.count == Self.limit { forgetAttempt() }
        attempts.append(Attempt(fingerprint: fingerprint, lends: lends, stamp: Array(stamp), time: time, line: line))
        awaited += 1
        wantsNextLine = true
    }

    /// A rejection with these facts; nil when it is one that cannot be read. Returns what is lent now.
    mutating func rejection(_ facts: PendingEntry.Observation?, stamp: ArraySlice<UInt8>, time: Timestamp?) -> [LineReader.Observed] {
        defer { wantsNextLine = false }
        guard let time, let last = attempts.indices.last else { return [] }
        let isNext = wantsNextLine && attempts[last].stamp.elementsEqual(stamp)
        let isAwaited = isNext && awaited == 1
        if rejections.count == Self.limit { forgetRejection() }
        rejections.append(Rejection(facts: facts, time: time, line: line, isNext: isNext, isPaired: isAwaited))
        // With or without its attempt.
        awaited -= 1
        guard isAwaited else { return doubt() }
        attempts[last].isPaired = true
        guard attempts[last].lends, let facts else { return [] }
        return [LineReader.Observed(fingerprint: attempts[last].fingerprint, facts: facts)]
    }

    private mutating func forgetAttempt() { if !attempts.removeFirst().isPaired { awaited -= 1 } }

    private mutating func forgetRejection() { if !rejections.removeFirst().isPaired { awaited += 1 } }

    /// What each attempt is lent, now that a rejection has come that may be anybody's.
    private mutating func doubt() -> [LineReader.Observed] {
        guard awaited <= 0, rejections.contains(where: \.isNext) else { return [] }
        var loans: [LineReader.Observed] = []
        for place in attempts.indices where attempts[place].lends && !attempts[place].isHopeless {
            let one = attempts[place]
            // They stand in the order of their lines.
            let later = rejections.lastIndex { $0.line <= one.line }.map { $0 + 1 } ?? 0
            guard rejections.count - later > 1 else { continue }
            let possible = rejections[later...].filter { $0.time.seconds - one.time.seconds <= Self.window }
            guard possible.count > 1 else { continue }
            let facts = possible.compactMap(\.facts)
            let choice = facts.count < possible.count ? PendingEntry.Observation() : PendingEntry.Observation(oneOf: facts)
            attempts[place].isHopeless = choice == PendingEntry.Observation()
            loans.removeAll { $0.fingerprint == one.fingerprint }
            loans.append(LineReader.Observed(fingerprint: one.fingerprint, facts: choice))
        }
        return loans
    }
}
