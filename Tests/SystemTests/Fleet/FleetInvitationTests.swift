import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("An invitation at a console lets a client in on every relay of a fleet")
struct FleetInvitationTests {
    private static func home(_ fleet: CarriedFleet) throws -> Operator {
        var person = fleet.console.operator
        try fleet.scene.relays[0].folder.makeFolder("home")
        person.prefix = ["env", "HOME=\(fleet.scene.relays[0].folder("home"))"]
        return person
    }

    @Test("invited at the console, joined at one relay, mirrored, signed: live on both")
    func wholeWay() throws {
        try CarriedFleet.run(2) { fleet in
            let (mx1, mx2) = (fleet.scene.relays[0], fleet.scene.relays[1])
            let daemons = try [mx1, mx2].map { try $0.startDaemon() }
            defer { for daemon in daemons { try? daemon.stop() } }
            let person = try Self.home(fleet)
            let words = ["invite", "--label", "laptop", "--relay-certificate", mx1.folder("server.pem")]
            let invite = try person.start(words + ["--sign-with", fleet.key, "--wait-fleet", "120", "--json"])
            // With JSON the code is on standard error.
            try waitUntil("it is printed: \(invite.errorsSoFar)") { invite.errorsSoFar.contains("client join") || !invite.isRunning }
            let typed = try #require(invite.errorsSoFar.split(separator: "\n").first.map(String.init))
            // At another relay the code is refused, and nothing is sent.
            #expect(try mx1.join("laptop", typed, relay: mx2.relayName).exitCode == 11)
            let start = ContinuousClock.now
            let joined = try mx1.join("laptop", typed)
            #expect(joined.exitCode == 0 && joined.output.hasPrefix("trusted both ways"), "\(joined)\(invite.errorsSoFar)")
            print("in a fleet, from join to its end: \(ContinuousClock.now - start)")
            let ended = try invite.wait()
            let own = try ClientCertificate(certificate: mx1.folder("laptop/client.pem"), key: mx1.folder("laptop/client.key"))
            #expect(ended.exitCode == 0 && ended.output.contains("\"outcome\" : \"admitted\""), "\(ended)")
            #expect(ended.output.contains("\"\(own.fingerprint)\"") && ended.output.contains("\"live\" : 2"), "\(ended)")
            #expect(!ended.output.contains(typed))
            #expect(try fleet.scene.replies(to: own) == [250, 250])
            #expect(try mx2.operator.entries("approved").map(\.label) == ["laptop"])
        }
    }

    @Test("while a relay is away the guest is let in by the others: 69, and the invitation is used")
    func away() throws {
        try CarriedFleet.run(2) { fleet in
            let (mx1, mx2) = (fleet.scene.relays[0], fleet.scene.relays[1])
            let daemon = try mx1.startDaemon()
            defer { try? daemon.stop() }
            try fleet.stop("mx2")
            let digits = try ClientCertificate.fingerprint(of: mx1.folder("server.pem"))
            let (invite, code) = try ConsoleScene.started(
                Self.home(fleet).start(["invite", "--relay-certificate", "\(digits)", "--sign-with", fleet.key, "--wait-fleet", "20"]))
            let joined = try mx1.join("laptop", code)
            #expect(joined.exitCode == 0, "\(joined)\(invite.errorsSoFar)")
            let ended = try invite.wait()
            #expect(ended.exitCode == 69 && ended.errors.contains("mx2: not heard since "), "\(ended)")
            #expect(ended.errors.contains("live on 1 of 2\n") && ended.output == code + "\n", "\(ended)")
            #expect(try mx2.trusted.isEmpty)
            try fleet.start(1)
            try fleet.waitUntilLive()
            #expect(try mx2.trusted.count == 1)
        }
    }

    @Test("a relay of a fleet says what to type at a console") func member() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let own = try ClientCertificate.fingerprint(of: mx1.folder("server.pem"))
            let invited = try mx1.trustctl("invite", "--label", "bob")
            let words = "at a console: trustctl invite --label bob --relay-certificate \(own) --sign-with KEY.pub"
            #expect(invited.exitCode == 78 && invited.errors.contains(words), "\(invited)")
            #expect(try mx1.trustctl("invite", "--detach").exitCode == 64)
            #expect(try mx1.trustctl("invite", "--list").exitCode == 0)
        }
        try RelayScene.run { scene in
            let single = try scene.trustctl("invite", "--relay-certificate", String(repeating: "5A", count: 32))
            #expect(single.exitCode == 64 && single.errors.contains("for a console of a fleet"), "\(single)")
        }
    }
}

@Suite("An invitation at a console whose command was killed goes on with the same code") struct ResumedInvitationTests {
    private static func resume(_ scene: ConsoleScene, _ name: String, _ more: String...) throws -> ProgramRun {
        try scene.person.start(["invite", "--resume", name, "--sign-with", scene.key] + more)
    }

    private static func killed(_ scene: ConsoleScene, _ run: ProgramRun) throws -> String {
        run.send(SIGKILL)
        _ = try run.wait()
        return try #require(scene.invitations.first { !$0.contains(".") })
    }

    @Test("killed, then resumed: the guest is admitted, with the label of then; the code is nowhere") func goesOn() throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite("--label", "laptop")
            let waited = try Self.resume(scene, try #require(scene.invitations.first)).wait()
            #expect(waited.exitCode == 75 && waited.errors.contains("another command waits for the client of “laptop”"), "\(waited)")
            let name = try Self.killed(scene, invite)
            #expect(try scene.trustctl("invite", "--list").output.contains("was killed; trustctl invite --resume \(name)"))
            let again = try Self.resume(scene, name.lowercased())
            let words = "the code that was given for “laptop” is good once"
            try waitUntil("it waits: \(again.errorsSoFar)") { again.errorsSoFar.contains(words) }
            let guest = try scene.guest("laptop", code)
            try scene.mirror([guest])
            let ended = try again.wait()
            #expect(ended.exitCode == 0 && ended.errors.contains("done: approve \(guest.fingerprint) (laptop)"), "\(ended)")
            #expect(try ended.output.isEmpty && scene.approved == ["\(guest.fingerprint)"])
            #expect(try Self.resume(scene, name).wait().exitCode == 65)
            #expect(try Self.resume(scene, String(repeating: "0", count: 16)).wait().exitCode == 66)
            #expect(try Self.resume(scene, name, "--label", "other").wait().exitCode == 64)
        }
    }

    @Test("the attack: the command is killed, and the mirror hides who had come from the next one") func hidden() throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite("--label", "laptop")
            let short = try scene.guest("short", code, "--days", "10")
            try scene.mirror([short])
            try waitUntil("it is told: \(invite.errorsSoFar)") { invite.errorsSoFar.contains("but you must decide: ") }
            let name = try Self.killed(scene, invite)
            scene.hide(short)
            let other = try scene.guest("other", code)
            try scene.mirror([other])
            let ended = try Self.resume(scene, name).wait()
            #expect(ended.exitCode == 65 && [short, other].allSatisfy { ended.errors.contains("\($0.fingerprint)") }, "\(ended)")
            #expect(try scene.approved.isEmpty && scene.invitations.map { $0.hasSuffix(".closed") } == [true])
        }
    }

    @Test("on a single relay there is nothing to resume: admit lets the guest in") func single() throws {
        try RelayScene.run { scene in
            let refused = try scene.trustctl("invite", "--resume", "0000000000000000")
            #expect(refused.exitCode == 64 && refused.errors.contains("trustctl admit"), "\(refused)")
        }
    }
}

@Suite("An invitation at a console killed at its calls", .skipped(by: Stepper.obstacle))
struct FleetInvitationFaultTests {
    @Test("wherever it is killed, one comes in at most, and the list says what is so") func killed() throws {
        try ConsoleScene.run { scene in
            var random = Randomness("console invite")
            /// Starts it under the stepper; the guest comes as soon as there is a code.
            func round(_ options: [String], _ name: String) throws -> (guest: ClientCertificate?, code: String, ended: ProgramRun.Outcome) {
                var person = scene.person
                person.prefix += Stepper.command + ["-f", person.settings, "-o", scene.folder("report")] + options
                let run = try person.start(["invite", "--relay-certificate", ConsoleScene.relay, "--sign-with", scene.key])
                try waitUntil("a code or the end") { run.outputSoFar.hasSuffix("\n") || !run.isRunning }
                let code = String(run.outputSoFar.dropLast())
                var guest: ClientCertificate?
                if code.count == 45 {
                    guest = try scene.guest(name, code)
                    if let guest { try scene.mirror([guest]) }
                }
                return (guest, code, try run.wait(timeout: .seconds(300)))
            }
            let whole = try round([], "whole")
            #expect(whole.ended.exitCode == 0, "\(whole)")
            let words = try scene.folder.read("report").split { $0.isWhitespace || $0 == "," }.map(String.init)
            let changes = words.firstIndex(of: "changes").flatMap { Int(words[$0 - 1]) } ?? 0
            #expect(changes > 10, "\(words)")
            var (admitted, resumed) = (0, 0)
            let moments = FaultSweep.choose(8, of: changes, by: &random)
            for moment in moments {
                let (before, known) = (try scene.approved, Set(scene.invitations))
                let (guest, code, ended) = try round(["-k", "\(moment)"], "guest\(moment)")
                #expect(ended.exitCode == 137 || ended.exitCode == 0, "\(ended)")
                var isIn = try guest.map { try scene.approved.contains("\($0.fingerprint)") } ?? false
                if isIn { admitted += 1 }
                let listed = try scene.trustctl("invite", "--list")
                #expect(listed.exitCode == 0, "\(listed)")
                // Nobody waits any more, and what is not admitted is not said to be.
                for name in scene.invitations where !known.contains(name) {
                    let line = try #require(listed.output.split(separator: "\n").first { $0.hasPrefix(name.prefix(16)) })
                    let told = name.contains(".") ? isIn ? "used: it has admitted" : "which the fleet does not approve" : "was killed"
                    #expect(line.contains(told), "\(moment)\(name)\(listed)")
                }
                // Another command goes on with the same code.
                if let guest, let name = scene.invitations.first(where: { !known.contains($0) && !$0.contains(".") }) {
                    let again = try scene.person.start(["invite", "--resume", name, "--sign-with", scene.key]).wait()
                    isIn = try scene.approved.contains("\(guest.fingerprint)")
                    #expect(again.exitCode == 0 && isIn, "\(moment)\(ended)\(again)")
                    resumed += 1
                }
                if code.count == 45 {
                    let second = try scene.guest("second\(moment)", code)
                    try scene.mirror([second])
                    #expect(try scene.approved.filter { !before.contains($0) }.count <= (isIn ? 1 : 0), "\(moment)\(ended)")
                }
                try scene.mirror([])
                for name in scene.invitations where !name.contains(".") {
                    #expect(try scene.trustctl("invite", "--cancel", name).exitCode == 0)
                }
            }
            print("console invite: killed \(moments.count) times, of \(changes) changes; \(admitted) were admitted, \(resumed) later")
        }
    }
}
