import Glibc

/// What the programs of this machine have written and the disks do not hold yet.
package enum UnwrittenMemory {
    /// So much is written in a few milliseconds.
    private static let little = 16_384

    /// Whether that is little, for all file systems together; false when it is not known, as in a sandbox.
    package static var isLittle: Bool {
        guard let file = fopen("/proc/meminfo", "re") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        var (sum, found) = (0, 0)
        while fgets(&line, CInt(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
            guard words.count > 1, words[0] == "Dirty:" || words[0] == "Writeback:", let size = Int(words[1]) else { continue }
            (sum, found) = (sum + size, found + 1)
        }
        return found == 2 && sum < little
    }
}
