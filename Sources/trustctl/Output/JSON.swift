import Certificates
import FoundationEssentials
import Trust
import TrustCore

/// trustctl's JSON. Keys are a contract; what is absent is null.
enum JSON {
    /// The text of `value`. Every character that could move a terminal's cursor or turn its direction is escaped: the text may be looked
    /// at as well as read by a program.
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        guard let data = try? encoder.encode(value) else { return "" }
        var safe = ""
        for scalar in String(decoding: data, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
                // The encoder has escaped what JSON forbids; its own newlines are ASCII.
                if scalar == "\n" { safe.unicodeScalars.append(scalar) } else { safe += escaped(scalar) }
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe + "\n"
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        String(Character(scalar)).utf16.map { "\\u" + String(UInt32($0) + 0x10000, radix: 16).suffix(4) }.joined()
    }
}

extension JSON {
    /// `{"version":1,"NAME":[…]}`, of which each element is written when it is there: a list may hold a hundred thousand.
    struct Stream {
        private let name: String
        private var isEmpty = true

        init(array name: String) { self.name = name }

        mutating func add(_ element: some Encodable) {
            Output.add(isEmpty ? "{\n  \"\(name)\" : [\n" : ",\n")
            isEmpty = false
            let lines = JSON.text(element).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .map { $0.isEmpty ? "" : "    " + $0 }
            Output.add(lines.joined(separator: "\n"))
        }

        /// Ends the document: nothing is added any more.
        func end() {
            Output.add(isEmpty ? "{\n  \"\(name)\" : [\n\n  ],\n" : "\n  ],\n")
            Output.add("  \"version\" : 1\n}\n")
            Output.flush()
        }
    }
}
