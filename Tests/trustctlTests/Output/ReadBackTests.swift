import Testing
import TrustCore

@testable import trustctl

@Suite("Read-back: four of sixteen groups")
struct ReadBackTests {
    /// Draws what the test says.
    private struct Given: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    private func fingerprint() throws -> Fingerprint {
        try Fingerprint(exactly: (0..<16).map { String(0x1000 + $0, radix: 16, uppercase: true) }.joined().utf8)
    }

    @Test("only the four groups that are asked for answer, in their order", arguments: Array(1...20))
    func answers(seed: Int) throws {
        var generator = Given(state: UInt64(seed))
        let fingerprint = try fingerprint()
        let readBack = ReadBack(fingerprint, using: &generator)
        let numbers = readBack.question.replacing(#/of 16.*/#, with: "").split { !$0.isNumber }.compactMap { Int($0) }
        #expect(Set(numbers).count == 4 && numbers == numbers.sorted() && numbers.allSatisfy { (1...16).contains($0) })
        let right = numbers.map { String(0x1000 + $0 - 1, radix: 16) }
        #expect(readBack.isAnswered(by: right.joined(separator: " ")) && readBack.isAnswered(by: right.joined().uppercased()))
        #expect(!readBack.isAnswered(by: right.reversed().joined()) && !readBack.isAnswered(by: right.dropLast().joined()))
        #expect(!readBack.isAnswered(by: "\(fingerprint)") && !readBack.isAnswered(by: ""))
        #expect(readBack.shownGroups.filter { $0 == "____" }.count == 4 && readBack.shownWords.filter { $0 == "____" }.count == 8)
        for number in numbers {
            #expect(readBack.shownGroups[number - 1] == "____")
            #expect(readBack.shownWords[2 * number - 2] == "____" && readBack.shownWords[2 * number - 1] == "____")
        }
    }

    @Test("it is drawn anew each time") func random() throws {
        let fingerprint = try fingerprint()
        #expect(Set((0..<40).map { _ in ReadBack(fingerprint).question }).count > 20)
    }
}
