import Glibc
import Testing
import TrustTestSupport

@Suite("A process that is killed")
struct CrashTests {
    @Test("trustctl killed at any moment leaves a valid list, and the next command recovers")
    func killedAnywhere() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            let bob = try scene.makeClient("bob")
            let start = ContinuousClock.now
            try scene.approve(alice)
            let whole = start.duration(to: .now)
            let clean = scene.settingsFolder
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)

            var interrupted = 0
            for round in 0..<25 {
                let isIn = try scene.trusted.contains("\(alice.fingerprint)")
                let run = try scene.operator.start([isIn ? "revoke" : "approve", "\(alice.fingerprint)", "--yes"])
                // Spread evenly over the time that the change takes, and a little longer.
                let microseconds = whole.components.attoseconds / 1_000_000_000_000 + whole.components.seconds * 1_000_000
                usleep(UInt32(microseconds * Int64(round + 1) / 22))
                run.send(SIGKILL)
                let killed = try run.wait()

                let check = try scene.exim.check()
                #expect(check.exitCode == 0, "round \(round): \(check)")
                let others = try scene.trusted.subtracting(["\(alice.fingerprint)", "\(bob.fingerprint)"])
                #expect(others.isEmpty, "round \(round)")

                let hasJournal = File.exists(scene.folder("ledger/journal"))
                let bobIsIn = try scene.trusted.contains("\(bob.fingerprint)")
                let next = try scene.trustctl(bobIsIn ? "revoke" : "approve", "\(bob.fingerprint)", "--yes")
                #expect(next.exitCode == 0, "round \(round): \(next)")
                if hasJournal, killed.exitCode == 137 {
                    interrupted += 1
                    #expect(next.errors.contains("interrupted"), "round \(round): \(next)")
                }
                #expect(!File.exists(scene.folder("ledger/journal")), "round \(round)")
                for client in [alice, bob] {
                    let isListed = scene.listText.contains("\(client.fingerprint)")
                    #expect(try scene.reply(to: client) == (isListed ? 250 : 550), "round \(round)")
                }
                // A revoke that had begun is finished: a stolen key does not come back because of a crash.
                if isIn, hasJournal { #expect(!scene.listText.contains("\(alice.fingerprint)"), "round \(round)") }
                // An approval that had begun is undone, unless it had reached the ledger.
                if !isIn, hasJournal, killed.exitCode == 137, scene.listText.contains("\(alice.fingerprint)") {
                    let entry = try scene.operator.entries("approved").first { $0.fingerprint == "\(alice.fingerprint)" }
                    #expect(entry?.decided_at != nil, "round \(round): \(next)")
                }
            }
            print("killed while a change was under way: \(interrupted) of 25")
            #expect(Set(scene.settingsFolder).isSubset(of: Set(clean)), "a temporary file was left behind")
            let verified = try scene.trustctl("history", "--verify")
            #expect(verified.exitCode == 0, "\(verified)")
        }
    }

    @Test("trustd killed while it queues loses no sighting and counts none twice")
    func daemonKilled() throws {
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            for attempt in 1...8 {
                let daemon = try scene.startDaemon()
                #expect(try scene.reply(to: alice) == 550)
                if attempt.isMultiple(of: 2) { try scene.operator.waitUntilPending(alice) }
                try daemon.kill()
            }
            let daemon = try scene.startDaemon()
            try waitUntil("all sightings are counted") {
                try scene.operator.entries().first { $0.fingerprint == "\(alice.fingerprint)" }?.sightings == 8
            }
            try daemon.stop()
        }
    }
}
