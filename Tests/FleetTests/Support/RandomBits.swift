import TrustTestSupport

/// Random numbers that depend only on the seed: the same histories in every run.
struct RandomBits: RandomNumberGenerator {
    private var numbers: SplitMix64

    init(seed: Int) {
        numbers = SplitMix64(state: UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 ^ 0xD1B5_4A32_D192_ED03)
    }

    mutating func next() -> UInt64 { numbers.next() }

    mutating func happens(_ percent: Int) -> Bool { Int(next() % 100) < percent }

    mutating func one<Element>(of some: [Element]) -> Element { some[Int(next() % UInt64(some.count))] }
}
