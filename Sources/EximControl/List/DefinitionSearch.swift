import SystemPackage
import TrustCore

/// Finds the physical lines of the one definition of RELAY_FROM_CERTS in a file. Reads the file as Exim's `get_config_line` does.
///
/// The file alone does not always suffice: only Exim knows whether a conditional holds, and where an included file ends a continued line.
/// A line that may or may not be a definition is refused.
struct DefinitionSearch {
    private typealias Line = LogicalLines.Line

    private let file: FilePath
    private var depth = 0
    /// Whether a section may have begun.
    private var begun = false
    /// Whether the file alone does not tell if a logical line is open.
    private var unsure = false
    /// The open logical line: its physical lines, and Exim's buffer for it. Empty between two logical lines.
    private var lines: [LogicalLines.Line] = []
    private var buffer: [UInt8] = []
    private var isOurs = false
    private var found: [LogicalLines.Line]?
    private var swallowed: (line: Int, by: Int)?
    /// Macros whose names could be part of a hash, with the line that defines them.
    private var digits: [Substring: Int] = [:]

    private init(_ file: FilePath) { self.file = file }

    /// The definition's physical lines, with the comments between them. Throws when there is no definition, more than one, or a doubtful one.
    static func lines(in bytes: [UInt8], file: FilePath) throws(TrustListError) -> [LogicalLines.Line] {
        var search = DefinitionSearch(file)
        var reader = LogicalLines(bytes)
        var last = 0
        while let line = reader.next() {
            try search.take(line)
            last = line.number
        }
        // The trap: at the end of an included file Exim reads on, and joins the next line of the including file.
        if search.isOurs {
            throw search.refuse(last, "the definition of \(ours) ends in a backslash, which swallows what follows this file")
        }
        if let found = search.found { return found }
        guard let (line, by) = search.swallowed else { throw .notDefined(file: file) }
        throw search.refuse(line, "this line is swallowed by the backslash at the end of the line before: the text began in line \(by)")
    }

    private static var ours: String { ListForm.macroName }

    private func refuse(_ line: Int, _ reason: String) -> TrustListError { .notUnderstood(file: file, line: line, reason: reason) }

    private mutating func take(_ line: LogicalLines.Line) throws(TrustListError) {
        if line.isComment {
            if !buffer.isEmpty { lines.append(line) }
            return
        }
        if let directive = line.directive {
            guard !isOurs else { throw refuse(line.number, "a directive stands inside the definition of \(Self.ours)") }
            if !buffer.isEmpty { unsure = true }
            if case .conditional(let added) = directive { depth += added }
            return
        }
        if line.isBlank { return try takeBlank() }

        let isStart = buffer.isEmpty
        if isStart { lines = [] }
        if let macro = line.macro {
            if macro == Self.ours { try begin(line, isStart: isStart) }
            if macro.utf8.allSatisfy({ !(UInt8(ascii: "G")...UInt8(ascii: "Z")).contains($0 & 0xDF) && $0 != UInt8(ascii: "_") }) {
                digits[macro] = line.number
            }
        }
        // Exim accepts definitions in other sections too (between ACLs and between drivers); we do not.
        if unsure, line.beginsSection { begun = true }
        lines.append(line)
        buffer += line.content
        // Whether a line was open or not: from here on the file tells again.
        if depth == 0, line.content.count > 1 { unsure = false }
        guard line.continues else { return try end() }
        buffer.removeLast()
    }

    /// A blank line ends a logical one, unless a second backslash stood before the first.
    private mutating func takeBlank() throws(TrustListError) {
        if !buffer.isEmpty {
            buffer = Array(buffer[..<buffer.withoutBlanks.endIndex])
            if buffer.last == UInt8(ascii: "\\") {
                buffer.removeLast()
                return
            }
            try end()
        }
        if depth == 0 { unsure = false }
    }

    /// Takes a line that defines our macro if it begins a logical line.
    private mutating func begin(_ line: LogicalLines.Line, isStart: Bool) throws(TrustListError) {
        guard !unsure else {
            throw refuse(line.number, "whether this defines \(Self.ours) depends on a directive inside the line before")
        }
        guard isStart else {
            if swallowed == nil, let first = lines.first { swallowed = (line.number, first.number) }
            return
        }
        guard found == nil else { throw refuse(line.number, "\(Self.ours) is defined here for the second time") }
        guard depth == 0 else {
            throw refuse(line.number, "\(Self.ours) is defined inside a conditional: trustctl cannot tell whether Exim sees it")
        }
        guard !begun else { throw refuse(line.number, "\(Self.ours) is defined after the main section") }
        isOurs = true
    }

    private mutating func end() throws(TrustListError) {
        if isOurs {
            // Exim replaces the names of macros anywhere in the value.
            for line in lines where !line.isComment {
                for (macro, place) in digits where line.text.contains(macro) {
                    throw refuse(line.number, "the macro \(macro), which line \(place) defines, changes this hash")
                }
            }
            found = lines
        } else if let first = lines.first {
            if lines.count > 1, first.macro == nil, Line.macro(definedIn: buffer[...]).map(String.init) == Self.ours {
                throw refuse(first.number, "the definition of \(Self.ours) is continued before its “=”")
            }
            if Line.beginsSection(buffer[...]) { begun = true }
        }
        isOurs = false
        buffer = []
        lines = []
    }
}

extension LogicalLines.Line {
    fileprivate var beginsSection: Bool { Self.beginsSection(content) }

    fileprivate static func beginsSection(_ text: ArraySlice<UInt8>) -> Bool {
        text.prefix(6).map { $0 == UInt8(ascii: " ") ? $0 : $0 | 0x20 } == Array("begin ".utf8)
    }
}
