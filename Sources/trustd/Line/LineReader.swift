import CLinux
package import TrustCore

/// Reads a log's lines one after the other and says what each one means. Pure: the same lines give the same findings.
package struct LineReader {
    private var pieces = Pieces()
    private var neighbours = Neighbours()
    private var clock = LogClock()
    private var repeated = RepeatedLines()

    /// Whether what is read is worth remembering.
    private var isFlood = false
    private var skipped: UInt64 = 0

    /// Fewer bytes at a time are none.
    private let flood: Int

    /// `flood`: from so many bytes at a time on, lines are remembered in case they come again.
    package init(flood: Int = 65_536) { self.flood = flood }

    /// Forgets the lines that may come again, which take most of its memory.
    package mutating func forgetRepeats() { repeated = RepeatedLines() }

    /// How many lines with the phrase were too long to be read, since this was last asked.
    package mutating func takeSkipped() -> UInt64 {
        defer { skipped = 0 }
        return skipped
    }

    /// When a line was written, as far as it tells by itself.
    package static func time(of line: ArraySlice<UInt8>) -> Timestamp? { LinePrefix(line).time?.moment(now: .now) }

    /// Which lines may matter now.
    var interest: LineSearch.Interest { pieces.isWaiting ? .everyLine : neighbours.interest }

    /// Whether the next lines may tell the address of a client that was read about without one.
    package var isAwaitingNeighbour: Bool { neighbours.isAwaiting }

    /// The sequence number at which the oldest entry begins whose pieces are not all read; nil when there is none. A restart must read from
    /// there on.
    package var unfinished: UInt64? { pieces.begin }

    /// Reads one line without its line end. It begins at the log's sequence number `begin`.
    package mutating func read(_ line: ArraySlice<UInt8>, begin: UInt64 = 0, now: Timestamp) -> Finding {
        let prefix = LinePrefix(line)
        let time = clock.moment(of: prefix.time, now: now)
        switch pieces.take(line, prefix: prefix, begin: begin) {
        case .noPiece: return read(prefix, time: time)
        case .waiting: return .nothing("a piece of a longer entry")
        case .whole(let text):
            let whole = LinePrefix(text[...])
            return read(whole, time: clock.moment(of: whole.time, now: now))
        case .stray:
            neighbours.other(process: prefix.process, time: time)
            return .nothing("a piece of an entry whose other pieces are missing")
        }
    }

    /// Reads whole lines, the first of which begins at the log's sequence number `begin`, and adds what they say to `found`. A line without
    /// the phrase is passed over where it cannot matter. With `scratch`, many lines are searched at once, and the `following` bytes behind
    /// them, until `clinux_search_end`. Returns how many sightings there are among the lines.
    @discardableResult
    package mutating func read(
        lines: UnsafeRawBufferPointer, begin: UInt64, now: Timestamp, scratch: UnsafeMutableRawBufferPointer? = nil, following: Int = 0,
        found: inout [Found]
    ) -> UInt64 {
        isFlood = lines.count >= flood
        var sightings: UInt64 = 0
        var search = if let scratch { LineSearch(lines, ahead: scratch, following: following) } else { LineSearch(lines) }
        while let (range, phrase) = search.nextLine(interest) {
            // A loss of power may leave more NULs than a line has bytes.
            let begins = range.count <= LineLength.maximum ? range.lowerBound : Self.behindNULs(lines, range)
            guard range.upperBound - begins <= LineLength.maximum else {
                skip()
                skipped += 1
                continue
            }
            let bytes = UnsafeRawBufferPointer(rebasing: lines[begins..<range.upperBound - 1])
            let sequence = begin &+ UInt64(range.upperBound)
            if let phrase, phrase + range.lowerBound >= begins,
                let sighting = readAgain(bytes, phrase: phrase + range.lowerBound - begins, now: now)
            {
                found.append(Found(finding: .sighting(sighting), sequence: sequence))
                sightings += 1
                continue
            }
            if isFlood, phrase == nil, let finding = rejectionAgain(bytes, now: now) {
                if case .nothing = finding { continue }
                found.append(Found(finding: finding, sequence: sequence))
                continue
            }
            let finding = read(Array(bytes)[...], begin: begin &+ UInt64(begins), now: now)
            if case .nothing = finding { continue }
            found.append(Found(finding: finding, sequence: sequence))
            if finding.isSighting { sightings += 1 }
        }
        return sightings
    }

    /// The NUL before what follows the last one, so that it is still seen that what follows is behind one.
    private static func behindNULs(_ lines: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int {
        guard let base = lines.baseAddress, let last = clinux_find_last(base + range.lowerBound, 0, range.count) else {
            return range.lowerBound
        }
        return last - base
    }

    /// What a line says that was read before, apart from its time; nil when it has to be read.
    private mutating func readAgain(_ line: UnsafeRawBufferPointer, phrase: Int, now: Timestamp) -> Sighting? {
        guard !pieces.isWaiting, let attempt = repeated.attempt(UnsafeRawBufferPointer(rebasing: line[phrase...])),
            let prefix = repeated.prefix(UnsafeRawBufferPointer(rebasing: line[..<phrase]))
        else { return nil }
        pieces.skip()
        return sighting(of: attempt.meaning, prefix.meaning, time: clock.moment(of: prefix.meaning.time, now: now))
    }

    /// The same for a rejection.
    private mutating func rejectionAgain(_ line: UnsafeRawBufferPointer, now: Timestamp) -> Finding? {
        guard !pieces.isWaiting, let (prefix, facts) = repeated.rejection(line) else { return nil }
        pieces.skip()
        return rejection(facts.meaning, prefix.meaning, time: clock.moment(of: prefix.meaning.time, now: now))
    }

    /// Passes over a line that is too long to be read. It still stands between its neighbours.
    package mutating func skip() {
        pieces.skip()
        neighbours.other(process: nil, time: nil)
    }

    private mutating func read(_ prefix: LinePrefix, time: Timestamp?) -> Finding {
        if let reading = Attempt.read(prefix.message), prefix.piece == nil {
            switch reading {
            case .attempt(let attempt):
                if isFlood, prefix.source.isEmpty { repeated.remember(prefix.message, attempt) }
                return .sighting(sighting(of: attempt, prefix, time: time))
            case .noCertificate:
                neighbours.other(process: prefix.process, time: time)
                return .noCertificate
            case .nothing(let reason):
                neighbours.other(process: prefix.process, time: time)
                return .nothing("\(reason)")
            }
        }
        let observation = prefix.hasMessageID ? nil : Rejection.read(prefix.message)
        if observation != nil || !prefix.hasMessageID && Rejection.isHidden(prefix.message) {
            let finding = rejection(observation, prefix, time: time)
            if let observation {
                if isFlood, prefix.source.isEmpty, prefix.piece == nil { repeated.remember(prefix.message, observation) }
                return finding
            }
            if case .observations = finding { return finding }
        } else {
            neighbours.other(process: prefix.process, time: time)
        }
        if prefix.time == nil, let first = prefix.message.first, first != UInt8(ascii: " "), !LogForm.isKnown(prefix.message) {
            return .nothing("the line does not begin like a log of Exim's")
        }
        return .nothing(LineSearch.holdsPhrase(prefix.message) ? "the message does not begin with our phrase" : "not about a certificate")
    }

    /// - Parameter facts: nil for a rejection that cannot be read.
    private mutating func rejection(_ facts: PendingEntry.Observation?, _ prefix: LinePrefix, time: Timestamp?) -> Finding {
        let loans = neighbours.rejection(facts, process: prefix.process, stamp: prefix.stamp, time: time)
        return loans.isEmpty ? .nothing("a rejection that cannot be matched to one attempt") : .observations(loans)
    }

    private mutating func sighting(of attempt: Attempt, _ prefix: LinePrefix, time: Timestamp?) -> Sighting {
        neighbours.attempt(
            attempt.fingerprint, lends: attempt.address == nil && !prefix.hasMessageID, process: prefix.process, stamp: prefix.stamp,
            time: time)
        return Sighting(
            fingerprint: attempt.fingerprint, time: time, address: attempt.address, certificate: attempt.certificate,
            pid: prefix.process?.pid)
    }
}
