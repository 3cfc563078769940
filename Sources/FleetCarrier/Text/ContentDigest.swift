/// SHA-256 (FIPS 180-4), for a program that links no cryptography: trustsync names what it carries, as the database does. It proves nothing
/// by it.
package struct ContentDigest {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var rest: [UInt8] = []
    private var length: UInt64 = 0

    private init() {}

    /// Of these parts, one behind the other.
    package static func of(_ parts: [UInt8]...) -> Digest {
        var digest = ContentDigest()
        for part in parts { digest.add(part) }
        return digest.finished()
    }

    private mutating func add(_ bytes: [UInt8]) {
        length += UInt64(bytes.count)
        var start = 0
        if !rest.isEmpty {
            start = min(64 - rest.count, bytes.count)
            rest += bytes[..<start]
            guard rest.count == 64 else { return }
            rest.withUnsafeBytes { mix($0, blocks: 1) }
            rest = []
        }
        let blocks = (bytes.count - start) / 64
        bytes.withUnsafeBytes { mix(UnsafeRawBufferPointer(rebasing: $0[start...]), blocks: blocks) }
        rest += bytes[(start + 64 * blocks)...]
    }

    private mutating func finished() -> Digest {
        let bits = length * 8
        let zeros = (119 - rest.count) % 64
        add([0x80] + [UInt8](repeating: 0, count: zeros) + (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) })
        func word(_ index: Int) -> UInt64 { UInt64(state[index]) << 32 | UInt64(state[index + 1]) }
        return Digest((word(0), word(2), word(4), word(6)))
    }

    private mutating func mix(_ bytes: UnsafeRawBufferPointer, blocks: Int) {
        func right(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { words in
            for block in 0..<blocks {
                for index in 0..<16 {
                    words[index] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: block * 64 + index * 4, as: UInt32.self))
                }
                for index in 16..<64 {
                    let (early, late) = (words[index - 15], words[index - 2])
                    let small = right(early, 7) ^ right(early, 18) ^ early >> 3
                    let large = right(late, 17) ^ right(late, 19) ^ late >> 10
                    words[index] = words[index - 16] &+ small &+ words[index - 7] &+ large
                }
                var (a, b, c, d) = (state[0], state[1], state[2], state[3])
                var (e, f, g, h) = (state[4], state[5], state[6], state[7])
                for index in 0..<64 {
                    let sum = right(e, 6) ^ right(e, 11) ^ right(e, 25)
                    let first = h &+ sum &+ (e & f ^ ~e & g) &+ Self.constants[index] &+ words[index]
                    let second = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) &+ (a & b ^ a & c ^ b & c)
                    (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
                }
                for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] = state[index] &+ word }
            }
        }
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5, 0xd807_aa98, 0x1283_5b01,
        0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174, 0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc,
        0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da, 0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147,
        0x06ca_6351, 0x1429_2967, 0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070, 0x19a4_c116, 0x1e37_6c08,
        0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3, 0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208,
        0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
