import Glibc
import Testing
import TrustTestSupport

@Suite("Two operators at once")
struct ConcurrencyTests {
    @Test("both decisions end in the list, in the ledger and in Exim")
    func bothCount() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            let bob = try scene.makeClient("bob")
            let runs = try [alice, bob].map { try scene.operator.start(["approve", "\($0.fingerprint)", "--yes"]) }
            for run in runs {
                let outcome = try run.wait()
                #expect(outcome.exitCode == 0, "\(outcome)")
            }
            #expect(try scene.trusted == ["\(alice.fingerprint)", "\(bob.fingerprint)"])
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.reply(to: bob) == 250)
            let ledger = try scene.folder.read("ledger/ledger")
            #expect(ledger.contains("\(alice.fingerprint)") && ledger.contains("\(bob.fingerprint)"))
            let verified = try scene.trustctl("history", "--verify")
            #expect(verified.exitCode == 0, "\(verified)")
        }
    }

    @Test("who waits no longer than a second while another one holds the lock gets 75 and changes nothing")
    func locked() throws {
        try RelayScene.run { scene in
            let lock = scene.folder("ledger/lock")
            let holder = try ProgramRun(starting: "flock", [lock, "sh", "-c", "echo held >&2; exec sleep 300"])
            defer {
                kill(-holder.pid, SIGKILL)
                _ = try? holder.wait()
            }
            try waitUntil("the lock is held") { holder.errorsSoFar.contains("held") }
            let outcome = try scene.trustctl("approve", String(repeating: "AB", count: 32), "--yes", "--wait", "1")
            #expect(outcome.exitCode == 75, "\(outcome)")
            #expect(try scene.trusted.isEmpty)
            // Looking waits for nobody.
            #expect(try scene.trustctl("list").exitCode == 0)
        }
    }

    @Test("who is allowed to wait goes on when the lock is free")
    func waits() throws {
        try RelayScene.run { scene in
            let holder = try ProgramRun(starting: "flock", [scene.folder("ledger/lock"), "sh", "-c", "echo held >&2; exec sleep 300"])
            try waitUntil("the lock is held") { holder.errorsSoFar.contains("held") }
            let run = try scene.operator.start(["approve", String(repeating: "AB", count: 32), "--yes", "--wait", "30"])
            kill(-holder.pid, SIGKILL)
            try holder.wait()
            let outcome = try run.wait()
            #expect(outcome.exitCode == 0, "\(outcome)")
        }
    }

    @Test("a second trustd with the same folder ends with 75")
    func secondDaemon() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let command = TrustDaemon.withoutPrivileges + [BuiltPrograms.trustd, "--config", scene.operator.settings]
            let second = try ProgramRun.run(command[0], Array(command.dropFirst()))
            #expect(second.exitCode == 75, "\(second)")
            try daemon.stop()
        }
    }
}
