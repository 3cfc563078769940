import CLinux
import Testing
import TrustCore
import TrustTestSupport

@testable import LogLine

@Suite("Searching many lines at once")
struct LineSearchTests {
    @Test("one processor may go on in what follows, until it is told to stop", arguments: 0..<8)
    func following(seed: Int) {
        var dice = SplitMix64(state: UInt64(seed))
        // Several pieces, and some of them with more occurrences than are remembered of one.
        var text: [UInt8] = []
        while text.count < 3 << 20 {
            let isDense = Int.random(in: 0..<4, using: &dice) == 0
            for _ in 0..<(isDense ? 6_000 : 300) {
                let isPhrase = isDense || Int.random(in: 0..<50, using: &dice) == 0
                let line = isPhrase ? "\(LogPhrase.attempt)" : String(repeating: "w x ", count: .random(in: 0...90, using: &dice))
                text += line.utf8 + [0x0A]
            }
        }
        let expected = found(text, ahead: nil, .phrase)
        let places = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { places.deallocate() }
        for _ in 0..<5 {
            text.withUnsafeBytes { bytes in
                var lines: [Range<Int>] = []
                var start = 0
                while start < bytes.count {
                    let wanted = min(bytes.count, start + Int.random(in: 1...1 << 20, using: &dice))
                    let end = bytes[start..<wanted].lastIndex(of: 0x0A).map { $0 + 1 } ?? wanted
                    let part = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                    var search = LineSearch(part, ahead: places, following: bytes.count - end)
                    while let (line, _) = search.nextLine(.phrase) { lines.append(start + line.lowerBound..<start + line.upperBound) }
                    start = end
                    // Left in the middle, as a file is that was truncated.
                    if Int.random(in: 0..<9, using: &dice) == 0 { clinux_search_end(bytes.baseAddress, bytes.count) }
                }
                clinux_search_end(bytes.baseAddress, bytes.count)
                #expect(lines == expected)
            }
        }
    }

    /// The lines that are found, as a search one after the other and as one by two processors finds them.
    private func found(_ text: [UInt8], ahead scratch: Int?, _ interest: LineSearch.Interest) -> [Range<Int>] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: scratch ?? 0, alignment: 16)
        defer { buffer.deallocate() }
        return text.withUnsafeBytes { bytes in
            var search = if scratch != nil { LineSearch(bytes, ahead: buffer) } else { LineSearch(bytes) }
            var lines: [Range<Int>] = []
            while let (line, phrase) = search.nextLine(interest) {
                if let phrase { #expect(bytes[(line.lowerBound + phrase)...].starts(with: "\(LogPhrase.attempt)".utf8)) }
                lines.append(line)
            }
            return lines
        }
    }

    @Test(
        "two processors find what one finds, wherever the phrase is and however often",
        arguments: 0..<40)
    func ahead(seed: Int) {
        var dice = SplitMix64(state: UInt64(seed))
        var text: [UInt8] = []
        // Longer than what one processor searches alone.
        while text.count < 200_000 + seed * 977 {
            switch Int.random(in: 0..<12, using: &dice) {
            case 0: text += "x \(LogPhrase.attempt)\(String(repeating: "A", count: .random(in: 0...70, using: &dice)))\n".utf8
            case 1: text += "\(LogPhrase.attempt)\(LogPhrase.attempt)\n".utf8
            case 2: text += "Attempt to relay from a certificate which has not been explicitly\n".utf8
            case 3: text += "H=x rejected RCPT <a@b>: no\n".utf8
            case 4 where text.count < 101_000 && text.count > 90_000:
                text += String(repeating: "y", count: Int.random(in: 0...10_000, using: &dice)).utf8
                text += "\(LogPhrase.attempt)\n".utf8
            default: text += String(repeating: "z w x ", count: .random(in: 0...90, using: &dice)).utf8 + [0x0A]
            }
        }
        text += "\(LogPhrase.attempt)\n".utf8
        for interest in [LineSearch.Interest.phrase, .rejections] {
            let expected = found(text, ahead: nil, interest)
            #expect(expected.count > 10)
            for scratch in [4 << 20, 64, 8, 0] { #expect(found(text, ahead: scratch, interest) == expected, "\(scratch) bytes of places") }
        }
    }
}
