package import SystemPackage
package import TrustCore

/// What the doctor found last, without its texts: kept beside the ledger for `trustctl metrics`, `trustctl notify` and `trustctl status --check`,
/// which cannot ask Exim. Root writes it, everybody may read it.
package struct KeptFindings: Equatable {
    package static let name = "doctor"
    private static let format = RecordFormat("trustctl-doctor 1")
    private static let maximumSize = 65_536

    /// When the doctor began.
    package let time: Timestamp
    /// How many there are of each kind, in the order of their names.
    package let kinds: [Kind]

    package struct Kind: Equatable {
        package let severity: Finding.Severity
        /// One of the words of trustctl-doctor(8).
        package let id: String
        package let count: Int
    }

    package init(_ findings: [Finding], at time: Timestamp) {
        self.time = time
        let groups = Dictionary(grouping: findings) { "\($0.severity.rawValue) \($0.id)" }
        kinds = groups.sorted { $0.key < $1.key }.compactMap { group in
            group.value.first.map { Kind(severity: $0.severity, id: $0.id, count: group.value.count) }
        }
    }

    package func count(_ severity: Finding.Severity) -> Int { kinds.filter { $0.severity == severity }.reduce(0) { $0 + $1.count } }

    /// Replaces what was kept in the folder `ledger`.
    package func keep(in ledger: FilePath) throws(SystemError) {
        var record = RecordWriter(Self.format)
        record.add("Time", time)
        for kind in kinds { record.add("Finding", "\(kind.count) \(kind.severity.rawValue) \(kind.id)") }
        let folder = try Folder(ledger)
        let draft = ".\(Self.name)"
        try folder.write(record.encoded(), to: draft, mode: 0o644, synchronized: false)
        try folder.rename(draft, to: Self.name)
    }

    /// What is kept; nil when there is nothing, or what is there was written by something else.
    package init?(in ledger: FilePath) {
        guard let bytes = try? Folder(ledger).contents(of: Self.name, limit: Self.maximumSize),
            var record = try? RecordReader(bytes, as: Self.format)
        else { return nil }
        var time: Timestamp?
        var kinds: [Kind] = []
        while !record.isAtEnd {
            guard let field = try? record.next() else { return nil }
            if field.name == "Time" {
                time = Timestamp(rfc3339: field.value)
                continue
            }
            let words = field.value.split(separator: " ")
            guard field.name == "Finding", words.count == 3, let count = Decimal.number(words[0].utf8),
                let severity = Finding.Severity(rawValue: String(words[1])),
                words[2].utf8.allSatisfy({ $0.isLetterOrDigit || $0 == UInt8(ascii: "-") })
            else { return nil }
            kinds.append(Kind(severity: severity, id: String(words[2]), count: count))
        }
        guard let time else { return nil }
        (self.time, self.kinds) = (time, kinds)
    }
}
