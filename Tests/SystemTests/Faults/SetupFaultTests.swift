import Testing
import TrustTestSupport

/// `trustctl setup` and `setup --remove` on Debian's configuration: many files, and each is exchanged with its candidate.
@Suite("A setup that is killed, or whose system calls fail", .skipped(by: Stepper.obstacle))
struct SetupFaultTests {
    enum Form: String, CaseIterable, Sendable {
        case split, unsplit
        /// Trust by a CA, with one that is denied and so stands among the CA's revoked clients.
        case authority
    }

    /// A Debian machine, and its two allowed states.
    private struct Ordeal {
        let scene: DebianScene
        /// What sets it up.
        let words: [String]
        let bare: String
        let setUp: String
        /// A complete setup and a complete removal, each with the number of the change that makes the journal.
        let setup: (run: Stepper.Run, journal: Int)
        let removal: (run: Stepper.Run, journal: Int)

        init(_ scene: DebianScene, _ form: Form) throws {
            self.scene = scene
            var words = ["setup", "--yes"]
            if form == .authority {
                let authority = try CertificateAuthority("clients/ca", in: scene.folder)
                words += ["--trust", "ca", "--ca", authority.certificate]
                try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS =\n")
                try Self.done(scene, ["deny", String(repeating: "AB", count: 32), "--yes"])
                try ProgramRun.run("rm", [scene.folder("etc/relay_from_certs")])
            }
            self.words = words
            bare = try Self.state(scene)
            setup = try Self.whole(scene, words)
            setUp = try Self.state(scene)
            removal = try Self.whole(scene, ["setup", "--remove", "--yes"])
            #expect(try Self.state(scene) == bare && bare != setUp)
        }

        private static func whole(_ scene: DebianScene, _ arguments: [String]) throws -> (run: Stepper.Run, journal: Int) {
            let record = scene.folder("record")
            let run = try scene.operator.step(.record(record), arguments, in: scene.folder)
            let journal = try RecordedCall.all(in: record).firstIndex { $0.second == scene.folder("ledger/journal") }
            guard run.outcome.exitCode == 0, let journal else { throw NothingCame(description: "\(run)") }
            return (run, journal + 1)
        }

        static func state(_ scene: DebianScene) throws -> String {
            let ours = try ProgramRun.run("sh", ["-c", "cd '\(scene.folder("etc"))' && find . -type f | sort | xargs sha256sum"]).output
            let here = ["ledger/setup", "etc/revoked"].map { "\($0): \(File.exists(scene.folder($0)))" }
            return try scene.configurationFiles() + ours + here.joined(separator: ", ")
        }

        /// Without digests: each setup makes a new key.
        private static func names(_ state: String) -> [Substring] {
            state.split(separator: "\n").map { $0.drop { $0.isHexDigit } }
        }

        private func isSetUp(_ state: String) -> Bool { Self.names(state) == Self.names(setUp) }

        static func done(_ scene: DebianScene, _ arguments: [String]) throws {
            let outcome = try scene.operator.start(arguments).wait(timeout: .seconds(600))
            guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
        }

        func bring(toSetUp wanted: Bool) throws {
            guard try isSetUp(Self.state(scene)) != wanted else { return }
            try Self.done(scene, wanted ? words : ["setup", "--remove", "--yes"])
        }

        /// Interferes with one setup or removal, and checks the result, at once and after the next command.
        func round(_ number: Int, removes: Bool, _ act: Stepper.Act) throws -> Int32 {
            try bring(toSetUp: removes)
            let before = try Self.state(scene)
            #expect(removes ? isSetUp(before) : before == bare)
            let isAfter: (String) -> Bool = { removes ? $0 == bare : isSetUp($0) }
            let lines = try ledgerLines()
            let daemon = scene.exim.pid
            let run = try scene.operator.step(act, removes ? ["setup", "--remove", "--yes"] : words, in: scene.folder)

            // At this moment Exim and update-exim4.conf must work.
            #expect(try scene.exim.check().exitCode == 0, "\(run)")
            let made = try scene.command("sh", "-c", "update-exim4.conf -o /run/exim4/trial && exim4 -C /run/exim4/trial -bV")
            #expect(made.exitCode == 0, "\(made)\(run)")
            #expect(try scene.trusted.isEmpty)

            let hasJournal = File.exists(scene.folder("ledger/journal"))
            if run.outcome.exitCode != 137 { try checkOutcome(run, hasJournal, before, isAfter) }
            let next = try scene.operator.start(number.isMultiple(of: 2) ? ["list"] : ["history", "--verify"]).wait()
            let told = "\(run)--- next\n\(next)"
            #expect(next.exitCode == 0 && !File.exists(scene.folder("ledger/journal")), "\(told)")
            let state = try Self.state(scene)
            #expect(state == before || isAfter(state), "\(told)\(state)")
            let isDone = isAfter(state)
            #expect(next.errors.contains("an interrupted change was finished") == (hasJournal && isDone), "\(told)")
            #expect(next.errors.contains("an interrupted change was undone") == (hasJournal && !isDone), "\(told)")
            #expect(try ledgerLines() == lines + (isDone ? 1 : 0), "\(told)")
            #expect(try scene.trustctl("history", "--verify").exitCode == 0, "\(told)")
            let macro = try scene.exim.ask("-bP", "macro", "RELAY_FROM_CERTS").output
            #expect(macro.contains("not found") == (state == bare), "\(macro)\(told)")
            #expect(scene.exim.pid == daemon && daemon != nil, "Exim has another pid: \(told)")
            return run.outcome.exitCode
        }

        private func checkOutcome(_ run: Stepper.Run, _ hasJournal: Bool, _ before: String, _ isAfter: (String) -> Bool) throws {
            let state = try Self.state(scene)
            switch run.outcome.exitCode {
            // What cannot be removed at the end is reported, and the next command removes it.
            case 0:
                #expect(isAfter(state) && !hasJournal || run.outcome.errors.contains("the journal stays until the next command"), "\(run)")
            case 70: #expect(run.outcome.errors.contains("stuck"), "\(run)")
            case 65, 69, 75, 77, 78: #expect(state == before && !hasJournal, "nothing may have changed: \(run)\(state)")
            default: Issue.record("status \(run.outcome.exitCode) is not in the contract: \(run)")
            }
        }

        private func ledgerLines() throws -> Int { try scene.folder.read("ledger/ledger").split(separator: "\n").count }
    }

    private func run(_ form: Form, _ body: (Ordeal) throws -> Void) throws {
        var options = DebianScene.Options()
        options.split = form != .unsplit
        options.isBare = true
        try DebianScene.run(options) { scene in try body(try Ordeal(scene, form)) }
    }

    @Test(
        "Exim accepts every interrupted setup, and the next command completes or undoes it",
        arguments: Form.allCases)
    func interrupted(form: Form) throws {
        try run(form) { ordeal in
            var random = Randomness(form.rawValue)
            for removes in [false, true] {
                let (whole, journal) = removes ? ordeal.removal : ordeal.setup
                // Before the journal no change is visible to anyone: a few moments stand for all of them. From the journal on all are
                // tried.
                let early = FaultSweep.choose(0, orEachOf: 6, of: journal - 1, by: &random)
                let late = FaultSweep.choose(2, orEachOf: form == .split ? .max : 30, of: whole.changes - journal + 1, by: &random).map {
                    $0 + journal - 1
                }
                var acts = (early + late).map(Stepper.Act.killBeforeChange)
                let kills = acts.count
                // One kind of error in each run of the sample: a setup takes seconds.
                for fault in FaultSweep.isWhole
                    ? SystemFault.allCases : SystemFault.allCases.randomElement(using: &random).map({ [$0] }) ?? []
                {
                    acts += FaultSweep.choose(1, orEachOf: 5, of: whole.calls(thatCanReturn: fault), by: &random).map {
                        .fail(fault, at: $0, stays: Bool.random(using: &random))
                    }
                }
                var statuses: [Int32: Int] = [:]
                for (number, act) in acts.enumerated() {
                    statuses[try ordeal.round(number, removes: removes, act), default: 0] += 1
                }
                let told = statuses.sorted { $0.key < $1.key }.map { "status \($0.key): \($0.value)" }.joined(separator: ", ")
                // The next run may not have the last changes of the counted run.
                #expect(kills > 0 && acts.count > kills && statuses[137, default: 0] * 10 >= kills * 9, "\(told)")
                print("\(form.rawValue), setup\(removes ? " --remove" : ""): \(whole.changes) changes, journal at \(journal); \(told)")
            }
        }
    }
}
