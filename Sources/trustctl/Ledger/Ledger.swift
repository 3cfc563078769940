import FoundationEssentials
import SystemPackage
import TrustCore

/// All decisions, one JSON line each, in order; a line is only ever added. Each holds the digest of the line before it.
struct Ledger {
    static let name = "ledger"

    private(set) var lines: [Line]
    let bytes: [UInt8]

    struct Line {
        /// Counted from 1.
        let number: Int
        /// A part of the whole file's bytes, not a copy.
        let text: ArraySlice<UInt8>
        var bytes: [UInt8] { Array(text) }
        /// Nil for a line that a crash tore, or that somebody altered past reading.
        let decision: Decision?
    }

    init(_ bytes: [UInt8]) {
        let decoder = JSONDecoder()
        lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true).enumerated().map { index, line in
            Line(number: index + 1, text: line, decision: try? decoder.decode(Decision.self, from: Data(line)))
        }
        self.bytes = bytes
    }

    var decisions: [Decision] { lines.compactMap(\.decision) }

    /// Whether the decision `id` has been written: then it is done, whatever happened afterwards.
    func holds(_ id: String) -> Bool { lines.last { $0.decision?.id == id } != nil }

    /// The last word about each fingerprint.
    var latest: [Fingerprint: (decision: Decision, subject: Decision.Subject)] {
        var latest: [Fingerprint: (decision: Decision, subject: Decision.Subject)] = [:]
        for decision in decisions where decision.action != .forget {
            for subject in decision.subjects {
                guard let fingerprint = try? Fingerprint(exactly: subject.fingerprint.utf8) else { continue }
                var subject = subject
                // An undo or a repeated decision knows no more than the ones before it.
                if subject.evidence == nil { subject.evidence = latest[fingerprint]?.subject.evidence }
                latest[fingerprint] = (decision, subject)
            }
        }
        return latest
    }

    /// When Exim had the list, at the latest, from which `fingerprint` was taken last. Nil when that is not known: somebody has edited
    /// the list by hand before or since, whose bytes are `list` now.
    func loss(of fingerprint: Fingerprint, list: [UInt8]) -> Timestamp? {
        var loss: Timestamp?
        var digest: String?
        for decision in decisions where decision.action != .forget {
            for subject in decision.subjects where subject.fingerprint == fingerprint.description {
                if subject.after == .approved {
                    loss = nil
                } else if subject.before == .approved {
                    loss = decision.done.flatMap { Timestamp(rfc3339: $0) }
                }
            }
            digest = decision.list?.after ?? digest
        }
        return digest == Self.digest(of: list) ? loss : nil
    }

    /// Whether `list`, the bytes of the file at `path`, is not what the last decision about it left, and had Exim read: somebody has edited
    /// it since, and Exim may run with an older one. False where nothing was decided about it yet.
    func isEdited(_ list: [UInt8], at path: FilePath) -> Bool {
        guard let last = decisions.last(where: { $0.list != nil })?.list, last.path == path.string else { return false }
        return Self.digest(of: list) != last.after
    }

    /// Whether there must be a list, by what was decided: at `path`, or where that led then.
    func knowsList(at path: FilePath) -> Bool {
        var known: String?
        for decision in decisions {
            if let list = decision.list { known = list.path }
            for file in decision.setup?.files ?? [] where file.path == path.string || file.path == known {
                known = file.after == nil ? nil : file.path
            }
        }
        return known != nil
    }

    /// The bytes to append for `decision`, which gets its number and the digest of the line before, the one that `seal` knows; nil when it
    /// cannot be encoded.
    func line(for decision: Decision, after seal: LedgerSeal? = nil) -> [UInt8]? {
        var decision = decision
        decision.number = lines.count + 1
        decision.previous = end(seal)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(decision) else { return nil }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    /// SHA-256 in 64 upper-case digits.
    static func digest(of bytes: [UInt8]) -> String {
        OpenSSLCertificate.hex(OpenSSLCertificate.sha256(bytes))
    }

    /// What is wrong with the chain, in order; empty when every line follows the one before it.
    func faults() -> [String] {
        var faults: [String] = []
        var previous: Line?
        for line in lines {
            if let decision = line.decision {
                if decision.number != line.number { faults.append("line \(line.number) says that it is decision \(decision.number)") }
                if decision.previous != previous.map({ Self.digest(of: $0.bytes) }) {
                    faults.append(
                        "line \(line.number) does not follow the line before it: something was altered, removed or put in between")
                }
            } else {
                let isTorn = self.isTorn && line.number == lines.count
                faults.append("line \(line.number) \(isTorn ? "is torn: root's next trustctl mends it" : "cannot be read")")
            }
            previous = line
        }
        return faults
    }
}
