import CLinux
import Glibc
import TrustCore

/// Finds the lines worth reading in a block of whole lines. For a log without sightings this is the whole cost: a line that is not read
/// costs nothing else.
struct LineSearch {
    /// Which lines matter now.
    enum Interest {
        /// Lines with our phrase.
        case phrase
        /// Also lines that reject a recipient.
        case rejections
        case everyLine
    }

    /// A text, and the places of two of its bytes that are rare in a log. They make the search quick; they do not change its result.
    struct Needle {
        let text: StaticString
        let rare: (Int, Int)

        /// `w` of “which” and `x` of “explicitly”.
        static let phrase = Needle(text: LogPhrase.attempt, rare: (36, 56))
        /// `j` and `P`.
        static let rejection = Needle(text: Rejection.verdict, rare: (3, 12))
    }

    private static let lineEnd: Int32 = 0x0A
    /// After so many bytes without a rejection one line is read for its time alone: rejections are awaited for seconds only.
    private static let stride = 4_096

    private let bytes: UnsafeRawBufferPointer
    private var next = 0
    /// Where the phrase stands next, or the end of `bytes`.
    private var phrase = 0
    private var knowsPhrase = false
    /// Where it stands behind that, up to `searched`.
    private var ahead = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)[...]
    private var searched = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Searches all bytes for the phrase at once, with two processors, and keeps what it finds in `scratch`. The second processor goes on
    /// in the `following` bytes behind them, until `clinux_search_end`.
    init(_ bytes: UnsafeRawBufferPointer, ahead scratch: UnsafeMutableRawBufferPointer, following: Int = 0) {
        self.bytes = bytes
        guard let base = bytes.baseAddress else { return }
        let places = scratch.bindMemory(to: UInt32.self), needle = Needle.phrase
        let count = needle.text.withUTF8Buffer { text in
            clinux_search_all(
                base, bytes.count, following, text.baseAddress, text.count, needle.rare.0, needle.rare.1, places.baseAddress, places.count,
                &searched)
        }
        ahead = places[..<count]
    }

    /// The next line that matters, with its line end, and where the phrase begins in it, if that was searched for and is there.
    mutating func nextLine(_ interest: Interest) -> (Range<Int>, phrase: Int?)? {
        guard next < bytes.count, let base = bytes.baseAddress else { return nil }
        var hit = next
        switch interest {
        case .everyLine: break
        case .phrase: hit = nextPhrase()
        case .rejections:
            hit = min(nextPhrase(), next + Self.stride)
            let part = UnsafeRawBufferPointer(rebasing: bytes[next..<min(hit, bytes.count)])
            hit = Self.find(.rejection, in: part).map { next + $0 } ?? hit
        }
        guard hit < bytes.count, let end = memchr(base + hit, Self.lineEnd, bytes.count - hit) else {
            next = bytes.count
            return nil
        }
        let before = hit > next ? clinux_find_last(base + next, Self.lineEnd, hit - next) : nil
        let line = (before.map { $0 - base + 1 } ?? next)..<(UnsafeRawPointer(end) - base + 1)
        next = line.upperBound
        return (line, knowsPhrase && line.contains(phrase) ? phrase - line.lowerBound : nil)
    }

    private mutating func nextPhrase() -> Int {
        if knowsPhrase && phrase >= next { return phrase }
        knowsPhrase = true
        while let place = ahead.popFirst() {
            phrase = Int(place)
            if phrase >= next { return phrase }
        }
        let start = max(next, searched)
        phrase = Self.find(.phrase, in: UnsafeRawBufferPointer(rebasing: bytes[start...])).map { start + $0 } ?? bytes.count
        return phrase
    }

    static func find(_ needle: Needle, in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        return needle.text.withUTF8Buffer { text in
            clinux_search(base, bytes.count, text.baseAddress, text.count, needle.rare.0, needle.rare.1).map { $0 - base }
        }
    }

    static func holdsPhrase(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.withUnsafeBytes { find(.phrase, in: $0) != nil } }
}
