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
