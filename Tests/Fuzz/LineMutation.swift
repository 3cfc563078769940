import CLibFuzzer

/// How libFuzzer changes an input before it tries it. By itself it changes bytes only. Nearly all inputs here consist of lines, and it
/// would hardly ever repeat, remove or move whole lines.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int, _ limit: Int, _ seed: UInt32) -> Int {
    var lines = UnsafeBufferPointer(start: bytes, count: count).split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
    guard seed % 4 == 0, lines.count > 1 else { return LLVMFuzzerMutate(bytes, count, limit) }
    var chance = Chance(withUnsafeBytes(of: seed) { Array($0) })
    let (one, other) = (lines.indices.randomElement(using: &chance) ?? 0, lines.indices.randomElement(using: &chance) ?? 0)
    switch Int.random(in: 0..<4, using: &chance) {
    case 0: lines.insert(lines[one], at: other)
    case 1: lines.insert(lines.remove(at: one), at: min(other, lines.count))
    case 2: lines.swapAt(one, other)
    default: lines.remove(at: one)
    }
    let mutated = Array(lines.joined(separator: [0x0A]))
    guard (1...limit).contains(mutated.count) else { return LLVMFuzzerMutate(bytes, count, limit) }
    bytes.update(from: mutated, count: mutated.count)
    return mutated.count
}
