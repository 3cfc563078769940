import Testing
import TrustTestSupport

/// What trustctl-client-renew.service runs once a day, as it stands in the unit. The unit itself runs in `make machine`.
@Suite("The unit that renews a client's certificate")
struct RenewalUnitTests {
    private let lines: [Substring]

    init() throws { lines = try File.read("\(ShippedFiles.project)/systemd/trustctl-client-renew.service").split(separator: "\n") }

    private func value(_ key: String) throws -> String {
        let found = lines.filter { $0.hasPrefix("\(key)=") }
        #expect(found.count == 1, "\(found)")
        return String(try #require(found.first).dropFirst(key.count + 1))
    }

    @Test("it says nothing to the operator until one has to act, then what to do, each day anew") func tells() throws {
        let words = try value("ExecStart").split(separator: " ").map(String.init)
        #expect(words.prefix(3) == ["/usr/local/sbin/trustctl", "client", "renew"])
        // What it prints is in the journal, and waiting for a person is no failure of the unit.
        #expect(!lines.contains { $0.hasPrefix("StandardOutput") || $0.hasPrefix("StandardError") })
        #expect(try value("SuccessExitStatus") == "10")
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            func run(_ name: String) throws -> ProgramRun.Outcome {
                try ProgramRun.run(
                    BuiltPrograms.trustctl,
                    Array(words.dropFirst()) + ["--dir", scene.folder(name), "--config", scene.folder("etc/trustd.conf")])
            }
            let early = try scene.makeMachine("early", days: 60)
            try scene.approve(shown: early, "early")
            let nothing = try run("early")
            #expect(nothing.exitCode == 0 && nothing.output.isEmpty && nothing.errors.contains("not due yet"), "\(nothing)")

            let laptop = try scene.makeMachine("laptop", days: 20)
            try scene.approve(shown: laptop, "laptop")
            for day in 1...3 {
                let told = try run("laptop")
                let next = try scene.next("laptop").fingerprint
                let digits = Array("\(next)")
                let groups = stride(from: 0, to: 32, by: 4).map { String(digits[$0..<($0 + 4)]) }.joined(separator: " ")
                #expect(told.exitCode == 10 && told.output.hasPrefix("waiting for approval: \(scene.relayName) "), "\(told)")
                #expect(told.output.contains("tell the relay's operator the next certificate's fingerprint:\n"), "\(day): \(told)")
                #expect(told.output.contains(groups), "\(day): \(told)")
                #expect(told.errors.contains("when the next one is approved, repeat `trustctl client renew`"), "\(day): \(told)")
                #expect(try scene.reply(to: laptop) == 250)
            }
            #expect(try scene.trustctl("approve", "--renewals", "--yes").exitCode == 0)
            let done = try run("laptop")
            #expect(done.exitCode == 0 && done.output.contains("done: the next certificate is in use: "), "\(done)")
            #expect(try run("laptop").errors.contains("not due yet"))
            try daemon.stop()
        }
    }
}
