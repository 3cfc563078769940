package import TrustCore

/// Checks the ledger's chain, line by line.
package struct LedgerVerification {
    /// The line that was written last, as the seal says.
    private let seal: LedgerSeal?
    private var chain: [String] = []
    /// Lines that replace one which was written whole and cut later.
    package private(set) var replaced: [Int] = []
    package private(set) var lines = 0
    private var previous: String?
    private var isLastUnreadable = false
    private var keepsSeal = false

    package init(_ seal: LedgerSeal? = nil) { self.seal = seal }

    /// Takes the next line, without its newline, and what it says.
    mutating func take(_ line: ArraySlice<UInt8>, _ entry: LedgerEntry?) {
        lines += 1
        let digest = Ledger.digest(of: line)
        isLastUnreadable = entry == nil
        if let entry {
            if entry.number != lines { chain.append("line \(lines) says that it is decision \(entry.number)") }
            if entry.previous != previous {
                chain.append("line \(lines) does not follow the line before it: something was altered, removed or put in between")
            }
            if entry.sealed != nil { replaced.append(lines) }
        } else {
            chain.append("line \(lines) cannot be read")
        }
        if let seal, seal.number == lines { keepsSeal = digest == seal.digest || entry?.sealed == seal.digest }
        previous = digest
    }

    /// What is wrong, in order; empty when every line has the digest of the one before it, and the sealed one is there. `isTorn`: a crash
    /// tore the last line.
    func faults(isTorn: Bool) -> [String] {
        var faults = chain
        if isTorn, isLastUnreadable { faults[faults.count - 1] = "line \(lines) is torn: root's next trustctl mends it" }
        guard let seal, !keepsSeal else { return faults }
        if lines < seal.number { return faults + ["its end is missing: line \(seal.number) was its last one"] }
        return faults + (isTorn && lines == seal.number ? [] : ["line \(seal.number) is not the one that was written"])
    }
}

extension Books {
    /// Reads all lines. Calls `body` with each one: its number, and what it says.
    package func eachEntry(_ body: (Int, LedgerEntry?) -> Void) throws(SystemError) {
        var number = 0
        try ledger.eachLine { line, _ in
            number += 1
            body(number, LedgerEntry(line: line))
        }
    }

    /// Reads all lines, and says what is wrong with the chain, and with the checkpoint.
    package func verified(_ seal: LedgerSeal?) throws(SystemError) -> (faults: [String], replaced: [Int], lines: Int) {
        var verification = LedgerVerification(seal)
        try ledger.eachLine { line, _ in verification.take(line, LedgerEntry(line: line)) }
        return (verification.faults(isTorn: isTorn), verification.replaced, verification.lines)
    }
}
