/// How many records a set has in each of its 256 parts, and the XOR of their names' first 8 bytes. Two sets with the same sums are the same,
/// unless somebody has searched for others: then a part is taken for equal that is not, and a notification or a receipt shows it.
struct Sums {
    private(set) var counts = [Int](repeating: 0, count: 256)
    private(set) var mixes = [UInt64](repeating: 0, count: 256)

    mutating func add(_ name: RecordName) {
        counts[name.bucket] += 1
        mixes[name.bucket] ^= name.mix
    }

    mutating func remove(_ name: RecordName) {
        counts[name.bucket] -= 1
        mixes[name.bucket] ^= name.mix
    }
}
