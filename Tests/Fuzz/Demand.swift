import Glibc

/// Ends the process when a property does not hold, saying which.
func demand(_ holds: Bool, _ property: @autoclosure () -> String) {
    guard !holds else { return }
    let text = Array("\nfuzz: does not hold: \(property())\n".utf8)
    _ = write(STDERR_FILENO, text, text.count)
    abort()
}

/// The same for what must not fail.
func demand<Value>(_ property: String, _ make: () throws -> Value) -> Value {
    do { return try make() } catch {
        demand(false, "\(property): \(error)")
        fatalError(property)
    }
}

extension String {
    /// Whether a terminal shows it as it is: no control character but the line end, nothing that turns or hides text. By ranges and not by
    /// Unicode's categories, which is how the program judges.
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

/// Chances that depend on the bytes alone: the same bytes, the same run.
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
