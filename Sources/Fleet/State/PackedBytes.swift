/// Numbers and texts as they stand one behind the other in memory: most numbers take a byte or two.
struct PackedBytes: Sendable {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    /// Seven bits a byte, the low ones first; the highest bit says that more follow.
    mutating func add(_ number: some BinaryInteger) {
        var rest = UInt64(truncatingIfNeeded: number)
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func add(_ text: String?) {
        guard let text else { return add(0) }
        add(text.utf8.count + 1)
        bytes.append(contentsOf: text.utf8)
    }

    func reader(at place: Int) -> Reader { Reader(bytes: bytes, place: place) }

    /// Reads what was added, in the same order.
    struct Reader {
        fileprivate let bytes: [UInt8]
        fileprivate(set) var place: Int

        mutating func number() -> Int {
            var (number, shift): (UInt64, UInt64) = (0, 0)
            while true {
                let byte = bytes[place]
                place += 1
                number |= UInt64(byte & 0x7F) << shift
                guard byte > 0x7F else { return Int(truncatingIfNeeded: number) }
                shift += 7
            }
        }

        mutating func text() -> String? {
            let count = number() - 1
            guard count >= 0 else { return nil }
            defer { place += count }
            return String(decoding: bytes[place..<place + count], as: UTF8.self)
        }
    }
}
