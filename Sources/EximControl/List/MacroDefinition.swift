package import SystemPackage
import TrustCore

/// The definition of a list in `ListForm.macro`: where it stands in a file of Exim's configuration, and the list in it.
///
/// Follows the grammar of Exim's `get_config_line` and `macro_read_assignment` (src/readconf.c): physical lines, continued by a backslash,
/// comments between them, conditionals. A change rewrites these lines and no other byte of the file. Anything but a plain list of
/// fingerprints is refused with file and line; nothing is guessed.
package struct MacroDefinition {
    package let list: TrustList
    let bytes: [UInt8]
    /// The definition's physical lines in `bytes`.
    let place: Range<Int>
    /// Comments after the last fingerprint. They belong to no fingerprint, and are kept.
    let trailing: [String]
    /// `RELAY_FROM_CERTS =` or `==` as it was written, with the blanks before it.
    let opening: String

    /// Finds the one definition in `file`. Throws when there is none, more than one, one inside a conditional, or not a plain list.
    package init(in bytes: [UInt8], file: FilePath) throws(TrustListError) {
        try self.init(try DefinitionSearch.lines(in: bytes, file: file), in: bytes, file: file)
    }

    /// Reads the definition in the lines `found` of `bytes`.
    init(_ found: [LogicalLines.Line], in bytes: [UInt8], file: FilePath) throws(TrustListError) {
        guard let first = found.first, let last = found.last else { throw .notDefined(file: file) }
        self.bytes = bytes
        place = first.range.lowerBound..<last.range.upperBound
        guard String(validating: bytes[place], as: UTF8.self) != nil else {
            throw .notUnderstood(file: file, line: first.number, reason: "the definition of \(ListForm.macroName) is not valid UTF-8")
        }
        guard !bytes[place].contains(0) else {
            throw .notUnderstood(
                file: file, line: first.number, reason: "there is a NUL byte inside the definition of \(ListForm.macroName)")
        }
        guard let equals = bytes[place].firstIndex(of: UInt8(ascii: "=")) else { throw .notDefined(file: file) }
        let isRedefinition = bytes[(equals + 1)...].first == UInt8(ascii: "=")
        let end = isRedefinition ? equals + 2 : equals + 1
        opening = String(decoding: bytes[place.lowerBound..<end], as: UTF8.self)
        (list, trailing) = try ListReader.read(found, from: end, file: file)
    }

    /// The file's bytes with `next` in the definition's place.
    package func file(with next: TrustList) -> [UInt8] {
        guard next != list else { return bytes }
        var text = opening
        for (index, item) in next.items.enumerated() {
            text += index == 0 ? " \\\n" : " : \\\n"
            for comment in item.comments { text += "  #" + (comment.isEmpty ? "" : " " + comment) + "\n" }
            text += "  \(item.fingerprint)"
        }
        text += "\n"
        for comment in trailing { text += "#" + (comment.isEmpty ? "" : " " + comment) + "\n" }
        return Array(bytes[..<place.lowerBound]) + Array(text.utf8) + Array(bytes[place.upperBound...])
    }
}
