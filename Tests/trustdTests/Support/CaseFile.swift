import Foundation
import Testing

/// A group of lines that one reader reads, and what each is taken for (`Fixtures/exim-log.cases`).
struct CaseGroup: CustomTestStringConvertible, Sendable {
    var comment = ""
    var lines: [(line: [UInt8], expected: String)] = []

    var testDescription: String { comment.isEmpty ? String(decoding: lines.first?.line.prefix(120) ?? [], as: UTF8.self) : comment }

    static func read(_ name: String) throws -> [CaseGroup] {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil))
        var groups = [CaseGroup()]
        var line: [UInt8]?
        for text in try [UInt8](Data(contentsOf: url)).split(separator: 0x0A, omittingEmptySubsequences: false) {
            if let waiting = line {
                groups[groups.count - 1].lines.append((waiting, String(decoding: text, as: UTF8.self)))
                line = nil
            } else if text.isEmpty {
                groups.append(CaseGroup())
            } else if text.first == UInt8(ascii: "#") {
                groups[groups.count - 1].comment = String(decoding: text.dropFirst(2), as: UTF8.self)
            } else {
                line = Array(text)
            }
        }
        return groups.filter { !$0.lines.isEmpty }
    }
}
