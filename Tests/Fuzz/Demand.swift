import Glibc

/// Ends the process with a message if a property does not hold.
func demand(_ holds: Bool, _ property: @autoclosure () -> String) {
    guard !holds else { return }
    let text = Array("\nfuzz: does not hold: \(property())\n".utf8)
    _ = write(STDERR_FILENO, text, text.count)
    abort()
}

/// The same for a call that must not throw.
func demand<Value>(_ property: String, _ make: () throws -> Value) -> Value {
    do { return try make() } catch {
        demand(false, "\(property): \(error)")
        fatalError(property)
    }
}

extension String {
    /// Whether a terminal shows the text unchanged: no control character but the line end, nothing that reverses or hides text. It uses
    /// ranges, because the program itself judges by Unicode's categories.
    var isPlain: Bool {
        unicodeScalars.allSatisfy { scalar in
            scalar == "\n" || !Self.unplain.contains { $0.contains(scalar.value) }
        }
    }

    private static let unplain: [ClosedRange<UInt32>] = [
        0...0x1F, 0x7F...0x9F, 0xAD...0xAD, 0x61C...0x61C, 0x180E...0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F,
        0xE000...0xF8FF, 0xFEFF...0xFEFF, 0xFFF9...0xFFFB, 0x1D173...0x1D17A, 0xE0000...0xE007F, 0xF0000...0x10FFFF,
    ]
}

/// Random numbers that depend only on the bytes: the same bytes give the same run.
struct Chance: RandomNumberGenerator {
    private var state: UInt64

    init(_ bytes: [UInt8]) { state = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
