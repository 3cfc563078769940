import Glibc
import Testing
import TrustTestSupport

/// `trustctl doctor` on relays in good order.
@Suite("trustctl doctor: nothing is wrong")
struct DoctorTests {
    @Test("the doctor is silent on a relay in one file")
    func oneFile() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            try isSilent(scene)
            let alice = try scene.refusedClient("alice")
            try isSilent(scene)
            try scene.approve(alice, label: "alice")
            try isSilent(scene)
        }
    }

    @Test("the doctor is silent on Debian's configuration, split or not", arguments: [true, false])
    func debian(split: Bool) throws {
        var options = DebianScene.Options()
        options.split = split
        try DebianScene.run(options) { scene in
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            try isSilent(scene)
            try scene.approve(scene.refusedClient("alice"))
            try isSilent(scene)
        }
    }

    @Test("the doctor finds nothing on a relay whose certificates must be in the trust directory", arguments: [true, false])
    func certificates(isDebian: Bool) throws {
        if isDebian {
            var options = DebianScene.Options()
            options.rules = "certificates"
            try DebianScene.run(options) { scene in
                let daemon = try scene.startDaemon()
                defer { try? daemon.stop() }
                try scene.waitUntilWell()
            }
        } else {
            var configuration = EximConfiguration()
            configuration.rules = .certificates
            try RelayScene.well(configuration) { try $0.waitUntilWell() }
        }
    }

    private func isSilent(_ scene: some TrustScene) throws {
        let outcome = try scene.trustctl("doctor")
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.text == "", "\(outcome)")
    }
}
