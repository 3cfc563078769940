import FoundationEssentials
package import Host
import TrustCore

/// The decisions of a relay as another one reads them: a first line that says what this is and how many follow, and a line for each.
///
///     {"entries":2,"trustctl_export":1}
///     {"certificate":"MIIB…","fingerprint":"5BA0…","label":"laptop","state":"approved"}
///     {"fingerprint":"77AC…","state":"denied"}
package struct Export {
    package let entries: [ExportedEntry]

    package init(_ entries: [ExportedEntry]) { self.entries = entries }

    private struct Heading: Codable {
        let version: Int
        let entries: Int

        private enum CodingKeys: String, CodingKey {
            case entries
            case version = "trustctl_export"
        }
    }

    private static let version = 1
    /// More than any relay has decided about, and than anybody should take from elsewhere in one step.
    package static let mostEntries = 200_000
    /// In bytes. A certificate in a handshake is at most 16 KiB (RFC 8446, section 5.1), and Exim logs no longer one.
    private static let longestLine = 1 << 17
    package static let maximumSize = 1 << 29

    /// The first line, for so many entries.
    package static func heading(_ count: Int) -> [UInt8] { Array("{\"entries\":\(count),\"trustctl_export\":\(version)}".utf8) }

    /// Reads a whole export, which is hostile input. Throws for what is none, and for one of which lines are missing or cannot be taken: then
    /// nothing of it is taken.
    package init(_ bytes: [UInt8]) throws(Failure) {
        func refused(_ reason: String, _ hint: String = "make it anew with `trustctl export` on the other relay") -> Failure {
            Failure("refused: nothing has changed: \(reason)", .refused, hint: hint)
        }
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: true)
        guard let first = lines.first, first.count < Self.longestLine,
            let heading = try? JSONDecoder().decode(Heading.self, from: Data(first))
        else { throw refused("this is no export of trustctl's") }
        guard heading.version == Self.version else {
            throw refused("the export is of version \(heading.version), which this trustctl does not know", "use a newer trustctl here")
        }
        guard heading.entries <= Self.mostEntries, lines.count - 1 <= Self.mostEntries else {
            throw refused("the export has more than \(Self.mostEntries) entries", "split it")
        }
        guard lines.count - 1 == heading.entries, bytes.last == 0x0A else {
            throw refused("the export is not whole: it has \(lines.count - 1) of \(heading.entries) entries")
        }
        var known: Set<Fingerprint> = []
        var entries: [ExportedEntry] = []
        for (index, line) in lines.enumerated().dropFirst() {
            guard line.count < Self.longestLine else { throw refused("line \(index + 1) of the export is too long") }
            let entry: ExportedEntry
            do throws(ExportedEntry.Fault) { entry = try ExportedEntry(line: line) } catch {
                throw refused("line \(index + 1) of the export: \(error)")
            }
            guard known.insert(entry.fingerprint).inserted else {
                throw refused("line \(index + 1) of the export repeats \(entry.fingerprint)")
            }
            entries.append(entry)
        }
        self.entries = entries
    }
}
