import Testing
import TrustCore
import TrustTestSupport

@Suite("trustctl killed while it admits, closes, makes or cancels an invitation", .skipped(by: Stepper.obstacle))
struct InvitationFaultTests {
    /// The names of the invitations' files without those that are not there yet or any more.
    private func files(_ scene: RelayScene) -> [String] { scene.invitationFiles.filter { !$0.hasPrefix(".") } }

    private func lines(_ scene: RelayScene, _ action: String) throws -> Int {
        try scene.ledgerLines.count { $0.hasPrefix("{\"action\":\"\(action)\"") }
    }

    /// Kills `arguments` at a sample of the changes that it makes, each time after `prepare`, and then checks.
    private func sweep<Prepared>(
        _ name: String, _ arguments: (Prepared) -> [String], in configuration: EximConfiguration = EximConfiguration(),
        folderList: Bool = false, prepare: (RelayScene, Int) throws -> Prepared,
        then check: (RelayScene, Prepared, _ told: String) throws -> Void
    ) throws {
        try RelayScene.run(configuration) { scene in
            if folderList { #expect(try scene.trustctl("setup", "--list", "folder", "--yes").exitCode == 0) }
            var random = Randomness(name)
            let first = try prepare(scene, 0)
            let whole = try scene.operator.step(.count, arguments(first), in: scene.folder)
            #expect(whole.outcome.exitCode == 0, "\(whole)")
            try check(scene, first, "\(whole)")
            let moments = FaultSweep.choose(5, of: whole.changes, by: &random)
            for (round, drawn) in moments.enumerated() {
                let prepared = try prepare(scene, round + 1)
                let run = try scene.operator.step(.killBeforeChange(drawn), arguments(prepared), in: scene.folder)
                #expect(run.outcome.exitCode == 137 || run.outcome.exitCode == 0, "\(run)")
                try check(scene, prepared, "\(run)")
            }
            print("\(name): killed \(moments.count) times, of \(whole.changes) changes")
        }
    }

    @Test("admit killed at any change: never two admissions, never a lost one", arguments: [false, true])
    func admit(folderList: Bool) throws {
        try sweep(
            "admit\(folderList)", { (_: (String, Fingerprint)) in ["admit"] }, folderList: folderList,
            prepare: { scene, round throws in
                let code = try scene.invite()
                return (code, try scene.queueInvited("client\(round)", code))
            },
            then: { scene, prepared, told throws in
                let (code, fingerprint) = prepared
                // The next command ends it: either it is done, or it was never.
                let next = try scene.trustctl("list", "--state", "approved")
                #expect(next.exitCode == 0 && !File.exists(scene.folder("ledger/journal")), "\(told)\(next)")
                let isDone = scene.standing(of: "\(fingerprint)").isApproved
                #expect(files(scene).count { !$0.contains(".") } == (isDone ? 0 : 1), "\(files(scene)) \(told)\(next)")
                // Not lost: another round admits it.
                let again = try scene.trustctl("admit")
                #expect(again.exitCode == 0, "\(told)\(again)")
                #expect(scene.standing(of: "\(fingerprint)").isApproved, "\(told)\(again)")
                #expect(try scene.ledgerLines.count { $0.contains("\"approve\"") && $0.contains("\(fingerprint)") } == 1, "\(told)")
                #expect(files(scene).allSatisfy { $0.hasSuffix(".used") }, "\(files(scene)) \(told)")
                // Not twice: another one with the code stays out.
                let before = try scene.trusted
                let thief = try scene.queueInvited("thief\(fingerprint)", code)
                #expect(try scene.trustctl("admit").exitCode == 0)
                #expect(try scene.trusted == before && !before.contains("\(thief)"), "\(told)")
                #expect(try scene.trustctl("history", "--verify").exitCode == 0, "\(told)")
                #expect(try scene.trustctl("forget", "\(thief)", "--yes").exitCode == 0)
            })
    }

    @Test("a killed close admits neither, and a killed cancel leaves nothing open")
    func ends() throws {
        try sweep(
            "close", { (_: [Fingerprint]) in ["admit"] },
            prepare: { scene, round throws in
                let code = try scene.invite()
                return [try scene.queueInvited("one\(round)", code), try scene.queueInvited("two\(round)", code)]
            },
            then: { scene, both, told throws in
                #expect(try scene.trustctl("admit").exitCode == 0)
                #expect(try scene.trusted.isEmpty && files(scene).allSatisfy { $0.hasSuffix(".closed") }, "\(files(scene)) \(told)")
                #expect(try scene.ledgerLines.count { $0.contains("\"close\"") && $0.contains("\(both[0])") } == 1, "\(told)")
            })
        try sweep(
            "cancel", { (name: String) in ["invite", "--cancel", name] },
            prepare: { scene, _ throws in
                let code = try scene.invite()
                #expect(!code.isEmpty)
                return try #require(files(scene).first)
            },
            then: { scene, name, told throws in
                let next = try scene.trustctl("list")
                #expect(next.exitCode == 0, "\(next)")
                // Killed before the journal was there, it never began.
                if !files(scene).isEmpty { #expect(try scene.trustctl("invite", "--cancel", name).exitCode == 0, "\(told)\(next)") }
                #expect(files(scene).isEmpty && !File.exists(scene.folder("ledger/journal")), "\(told)\(next)")
                #expect(try scene.ledgerLines.count { $0.contains("\"cancel\"") && $0.contains(name) } == 1, "\(told)")
            })
    }

    @Test("a killed invite leaves an invitation with its line in the ledger, or nothing")
    func made() throws {
        try sweep(
            "invite", { (_: Int) in ["invite", "--detach"] }, prepare: { scene, _ in try lines(scene, "invite") },
            then: { scene, before, told throws in
                let next = try scene.trustctl("list")
                #expect(next.exitCode == 0 && !File.exists(scene.folder("ledger/journal")), "\(told)\(next)")
                let made = try lines(scene, "invite") - before
                #expect(files(scene).count == made && (0...1).contains(made), "\(files(scene)) \(made) \(told)\(next)")
                for name in files(scene) { #expect(try scene.trustctl("invite", "--cancel", name).exitCode == 0) }
            })
    }

    @Test("a killed join goes on to its admission, and never leaves a key without its certificate")
    func join() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            var random = Randomness("join")
            func step(_ act: Stepper.Act, _ name: String, _ code: String) throws -> (outcome: ProgramRun.Outcome, changes: Int) {
                let report = scene.folder("step-report")
                try? scene.folder.write("step-report", "")
                let outcome = try ProgramRun.run(
                    Stepper.command[0],
                    Array(Stepper.command.dropFirst()) + ["-f", scene.operator.settings, "-o", report]
                        + Self.options(act) + [
                            BuiltPrograms.trustctl, "client", "join", scene.relayName, "--code-file", "-", "--wait", "1s", "--dir",
                            scene.folder(name), "--config", scene.operator.settings,
                        ], input: code + "\n", timeout: .seconds(300))
                return (outcome, changes: Self.changes(in: try File.read(report)))
            }
            let whole = try step(.count, "whole", try scene.invite())
            #expect(whole.outcome.exitCode == 10, "\(whole)")
            for (round, moment) in FaultSweep.choose(5, of: whole.changes, by: &random).enumerated() {
                let (name, code) = ("round\(round)", try scene.invite("--label", "laptop\(round)"))
                let killed = try step(.killBeforeChange(moment), name, code)
                // Whatever is in use is whole.
                if File.exists(scene.folder("\(name)/client.pem")) { try isPair(scene.folder(name), "\(killed)") }
                let own = try scene.knock(name, code)
                try isPair(scene.folder(name), "\(killed)")

                // One certificate was shown, so nobody else seems to have the code, and it is let in.
                let admitted = try scene.trustctl("admit")
                #expect(admitted.exitCode == 0 && admitted.output.contains("done: approve \(own) (laptop\(round))"), "\(killed)\(admitted)")
                let joined = try scene.join(name, code)
                #expect(joined.exitCode == 0 && joined.output.contains("\(own)"), "\(killed)\(joined)")
                try isPair(scene.folder(name), "\(killed)")
                // Besides the one that was not killed.
                #expect(try scene.trusted.count == round + 2 && scene.standing(of: "\(own)").isApproved, "\(killed)")
            }
            print("join: of \(whole.changes) changes")
            try daemon.stop()
        }
    }

    @Test("a killed join --setup leaves mail whole, and the next run joins, sets up and delivers")
    func joinAndSetUp() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            try ClientScene.useCertificate(of: scene, days: 90)
            let relay = "localhost:\(scene.exim.port)"
            try ClientMachine.run(in: scene.folder, kind: "local", split: false, smarthost: "") { machine in
                let before = machine.configuration
                let words = [
                    "client", "join", relay, "--code-file", scene.folder("code"), "--dir", scene.folder("m/client"), "--setup", "--yes",
                ]
                var random = Randomness("join --setup")
                func round(_ act: Stepper.Act, _ name: String) throws -> Stepper.Run {
                    let (invite, code) = try scene.startInviting("--label", name, "--relay", relay)
                    try scene.folder.write("code", code + "\n", mode: 0o600)
                    let run = try machine.operator.step(act, words, in: scene.folder)
                    // At this moment Debian can make Exim's configuration, and what mail there is stays.
                    let made = try machine.command("sh", "-c", "update-exim4.conf -o /run/exim4/trial && exim4 -C /run/exim4/trial -bV")
                    #expect(made.exitCode == 0, "\(run)\(made)")
                    if File.exists(scene.folder("m/client/client.pem")) { try isPair(scene.folder("m/client"), "\(run)") }

                    let again = try machine.operator.start(words).wait(timeout: .seconds(600))
                    #expect(again.exitCode == 0 && again.output.contains("trusted both ways"), "\(run)\(again)")
                    let invited = try invite.wait()
                    let own = try machine.fingerprint
                    #expect(invited.exitCode == 0 && invited.errors.contains("\(own)"), "\(run)\(invited)")
                    try isPair(scene.folder("m/client"), "\(run)")
                    #expect(try scene.trusted == ["\(own)"], "\(run)")
                    try machine.send("after \(name)")
                    try scene.waitForMail("after \(name)")

                    // For the next round, a machine as it was, to the byte.
                    #expect(try scene.trustctl("revoke", name, "--only", "--yes").exitCode == 0)
                    let removed = try machine.client("setup", "--remove", "--yes")
                    #expect(removed.exitCode == 0 && machine.configuration == before, "\(run)\(removed)")
                    #expect(try ProgramRun.run("rm", ["-r", scene.folder("m/client")]).exitCode == 0)
                    return run
                }
                let whole = try round(.count, "whole")
                #expect(whole.outcome.exitCode == 0, "\(whole)")
                let moments = FaultSweep.choose(6, of: whole.changes, by: &random)
                for (number, moment) in moments.enumerated() {
                    let run = try round(.killBeforeChange(moment), "round\(number)")
                    #expect(run.outcome.exitCode == 137 || run.outcome.exitCode == 0, "\(run)")
                }
                print("join --setup: killed \(moments.count) times, of \(whole.changes) changes")
            }
            try daemon.stop()
        }
    }

    /// The client's key and certificate in this folder belong together, by openssl(1).
    private func isPair(_ folder: String, _ told: String) throws {
        let key = try ProgramRun.run("openssl", ["pkey", "-in", "\(folder)/client.key", "-pubout"])
        let certificate = try ProgramRun.run("openssl", ["x509", "-in", "\(folder)/client.pem", "-noout", "-pubkey"])
        #expect(key.exitCode == 0 && key.output == certificate.output, "\(told)\(key)")
    }

    /// The number before the word `changes`.
    private static func changes(in report: String) -> Int {
        let words = report.split { $0.isWhitespace || $0 == "," }
        return words.firstIndex(of: "changes").flatMap { $0 > 0 ? Int(words[$0 - 1]) : nil } ?? 0
    }

    private static func options(_ act: Stepper.Act) -> [String] {
        if case .killBeforeChange(let number) = act { return ["-k", "\(number)"] }
        return []
    }
}
