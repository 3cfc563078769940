import Host
import TrustCore

/// Which lines of a checkpoint have a certain key, subject or label, so that nobody looks at all of them. It stands behind those lines: one
/// line of the same width for each, in their order, with 16 digits of a hash and 12 of the place of the line in question.
struct CheckpointIndex {
    let file: LedgerBytes
    let range: Range<Int>

    /// What is looked for.
    enum Kind: UInt8, CaseIterable { case key, subject, label }

    private static let hashDigits = 16
    private static let placeDigits = 12
    private static let width = hashDigits + placeDigits + 1

    /// The places of lines whose `kind` may be `text`, in their order, from the first `limit` of them: a hash is not the text.
    func places(_ kind: Kind, _ text: String, atMost limit: Int) throws(SystemError) -> [Int] {
        let wanted = Self.digits(of: Self.hash(kind, CheckpointLine.hidden(text).utf8), Self.hashDigits)
        var (low, high) = (0, range.count / Self.width)
        while low < high {
            let middle = low + (high - low) / 2
            if try line(middle).prefix(Self.hashDigits).lexicographicallyPrecedes(wanted) { low = middle + 1 } else { high = middle }
        }
        var places: [Int] = []
        while low < range.count / Self.width, places.count < limit, case let line = try line(low), line.starts(with: wanted) {
            places.append(Self.place(line))
            low += 1
        }
        return places
    }

    /// The places of lines that may share something with another line, in no order; of those with the same hash at most `limit`. Reads all.
    func shared(atMost limit: Int) throws(SystemError) -> [Int] {
        var places: [Int] = []
        var (last, lastPlace, count) = ([UInt8](), 0, 0)
        try file.eachLine(in: range) { line, _ in
            let isSame = line.starts(with: last) && !last.isEmpty
            let place = Self.place(line)
            if isSame, count < limit {
                if count == 1 { places.append(lastPlace) }
                places.append(place)
            }
            (last, lastPlace, count) = (Array(line.prefix(Self.hashDigits)), place, isSame ? count + 1 : 1)
        }
        return places
    }

    private static func place(_ line: ArraySlice<UInt8>) -> Int {
        line.dropFirst(hashDigits).prefix(placeDigits).reduce(0) { $0 << 4 | Int(Hex.value(of: $1) ?? 0) }
    }

    private func line(_ number: Int) throws(SystemError) -> ArraySlice<UInt8> {
        let start = range.lowerBound + number * Self.width
        return try file.part(start..<start + Self.width)
    }

    /// FNV-1a. The attack: certificates that are made to have the same hash. They are only read in vain.
    private static func hash(_ kind: Kind, _ text: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        add(kind.rawValue)
        for byte in text { add(byte) }
        return hash
    }

    private static func digits(of value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { Hex.digit(UInt8(truncatingIfNeeded: value >> (4 * UInt64($0))) & 15) }
    }

    /// An index in the making.
    struct Draft {
        private var entries: [(hash: UInt64, place: Int)] = []

        /// Adds the line about a fingerprint that begins at `place`.
        mutating func add(_ line: some Collection<UInt8>, at place: Int) {
            let line = Array(line)[...]
            for kind in Kind.allCases {
                guard let text = CheckpointLine.text(of: kind, in: line), !text.isEmpty else { continue }
                entries.append((CheckpointIndex.hash(kind, text), place))
            }
        }

        /// Its lines, in their order; each is made when it is its turn.
        var lines: some Sequence<[UInt8]> {
            entries.sorted { ($0.hash, $0.place) < ($1.hash, $1.place) }.lazy.map { hash, place in
                digits(of: hash, hashDigits) + digits(of: UInt64(place), placeDigits) + [UInt8(ascii: "\n")]
            }
        }
    }
}
