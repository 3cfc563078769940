import Testing
import TrustTestSupport

@Suite("The scenes of the system tests")
struct HarnessTests {
    @Test("a private Exim refuses a stranger with 550 and logs its certificate's fingerprint", arguments: EximConfiguration.Rules.allCases)
    func refusal(rules: EximConfiguration.Rules) throws {
        var configuration = EximConfiguration()
        configuration.rules = rules
        try RelayScene.run(configuration) { scene in
            let stranger = try scene.makeClient("stranger")
            #expect(try scene.reply(to: stranger) == 550)
            #expect(scene.exim.logText.contains("not been explicitly allowed: \(stranger.fingerprint)"))
        }
    }
}
