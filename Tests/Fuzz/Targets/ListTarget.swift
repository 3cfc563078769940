import SystemPackage
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust

/// A file that defines RELAY_FROM_CERTS, ours or an administrator's whole configuration, and an edit of the definition.
enum ListTarget {
    static func take(_ bytes: [UInt8]) {
        let definition: MacroDefinition
        do { definition = try MacroDefinition(in: bytes, file: "/list") } catch {
            demand("\(error)".isPlain, "the reason for a refusal is plain text")
            return
        }
        let list = definition.list
        demand(definition.file(with: list) == bytes, "an edit that changes nothing changes no byte")
        let lines = demand("the definition's lines are found") { try DefinitionSearch.lines(in: bytes, file: "/list") }
        let place = (lines.first?.range.lowerBound ?? 0)..<(lines.last?.range.upperBound ?? 0)
        demand(hashes(in: bytes[place]) == list.items.map(\.fingerprint.description), "the list is the hashes in the definition")

        var chance = Chance(bytes)
        let gone = Set(list.items.filter { _ in Bool.random(using: &chance) }.map(\.fingerprint))
        var next = list.removing(gone)
        let label = ["alice's laptop", nil, "a, b", "ünï #\\"].randomElement(using: &chance).flatMap { $0 }
        let note = ListNote(label: label, day: "2026-11-22", by: "root")
        demand(ListNote(parsing: note.description) == note, "a note is read back unchanged")
        let fresh = demand("a random digest is a fingerprint") {
            try Fingerprint(digest: (0..<32).map { _ in UInt8.random(in: 1...255, using: &chance) })
        }
        if Bool.random(using: &chance) { next = next.approving(fresh, note: note) }
        let renames = !next.items.isEmpty && Bool.random(using: &chance)
        if renames { next = next.approving(next.items[0].fingerprint, note: note) }

        let edited = definition.file(with: next)
        guard edited != bytes else { return demand(next == list, "only an unchanged list leaves the file unchanged") }
        // A macro named `A1` would be replaced inside a fresh hash. Exim then answers with another set, and the change is refused.
        let macros = bytes.split(separator: 0x0A).compactMap { LogicalLines.Line.macro(definedIn: $0.withoutBlanks) }
        if macros.contains(where: { $0.utf8.allSatisfy("0123456789ABCDEF".utf8.contains) }) { return }
        let again = demand("an edited file can be read") { try MacroDefinition(in: edited, file: "/list") }
        demand(again.list == next, "an edit gives the intended list")
        demand(edited.starts(with: bytes[..<place.lowerBound]), "no byte before the definition changes")
        demand(
            edited.suffix(bytes.count - place.upperBound).elementsEqual(bytes[place.upperBound...]), "no byte after the definition changes")
        let kept = comments(in: bytes[place])
        if gone.isEmpty, !renames {
            demand(Set(kept).subtracting(comments(in: edited)).isEmpty, "a person's comments are kept")
        }
    }

    /// The words between the first `=` and the end, without comments: found a second time, as a person would look for them. Ends the
    /// process at anything that a list cannot hold.
    private static func hashes(in bytes: ArraySlice<UInt8>) -> [String] {
        var isFirst = true
        var found: [String] = []
        var value = ""
        let blanks = " \t\r\u{B}\u{C}".unicodeScalars
        for line in String(decoding: bytes, as: UTF8.self).unicodeScalars.split(separator: "\n") {
            // At a line's end Exim drops the blanks and then the backslash, but not the blanks before it.
            var text = String(line).unicodeScalars
            while let last = text.last, blanks.contains(last) { text.removeLast() }
            text = text.filter { $0 != "\\" }
            if let sharp = text.first(where: { !blanks.contains($0) }), sharp == "#" { continue }
            if isFirst, let equals = text.firstIndex(of: "=") { text = .init(text[text.index(after: equals)...].drop { $0 == "=" }) }
            isFirst = false
            value += String(text.drop(while: blanks.contains))
            let words = text.split { " \t\r:\u{B}\u{C}".unicodeScalars.contains($0) }.map { String(String.UnicodeScalarView($0)) }
            for word in words { demand(word.utf8.count == 64, "a definition has only hashes") }
            found += words
        }
        demand(!value.contains("::"), "no definition has a doubled colon, which Exim would read as part of an item")
        return found
    }

    /// The comments, without the blanks around them.
    private static func comments(in bytes: some Collection<UInt8>) -> [String] {
        bytes.split(separator: 0x0A).map { trimmed(Array($0)[...]) }.filter { $0.first == UInt8(ascii: "#") }
            .map { String(decoding: trimmed($0.dropFirst()), as: UTF8.self) }
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == 0x20 || (9...13).contains(byte) }
        let rest = line.drop(while: isBlank)
        return rest[..<(rest.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? rest.startIndex)]
    }
}
