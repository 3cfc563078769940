package import TrustCore

extension Books {
    /// The last decisions with their numbers, the latest first, at most `count`; without lines that cannot be read. Reads no more of the
    /// ledger than its end.
    package func latest(_ count: Int) throws(SystemError) -> [(number: Int, entry: LedgerEntry)] {
        var step = 16_384
        while true {
            let start = max(0, ledger.count - step)
            var lines = try ledger.part(start..<ledger.count).split(separator: UInt8(ascii: "\n"))
            // What stands before the first line end may be the end of a line.
            if start > 0, !lines.isEmpty { lines.removeFirst() }
            if start == 0 || lines.count >= count {
                let last = self.lines
                return lines.suffix(count).reversed().enumerated().compactMap { index, line in
                    LedgerEntry(line: line).map { (last - index, $0) }
                }
            }
            step *= 4
        }
    }
}
