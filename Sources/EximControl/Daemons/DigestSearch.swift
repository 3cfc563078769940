/// Finds words of exactly 64 upper-case hexadecimal digits in bytes that arrive in pieces.
package struct DigestSearch {
    private var run: [UInt8] = []
    /// The run follows a letter or `_`, so it is a part of a longer word.
    private var isPart = false

    package static func digests(in bytes: [UInt8]) -> Set<String> {
        var search = DigestSearch()
        var found: Set<String> = []
        search.take(bytes[...], into: &found)
        search.end(into: &found)
        return found
    }

    mutating func take(_ bytes: ArraySlice<UInt8>, into found: inout Set<String>) {
        bytes.withUnsafeBufferPointer { bytes in
            var place = 0
            while place < bytes.count {
                // Where no run is open, 64 digits that begin among the next 64 bytes would hold the last of these: nearly all memory is passed
                // over by that one look.
                if run.isEmpty, place + 63 < bytes.count, !Self.isDigit(bytes[place + 63]) {
                    isPart = Self.isLetter(bytes[place + 63])
                    place += 64
                    continue
                }
                let byte = bytes[place]
                if Self.isDigit(byte) {
                    if run.count < 65 { run.append(byte) }
                } else {
                    if !run.isEmpty || isPart { end(into: &found) }
                    isPart = Self.isLetter(byte)
                }
                place += 1
            }
        }
    }

    @inline(__always) private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 || byte &- 0x41 < 6 }
    @inline(__always) private static func isLetter(_ byte: UInt8) -> Bool { byte &- 0x47 < 20 || byte &- 0x61 < 26 || byte == 0x5F }

    mutating func end(into found: inout Set<String>) {
        if run.count == 64, !isPart { found.insert(String(decoding: run, as: UTF8.self)) }
        run = []
        isPart = false
    }
}
