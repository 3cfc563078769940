package import TrustCore

/// What a decision's text says of certificates, for those who carry it: a hint, since whether the decision counts, only root can tell.
package struct DecisionSayings {
    /// Its serial; 0 when it has none.
    package private(set) var serial: Int64 = 0
    /// Those that it approves, and those of which it says anything else.
    package private(set) var approved: [Fingerprint] = []
    package private(set) var taken: [Fingerprint] = []

    private static let serialLine = Array("Serial: ".utf8)
    private static let fingerprintLine = Array("Fingerprint: ".utf8)
    private static let approval = Array("After: approved".utf8)

    /// A text of any kind: what is no decision says nothing.
    package init(_ body: [UInt8]) {
        guard body.starts(with: "trust-decision ".utf8) else { return }
        var named: Fingerprint?
        for line in body.split(separator: 0x0A, omittingEmptySubsequences: false) {
            // The line after a fingerprint says what becomes of it.
            if let fingerprint = named {
                if line.elementsEqual(Self.approval) { approved.append(fingerprint) } else { taken.append(fingerprint) }
                named = nil
            } else if line.starts(with: Self.fingerprintLine) {
                named = try? Fingerprint(exactly: line.dropFirst(Self.fingerprintLine.count))
            } else if serial == 0, line.starts(with: Self.serialLine) {
                serial = Decimal.number(line.dropFirst(Self.serialLine.count)).map { Int64(clamping: $0) } ?? 0
            }
        }
    }
}
