import SystemPackage
import TrustCore

/// The place where an Exim configuration file defines RELAY_FROM_CERTS, and the list that stands there.
///
/// Reads the grammar of Exim's `get_config_line` and `macro_read_assignment` (src/readconf.c): physical lines, continued by a backslash,
/// comments between them, conditionals. A change rewrites these lines and no other byte of the file. What is not a plain list of
/// fingerprints is refused with file and line: nothing is guessed.
struct MacroDefinition {
    static let name = "RELAY_FROM_CERTS"

    let list: TrustList
    private let bytes: [UInt8]
    /// The definition's physical lines in `bytes`.
    private let place: Range<Int>
    /// Comments behind the last fingerprint: they name nothing, and are kept.
    private let trailing: [String]
    /// `RELAY_FROM_CERTS =` or `==`, as it was written, with the blanks before it.
    private let opening: String

    /// The whole file that is ours when there is none yet.
    static let emptyFile = Array(
        """
        # The certificates that may relay mail, one fingerprint a line. trustctl(8) writes this file: list, approve, revoke.
        # Exim reads it through an .include in its main configuration and, after a change, only when it is told to reload.
        \(name) =

        """.utf8)

    /// Finds the one definition in `file`. Throws when there is none, more than one, one inside a conditional, or not a plain list.
    init(in bytes: [UInt8], file: FilePath) throws(TrustListError) {
        var reader = LogicalLines(bytes)
        var found: [LogicalLines.Line]?
        var depth = 0
        var ended = false
        while !ended, let line = reader.next() {
            func refuse(_ reason: String) -> TrustListError { .notUnderstood(file: file, line: line.number, reason: reason) }
            switch line.kind(depth: &depth) {
            case .sectionBegin: ended = true  // Exim takes macros before the first `begin` only.
            case .definition(Self.name):
                guard found == nil else { throw refuse("\(Self.name) is defined here for the second time") }
                let lines = try reader.logical(startingWith: line, file: file)
                guard depth == 0 else {
                    throw refuse("\(Self.name) is defined inside a conditional: trustctl cannot tell whether Exim sees it")
                }
                found = lines
            case .definition, .other: reader.skipContinuations(of: line)
            case .comment, .directive: break
            }
        }
        guard let found, let first = found.first, let last = found.last else { throw .notDefined(file: file) }
        self.bytes = bytes
        place = first.range.lowerBound..<last.range.upperBound
        guard String(validating: bytes[place], as: UTF8.self) != nil else {
            throw .notUnderstood(file: file, line: first.number, reason: "the definition of \(Self.name) is not valid UTF-8")
        }
        let text = first.text
        guard let equals = text.firstIndex(of: "=") else { throw .notDefined(file: file) }
        let isRedefinition = text[text.index(after: equals)...].first == "="
        opening = String(text[...equals]) + (isRedefinition ? "=" : "")
        (list, trailing) = try Self.items(of: found, after: opening, file: file)
    }

    /// The file's bytes with `next` in the definition's place.
    func file(with next: TrustList) -> [UInt8] {
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

    /// The items of the physical lines: each fingerprint with the comments right above it.
    private static func items(
        of lines: [LogicalLines.Line], after opening: String, file: FilePath
    ) throws(TrustListError) -> (TrustList, trailing: [String]) {
        var items: [TrustList.Item] = []
        var comments: [String] = []
        for (index, line) in lines.enumerated() {
            let text = index == 0 ? line.text.dropFirst(opening.count) : line.text[...]
            if index > 0, line.isComment {
                comments.append(String(text.trimmed.dropFirst().trimmed))
                continue
            }
            let content = (line.continues ? text.trimmed.dropLast() : text).trimmed
            // In an Exim list a doubled separator is a literal colon: one item that matches nothing, where people see two.
            guard !content.contains("::") else {
                throw .notUnderstood(file: file, line: line.number, reason: "“::” is a literal colon in an Exim list, not a separator")
            }
            for part in content.split(separator: ":", omittingEmptySubsequences: true) where !part.trimmed.isEmpty {
                do throws(FingerprintError) {
                    items.append(TrustList.Item(fingerprint: try Fingerprint(exactly: part.trimmed.utf8), comments: comments))
                } catch .noCertificate {
                    throw .poison(file: file, line: line.number)
                } catch {
                    throw .notUnderstood(file: file, line: line.number, reason: Self.whyNoItem(part.trimmed))
                }
                comments = []
            }
        }
        return (TrustList(items: items), comments)
    }

    private static func whyNoItem(_ text: Substring) -> String {
        if (try? Fingerprint(text)) != nil {
            return "“\(Printable(text, limit: 80))” never matches: Exim compares upper-case digits without colons"
        }
        return "“\(Printable(text, limit: 80))” is not a fingerprint, and \(name) must be a plain list of them"
    }
}

/// Why a file is no trust list that trustctl would touch.
enum TrustListError: Error, Equatable, CustomStringConvertible {
    case notDefined(file: FilePath)
    case notUnderstood(file: FilePath, line: Int, reason: String)
    /// The list holds the digest of no certificate: with it, everybody may relay.
    case poison(file: FilePath, line: Int)

    var description: String {
        switch self {
        case .notDefined(let file): "\(file) does not define \(MacroDefinition.name)"
        case .notUnderstood(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .poison(let file, let line): "\(file):\(line): the list holds the digest of no certificate: every client without one may relay"
        }
    }
}
