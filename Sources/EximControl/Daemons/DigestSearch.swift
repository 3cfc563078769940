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
            for byte in bytes {
                // The common case first: not a digit, and no run is open.
                if (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) {
                    if run.count < 65 { run.append(byte) }
                } else {
                    if !run.isEmpty || isPart { end(into: &found) }
                    isPart = (0x47...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
                }
            }
        }
    }

    mutating func end(into found: inout Set<String>) {
        if run.count == 64, !isPart { found.insert(String(decoding: run, as: UTF8.self)) }
        run = []
        isPart = false
    }
}
