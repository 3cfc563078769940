import TrustCore

/// What a log's lines say, one after the other. Pure: the same lines, the same findings.
struct LineReader {
    private var pieces = Pieces()
    private var neighbours: Neighbours

    /// A line's claim: this fingerprint asked to relay.
    struct Sighting: Equatable {
        let fingerprint: Fingerprint
        /// Nil when the line says none.
        let time: Timestamp?
        let address: Address?
        let certificate: String?
        let process: LogProcess?
    }

    enum Finding: Equatable {
        case sighting(Sighting)
        /// A later line about a fingerprint that was sighted before; an empty one takes back what was lent.
        case observation(Fingerprint, PendingEntry.Observation)
        /// Exim's own line, and yet no fingerprint: the digest of no certificate.
        case noCertificate
        case nothing(String)
    }

    struct Found: Equatable {
        let finding: Finding
        /// Of the byte behind the line.
        let sequence: UInt64
    }

    /// `afterGap`: the lines before the first one are not known.
    init(afterGap: Bool = false) { neighbours = Neighbours(afterGap: afterGap) }

    /// Whether a line without the phrase may matter now.
    var needsEveryLine: Bool { pieces.isWaiting || neighbours.isWaiting }
    /// Where reading must begin again after a crash, if not behind the last line.
    var begin: UInt64? { pieces.begin }

    /// `line` is without its line end and begins at the log's sequence number `begin`.
    mutating func read(_ line: ArraySlice<UInt8>, begin: UInt64 = 0, now: Timestamp) -> Finding {
        let prefix = LinePrefix(line)
        let time = prefix.moment(now: now)
        switch pieces.take(line, prefix: prefix, begin: begin) {
        case .noPiece: return read(prefix, time: time)
        case .waiting: return .nothing("a piece of a longer entry")
        case .whole(let text):
            let whole = LinePrefix(text[...])
            return read(whole, time: whole.moment(now: now))
        case .stray:
            neighbours.other(process: prefix.process, time: time)
            return .nothing("a piece of an entry whose other pieces are not there")
        }
    }

    /// Reads whole lines, the first of which begins at the log's sequence number `begin`, and adds what they say; one without the phrase is
    /// passed over where it cannot matter.
    mutating func read(lines: UnsafeRawBufferPointer, begin: UInt64, now: Timestamp, found: inout [Found]) {
        var next = 0
        while let range = LineSearch.nextLine(in: lines, from: next, any: needsEveryLine) {
            next = range.upperBound
            guard range.count <= Int(LogPosition.maximumLine) else {
                skip()
                continue
            }
            let line = Array(UnsafeRawBufferPointer(rebasing: lines[range.dropLast()]))
            let finding = read(line[...], begin: begin &+ UInt64(range.lowerBound), now: now)
            if case .nothing = finding { continue }
            found.append(Found(finding: finding, sequence: begin &+ UInt64(range.upperBound)))
        }
    }

    /// A line that is too long to be looked at: it stands between its neighbours all the same.
    mutating func skip() {
        pieces.skip()
        neighbours.other(process: nil, time: nil)
    }

    private mutating func read(_ prefix: LinePrefix, time: Timestamp?) -> Finding {
        if let reading = Attempt.read(prefix.message), prefix.piece == nil {
            switch reading {
            case .attempt(let attempt):
                neighbours.attempt(
                    attempt.fingerprint, lends: attempt.address == nil && !prefix.hasMessageID, process: prefix.process,
                    stamp: prefix.stamp, time: time)
                return .sighting(
                    Sighting(
                        fingerprint: attempt.fingerprint, time: time, address: attempt.address,
                        certificate: attempt.certificate.map { String(decoding: $0, as: UTF8.self) }, process: prefix.process))
            case .noCertificate:
                neighbours.other(process: prefix.process, time: time)
                return .noCertificate
            case .nothing(let reason):
                neighbours.other(process: prefix.process, time: time)
                return .nothing("\(reason)")
            }
        }
        if !prefix.hasMessageID, let observation = Rejection.read(prefix.message) {
            switch neighbours.rejection(process: prefix.process, stamp: prefix.stamp, time: time) {
            case .lends(let fingerprint): return .observation(fingerprint, observation)
            case .withdrawn(let fingerprint): return .observation(fingerprint, PendingEntry.Observation())
            case nil: return .nothing("a rejection that no attempt before it surely belongs to")
            }
        }
        neighbours.other(process: prefix.process, time: time)
        return .nothing(LineSearch.holdsPhrase(prefix.message) ? "the message does not begin with our phrase" : "not about a certificate")
    }
}

extension LinePrefix {
    /// When the line was written; nil when it does not say. A date that does not exist (a leap second, a clock before 1970) is now: the
    /// line is a sighting all the same. A clock that ran ahead must not keep an entry for years.
    fileprivate func moment(now: Timestamp) -> Timestamp? {
        time.map { min($0.moment(now: now) ?? now, Timestamp(seconds: now.seconds + 86_400)) }
    }
}
