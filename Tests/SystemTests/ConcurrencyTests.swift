import Glibc
import Testing
import TrustTestSupport

@Suite("Several operators at once")
struct ConcurrencyTests {
    @Test("two decisions at once both reach the list, the ledger and Exim")
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

    @Test("of fifty decisions at once, each takes effect once, and reloads never overlap")
    func fifty() throws {
        try RelayScene.run { scene in
            var random = Randomness("fifty")
            let old = (0..<25).map { _ in random.fingerprint() }
            let new = (0..<25).map { _ in random.fingerprint() }
            let approved = try scene.operator.start(["approve"] + old + ["--yes"]).wait()
            #expect(approved.exitCode == 0, "\(approved)")
            let log = scene.exim.logText
            // 17 approvals, 17 revocations, 8 denials of approved certificates and 8 of unknown ones.
            var decisions: [[String]] = new[..<17].map { ["approve", $0] }
            decisions += old[..<17].map { ["revoke", $0] }
            let denied = Set(old[17...] + new[17...])
            decisions += denied.sorted().map { ["deny", $0] }
            var runs: [ProgramRun] = []
            for (number, decision) in decisions.shuffled(using: &random).enumerated() {
                var person = scene.operator
                // The stepper records who signals when.
                if Stepper.obstacle == nil { person.prefix += Stepper.command + ["-r", scene.folder("record-\(number)")] }
                runs.append(try person.start(decision + ["--yes", "--wait", "1500"]))
            }
            for run in runs {
                let outcome = try run.wait(timeout: .seconds(1_800))
                #expect(outcome.exitCode == 0, "\(outcome)")
            }

            let list = Set(new[..<17])
            #expect(try scene.trusted == list)
            #expect(Set(File.names(in: scene.folder("ledger/denied"))) == denied)
            let lines = try scene.folder.read("ledger/ledger").split(separator: "\n").dropFirst()
            #expect(lines.count == 50)
            for decision in decisions {
                let own = lines.filter { $0.contains(decision[1]) }
                #expect(own.count == 1 && own[0].contains("\"action\":\"\(decision[0])\""), "\(decision): \(own)")
                let remembers = try scene.exim.remembers(decision[1])
                #expect(remembers == nil || remembers == list.contains(decision[1]))
            }
            let verified = try scene.trustctl("history", "--verify")
            #expect(verified.exitCode == 0, "\(verified)")

            // Exim would lose a signal that comes before it is back from the last reload. So each signal must be in its log.
            let news = scene.exim.logText.dropFirst(log.count).split(separator: "\n")
            let told = news.indices.filter { news[$0].contains("SIGHUP received") }
            let back = news.indices.filter { news[$0].contains("daemon started") }
            #expect(told.count == 42 && back.count == 42)
            for (index, next) in zip(back, told.dropFirst()) { #expect(index < next) }
            for (index, next) in zip(told, back) { #expect(index < next) }
            if let obstacle = Stepper.obstacle { try Skipping.skip(because: "whether reloads overlap is not checked: \(obstacle)") }
            var reloads: [(told: Int64, written: Int64)] = []
            for number in runs.indices {
                let calls = try RecordedCall.all(in: scene.folder("record-\(number)"))
                guard let signal = calls.first(where: { $0.name == "pidfd_send_signal" }) else { continue }
                let line = try #require(calls.last { $0.name == "write" && $0.path.hasSuffix("/ledger/ledger") })
                reloads.append((signal.time, line.time))
            }
            reloads.sort { $0.told < $1.told }
            #expect(reloads.count == 42)
            for (one, next) in zip(reloads, reloads.dropFirst()) { #expect(one.written < next.told) }
        }
    }

    @Test("a command that waits at most a second for a held lock ends with 75 and no change")
    func locked() throws {
        try RelayScene.run { scene in
            let lock = scene.folder("ledger/lock")
            let holder = try ProgramRun(starting: "flock", [lock, "sh", "-c", "echo held >&2; exec sleep infinity"])
            defer {
                holder.sendToGroup(SIGKILL)
                _ = try? holder.wait()
            }
            try waitUntil("the lock is held") { holder.errorsSoFar.contains("held") }
            let outcome = try scene.trustctl("approve", String(repeating: "AB", count: 32), "--yes", "--wait", "1")
            #expect(outcome.exitCode == 75, "\(outcome)")
            #expect(try scene.trusted.isEmpty)
            // Listing does not wait for the lock.
            #expect(try scene.trustctl("list").exitCode == 0)
        }
    }

    @Test("a command with --wait continues when the lock is free")
    func waits() throws {
        try RelayScene.run { scene in
            let holder = try ProgramRun(starting: "flock", [scene.folder("ledger/lock"), "sh", "-c", "echo held >&2; exec sleep infinity"])
            try waitUntil("the lock is held") { holder.errorsSoFar.contains("held") }
            let run = try scene.operator.start(["approve", String(repeating: "AB", count: 32), "--yes", "--wait", "300"])
            holder.sendToGroup(SIGKILL)
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
