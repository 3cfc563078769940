import Glibc
import Testing
import TrustTestSupport

/// `trustctl doctor` at relays that are in order.
@Suite("trustctl doctor: nothing is wrong")
struct DoctorTests {
    @Test(
        "a relay in one file is in order, by fingerprint and by certificate",
        arguments: [EximConfiguration.Rules.fingerprints, .certificates])
    func oneFile(rules: EximConfiguration.Rules) throws {
        var configuration = EximConfiguration()
        configuration.rules = rules
        try RelayScene.run(configuration) { scene in
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            let outcome = try scene.trustctl("doctor")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.text == "", "\(outcome)")
            print(outcome.text)
        }
    }

    @Test("Debian's configuration is in order, split or not", arguments: [true, false], ["fingerprints", "certificates"])
    func debian(split: Bool, rules: String) throws {
        var options = DebianScene.Options()
        options.split = split
        options.rules = rules
        try DebianScene.run(options) { scene in
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            let outcome = try scene.trustctl("doctor")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(outcome.text == "", "\(outcome)")
        }
    }
}
