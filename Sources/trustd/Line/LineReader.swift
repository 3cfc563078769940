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
        /// A later line about a fingerprint that was sighted before.
        case observation(Fingerprint, PendingEntry.Observation)
        /// Exim's own line, and yet no fingerprint: the digest of no certificate.
        case noCertificate
        case nothing(String)
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
        switch pieces.take(line, prefix: prefix, begin: begin) {
        case .noPiece: return read(prefix, now: now)
        case .waiting: return .nothing("a piece of a longer entry")
        case .whole(let text): return read(LinePrefix(text[...]), now: now)
        case .stray:
            neighbours.other(process: prefix.process)
            return .nothing("a piece of an entry whose other pieces are not there")
        }
    }

    private mutating func read(_ prefix: LinePrefix, now: Timestamp) -> Finding {
        if let reading = Attempt.read(prefix.message), prefix.piece == nil {
            switch reading {
            case .attempt(let attempt):
                let time = prefix.time?.moment(now: now)
                if prefix.time != nil && time == nil { break }
                neighbours.attempt(
                    attempt.fingerprint, lends: attempt.address == nil && !prefix.hasMessageID, process: prefix.process, stamp: prefix.stamp
                )
                return .sighting(
                    Sighting(
                        fingerprint: attempt.fingerprint, time: time, address: attempt.address,
                        certificate: attempt.certificate.map { String(decoding: $0, as: UTF8.self) }, process: prefix.process))
            case .noCertificate:
                neighbours.other(process: prefix.process)
                return .noCertificate
            case .nothing(let reason):
                neighbours.other(process: prefix.process)
                return .nothing("\(reason)")
            }
            neighbours.other(process: prefix.process)
            return .nothing("its date does not exist")
        }
        if !prefix.hasMessageID, let observation = Rejection.read(prefix.message) {
            let lent = neighbours.rejection(process: prefix.process, stamp: prefix.stamp)
            return lent.map { .observation($0, observation) } ?? .nothing("a rejection that no attempt before it surely belongs to")
        }
        neighbours.other(process: prefix.process)
        return .nothing(LineSearch.holdsPhrase(prefix.message) ? "the message does not begin with our phrase" : "not about a certificate")
    }
}
