import Glibc

/// Which of many moments a test interrupts: all of them with `FAULTS=all` (`make faults`), else a sample. The sample is the same each time,
/// so the result of `make test` depends only on the change under test; another seed (`FAULTS_SEED`) draws another sample.
package enum FaultSweep {
    package static let isWhole = getenv("FAULTS").map { String(cString: $0) } == "all"

    package static let seed: UInt64 = {
        let seed = getenv("FAULTS_SEED").flatMap { UInt64(String(cString: $0)) } ?? (isWhole ? .random(in: 1...999_999) : 1)
        print("faults: \(isWhole ? "all" : "a sample"), FAULTS_SEED=\(seed)")
        return seed
    }()

    /// Of 1...total: all (or at most `most`, if they are many and similar), or `count` of them, one from each part of the range, so that no
    /// part is left out.
    package static func choose(_ count: Int, orEachOf most: Int = .max, of total: Int, by random: inout Randomness) -> [Int] {
        let count = isWhole ? most : count
        guard total > count else { return total > 0 ? Array(1...total) : [] }
        return (0..<count).map { part in
            Int.random(in: (1 + part * total / count)...((part + 1) * total / count), using: &random)
        }
    }
}

/// Reproducible random numbers: the same seed gives the same numbers.
package struct Randomness: RandomNumberGenerator, Sendable {
    private var numbers: SplitMix64

    /// `name` separates one test's draws from another's.
    package init(_ name: String, seed: UInt64 = FaultSweep.seed) {
        numbers = SplitMix64(state: name.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    package mutating func next() -> UInt64 { numbers.next() }

    package mutating func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// A fingerprint of no certificate in the tests.
    package mutating func fingerprint() -> String {
        let digits = Array("0123456789ABCDEF")
        return String((0..<64).map { _ in digits[draw(0...15)] })
    }
}
