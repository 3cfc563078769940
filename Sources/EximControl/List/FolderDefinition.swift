package import SystemPackage
import TrustCore

/// The definition of a list in `ListForm.folder`: where it stands in a file of Exim's configuration, and the folder that it names.
///
/// Only this one lookup is recognised. `cache=no_rd` is a part of it: without it Exim keeps an answer until the session's next message, and a
/// revoked client goes on (src/search.c). Blanks may stand between its parts, as Exim allows them.
package struct FolderDefinition: Equatable {
    package let folder: FilePath
    /// The file's bytes before the definition and behind it, and `RELAY_FROM_CERTS =` as it was written.
    private let before: [UInt8]
    private let after: [UInt8]
    private let opening: String

    /// Nil when the definition in `lines`, which are of `bytes`, is another one.
    init?(_ lines: [LogicalLines.Line], in bytes: [UInt8]) {
        // A list of a hundred thousand need not be joined to see that it is none.
        guard let first = lines.first, let last = lines.last, lines.count <= 20 else { return nil }
        var joined: [UInt8] = []
        for line in lines where !line.isComment { joined += line.continues ? line.content.dropLast() : line.content }
        guard let equals = joined.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let begin = joined.dropFirst(equals + 1).first == UInt8(ascii: "=") ? equals + 2 : equals + 1
        guard let text = String(validating: joined[begin...], as: UTF8.self), let folder = Self.folder(in: text) else { return nil }
        self.folder = folder
        before = Array(bytes[..<first.range.lowerBound])
        after = Array(bytes[last.range.upperBound...])
        opening = String(decoding: joined[..<begin], as: UTF8.self)
    }

    /// The value of the macro.
    static func value(_ folder: FilePath) -> String { parts[0] + "\(folder)" + parts[1] }

    /// The end of the value, which names the lookup and the folder.
    static func lookup(_ folder: FilePath) -> String { "dsearch,cache=no_rd{\(folder)}" }

    private static let parts = ["${lookup{${sha256:$tls_in_peercert}}dsearch,cache=no_rd{", "}}"]
    /// The same in parts between which Exim skips blanks. In braces they would count.
    private static let tokens = ["${lookup", "{${sha256:$tls_in_peercert}}", "dsearch,cache=no_rd", "{"]

    /// The folder that the macro's value names; nil when it is another value.
    static func folder(in value: some StringProtocol) -> FilePath? {
        var rest = Substring(value.trimmed)
        for token in tokens {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard rest.hasPrefix(token) else { return nil }
            rest = rest.dropFirst(token.count)
        }
        guard let end = rest.firstIndex(of: "}") else { return nil }
        let path = FilePath(String(rest[..<end]))
        guard rest[rest.index(after: end)...].trimmed == "}", ListForm.isPlain(path), path.string == rest[..<end] else { return nil }
        return path
    }

    /// The file's bytes with a macro list that holds `list` in the definition's place.
    func file(asMacroHolding list: TrustList, file: FilePath) throws(TrustListError) -> [UInt8] {
        let own = Array(ListForm.folder(folder).introduction.utf8)
        var start = before
        if start.suffix(own.count) == own[...] { start.removeLast(own.count) }
        if start.isEmpty { start = Array(ListForm.macro.introduction.utf8) }
        return try MacroDefinition(in: start + Array("\(opening)\n".utf8) + after, file: file).file(with: list)
    }
}

extension MacroDefinition {
    /// The file's bytes with a lookup in `folder` in the definition's place. Comments of the list go with it: the ledger has the labels.
    func file(asFolder folder: FilePath) -> [UInt8] {
        let form = ListForm.folder(folder)
        var start = Array(bytes[..<place.lowerBound])
        let own = Array(ListForm.macro.introduction.utf8)
        if start.suffix(own.count) == own[...] { start.removeLast(own.count) }
        let comments = trailing.map { "#" + ($0.isEmpty ? "" : " " + $0) + "\n" }.joined()
        let text = form.introduction + opening + " " + FolderDefinition.value(folder) + "\n" + comments
        return start + Array(text.utf8) + Array(bytes[place.upperBound...])
    }
}
