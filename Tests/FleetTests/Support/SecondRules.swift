import Foundation
import Testing
import TrustTestSupport

/// The second implementation of the rules: a program that reads histories and says what follows from each (`Fixtures/README`).
enum SecondRules {
    static func file(_ name: String) throws -> String {
        try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/\(name)").path
    }

    static func answers(to histories: String) throws -> String {
        let run = try ProgramRun.run(try file("second-rules"), input: histories, timeout: .seconds(600))
        #expect(run.exitCode == 0 && run.errors.isEmpty, "\(run.errors)")
        return run.output
    }

    /// The first history of which both say different things; nil when there is none.
    static func difference(_ second: String, _ first: String) -> String? {
        guard second != first else { return nil }
        let blocks = [second, first].map { $0.components(separatedBy: "end\n") }
        for (one, other) in zip(blocks[0], blocks[1]) where one != other {
            return "the second implementation says\n\(one)\nand the first\n\(other)"
        }
        return "they answer \(blocks[0].count) and \(blocks[1].count) histories"
    }
}
