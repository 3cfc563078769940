import Foundation
import Testing
import TrustCore

@testable import Fleet

@Suite("The recorded histories have the recorded states, by both implementations") struct VectorTests {
    @Test("what follows from the decisions in the file has not changed") func vectors() throws {
        // A folder in FLEET_VECTORS gets them anew, when the rules or the random numbers are changed on purpose.
        if let folder = ProcessInfo.processInfo.environment["FLEET_VECTORS"] { try write(to: folder) }
        let recorded = try ["histories.vectors", "states.vectors"].map {
            try String(contentsOfFile: try SecondRules.file($0), encoding: .utf8)
        }
        let histories = try FleetTranscript.read(recorded[0])
        #expect(histories.count == 62)
        let answers = histories.map { FleetTranscript.answer($0.name, FleetState($0.decisions, genesis: $0.genesis)) }.joined()
        if let difference = SecondRules.difference(recorded[1], answers) { Issue.record("\(difference)") }
        if let difference = SecondRules.difference(try SecondRules.answers(to: recorded[0]), recorded[1]) { Issue.record("\(difference)") }
    }

    private func write(to folder: String) throws {
        var (histories, answers) = ("", "")
        for seed in 20_000..<20_060 {
            var history = RandomHistory(seed: seed)
            let part = history.part(withholding: seed % 2 == 0 ? 0 : 12)
            histories += FleetTranscript.history("\(seed)", part, genesis: history.world.genesis)
            answers += FleetTranscript.answer("\(seed)", FleetState(part, genesis: history.world.genesis))
        }
        for (name, world) in [("pulling", FleetStateTests.pulling().world), ("admin-pulling", FleetStateTests.adminPulling())] {
            let all = world.all.values.sorted { $0.digest < $1.digest }
            histories += FleetTranscript.history(name, all, genesis: world.genesis)
            answers += FleetTranscript.answer(name, FleetState(all, genesis: world.genesis))
        }
        try histories.write(toFile: "\(folder)/histories.vectors", atomically: true, encoding: .utf8)
        try answers.write(toFile: "\(folder)/states.vectors", atomically: true, encoding: .utf8)
    }
}
