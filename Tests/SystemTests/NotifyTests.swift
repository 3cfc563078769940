import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// `trustctl notify` with a real Exim that takes the mail, delivers it, defers it, refuses it, or is not there.
@Suite("notify: mail about what is new, each once, and none lost")
struct NotifyTests {
    static let settings = "notify_to = ops@relay.example\nnotify_from = trustd@relay.example\n"

    /// Exim's answer to a message is chosen by a file in its spool.
    func run(_ settings: String = "", _ body: (RelayScene) throws -> Void) throws {
        var configuration = EximConfiguration()
        configuration.after =
            "acl_smtp_data = ${if exists{$spool_directory/defer}{defer}{${if exists{$spool_directory/deny}{deny}{accept}}}}"
        try RelayScene.run(configuration, settings: Self.settings + settings, body)
    }

    /// How many messages Exim has taken.
    func taken(_ scene: RelayScene) -> Int {
        scene.exim.logText.split(separator: "\n").count { $0.contains(" <= <> ") }
    }

    /// The messages in the inbox, once all that were taken are there.
    func inbox(_ scene: RelayScene) throws -> [String] {
        try waitUntil("all is delivered; Exim's log:\n\(scene.exim.logText)") {
            scene.exim.logText.split(separator: "\n").count { $0.hasSuffix(" Completed") } >= taken(scene)
        }
        let text = (try? scene.folder.read("mail/inbox")) ?? ""
        return ("\n" + text).components(separated: "\nFrom ").dropFirst().map(String.init)
    }

    func told(_ scene: RelayScene) -> String { (try? scene.folder.read("state-notify/told")) ?? "" }

    @Test("what is new is told once, in a mail that Exim delivers; what is decided meanwhile is not told again")
    func once() throws {
        try run("notify_every = 1s\n") { scene in
            _ = try scene.startDaemon()
            let bob = try scene.refusedClient("bob")
            let dry = try scene.trustctl("notify", "--dry-run")
            #expect(dry.exitCode == 0 && dry.output.contains("Subject: trustd: 1 new\n"), "\(dry)")
            #expect(taken(scene) == 0 && !File.exists(scene.folder("state-notify/told")))

            let done = try scene.trustctl("notify")
            #expect(
                done.exitCode == 0 && done.output.hasPrefix("done: 1 told; exim at 127.0.0.1:\(scene.exim.port): 250 OK id="), "\(done)")
            let mail = try #require(try inbox(scene).first)
            let digits = "\(bob.fingerprint)".prefix(16)
            for part in [
                "\nFrom: trustd <trustd@relay.example>\n", "\nTo: <ops@relay.example>\n", "\nSubject: trustd: 1 new\n",
                "\nAuto-Submitted: auto-generated\n", "\nReferences: <trustd.notify@relay.example>\n", "\n  \(digits)\n",
                "\n    \"CN=bob\"\n", "\n    type:  trustctl show \(digits)\n", "\n  type:  trustctl review\n",
            ] { #expect(mail.contains(part), "\(part) in\n\(mail)") }
            #expect(scene.exim.logText.contains(" <= <> H="), "the envelope has no sender")

            usleep(1_100_000)
            let again = try scene.trustctl("notify")
            #expect(again.exitCode == 0 && again.output.isEmpty && taken(scene) == 1, "\(again)")
            let carol = try scene.refusedClient("carol")
            #expect(try scene.trustctl("approve", "\(bob.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.trustctl("notify").output.hasPrefix("done: 1 told;"))
            let second = try #require(try inbox(scene).last)
            #expect(second.contains("\(carol.fingerprint)".prefix(16)) && !second.contains(digits), "\(second)")
            #expect(!told(scene).contains("\(bob.fingerprint)"), "what is decided is forgotten")
        }
    }

    @Test("at most one mail in notify_every; off until notify_to is set; --test says what Exim answers")
    func quiet() throws {
        try run { scene in
            _ = try scene.startDaemon()
            let first = try scene.makeClient("bob")
            try scene.folder.queue(first)
            #expect(try scene.trustctl("notify").output.hasPrefix("done: 1 told"))
            try scene.folder.queue(scene.makeClient("carol"))
            let early = try scene.trustctl("notify")
            #expect(early.exitCode == 0 && early.output.isEmpty && taken(scene) == 1, "\(early)")
            #expect(try scene.trustctl("notify", "--dry-run").errors.contains("it goes out at "))
            let test = try scene.trustctl("notify", "--test")
            #expect(test.exitCode == 0 && test.output.hasPrefix("done: exim at 127.0.0.1:\(scene.exim.port): 250 OK id="), "\(test)")
            #expect(taken(scene) == 2)

            try scene.writeSettings()
            let off = try scene.trustctl("notify")
            #expect(off.exitCode == 0 && off.text.isEmpty, "\(off)")
            let unset = try scene.trustctl("notify", "--test")
            #expect(unset.exitCode == 78 && unset.errors.contains("notify_to is not set"), "\(unset)")
            try scene.writeSettings("notify_to = <ops@relay.example>\n")
            let wrong = try scene.trustctl("notify")
            #expect(wrong.exitCode == 78 && wrong.errors.contains("is not one mail address"), "\(wrong)")
        }
    }

    @Test("Exim that is down, defers or refuses loses nothing: the next run tells it once")
    func faults() throws {
        try run { scene in
            _ = try scene.startDaemon()
            try scene.folder.queue(scene.makeClient("bob"))
            for (file, status, word) in [("defer", Int32(69), "451 "), ("deny", 65, "550 ")] {
                try scene.folder.write("spool/\(file)", "")
                let failed = try scene.trustctl("notify")
                #expect(failed.exitCode == status && failed.errors.contains("after the message it said \(word)"), "\(failed)")
                #expect(failed.errors.contains("nothing is lost") && told(scene).isEmpty)
                #expect(unlink(scene.folder("spool/\(file)")) == 0)
            }
            try scene.exim.stop()
            let down = try scene.trustctl("notify", "--server", "127.0.0.1:\(scene.exim.port)")
            #expect(down.exitCode == 69 && down.errors.contains("Connection refused") && told(scene).isEmpty, "\(down)")
            try scene.exim.start()
            #expect(try scene.trustctl("notify").output.hasPrefix("done: 1 told"))
            #expect(taken(scene) == 1)
            // As the timer's user does, who cannot ask Exim where it listens.
            try scene.folder.queue(scene.makeClient("carol"))
            let other = try scene.trustctl("notify", "--dry-run", "--server", "[::1]:25")
            #expect(other.exitCode == 0, "\(other)")
        }
    }

    @Test("Exim's answer 4xx to the recipient, and two runs at once")
    func recipient() throws {
        try run { scene in
            _ = try scene.startDaemon()
            try scene.writeSettings("notify_to = ops@elsewhere.example\n")
            try scene.folder.queue(scene.makeClient("bob"))
            let refused = try scene.trustctl("notify")
            #expect(refused.exitCode == 65 && refused.errors.contains("after RCPT it said 550 relay not permitted"), "\(refused)")
            let busy = try ProgramRun.run(
                "flock", [scene.folder("state-notify"), BuiltPrograms.trustctl, "notify", "--config", scene.operator.settings])
            #expect(busy.exitCode == 75 && busy.errors.contains("another trustctl notify is at work"), "\(busy)")
        }
    }

    @Test("killed before any change or any call: told once or twice with one Message-ID, and never lost", .skipped(by: Stepper.obstacle))
    func killed() throws {
        try run { scene in
            _ = try scene.startDaemon()
            try scene.folder.queue(scene.makeClient("bob"))
            func forget() {
                for name in File.names(in: scene.folder("state-notify")) { unlink(scene.folder("state-notify/\(name)")) }
            }
            let whole = try scene.operator.step(.count, ["notify"], in: scene.folder)
            #expect(whole.outcome.exitCode == 0 && taken(scene) == 1, "\(whole)")
            let all = (1...whole.changes).map { Stepper.Act.killBeforeChange($0) }
            // The dialogue with Exim: no call in it changes a file.
            let late = stride(from: whole.calls - 120, through: whole.calls, by: 30).filter { $0 > 0 }.map {
                Stepper.Act.killBeforeCall($0)
            }
            var twice = 0
            for act in all + late {
                forget()
                let before = taken(scene)
                let run = try scene.operator.step(act, ["notify"], in: scene.folder)
                let next = try scene.trustctl("notify")
                #expect(next.exitCode == 0, "\(run)\(next)")
                let count = taken(scene) - before
                #expect(count == 1 || count == 2, "\(run)\(next)\(scene.exim.logText)")
                twice += count - 1
                let idle = try scene.trustctl("notify")
                #expect(idle.exitCode == 0 && taken(scene) - before == count, "\(idle)")
            }
            print("killed at \(all.count + late.count) places; told twice after \(twice)")
            let ids = Set(try inbox(scene).flatMap { $0.split(separator: "\n").filter { $0.hasPrefix("Message-ID: ") } })
            #expect(ids.count == 1, "\(ids)")
        }
    }

    @Test("on a full disk no mail goes out, because nobody could remember it; with room it is told once")
    func fullDisk() throws {
        try run { scene in
            _ = try scene.startDaemon()
            for number in 0..<20 { try scene.folder.queue(scene.makeClient("client\(number)")) }
            try scene.folder.makeFolder("state-notify")
            let notify = "\(BuiltPrograms.trustctl) notify --config \(scene.operator.settings)"
            let script = """
                mount -t tmpfs -o size=4k,mode=750 none \(scene.folder("state-notify")) || exit 99
                head -c 1M /dev/zero >\(scene.folder("state-notify"))/ballast 2>/dev/null
                \(notify) >\(scene.folder("full")) 2>&1
                echo "full $?"
                mount -o remount,size=1m \(scene.folder("state-notify"))
                \(notify)
                echo "room $?"
                """
            let outcome = try ProgramRun.run("unshare", ["--mount", "--propagation", "private", "/bin/sh", "-c", script])
            #expect(outcome.output.hasPrefix("full 78\ndone: 20 told;") && outcome.output.hasSuffix("\nroom 0\n"), "\(outcome)")
            #expect(try scene.folder.read("full").contains("No space left on device"))
            #expect(taken(scene) == 1)
        }
    }

    @Test("what is STILL TRUSTED, ends soon, renews or was invited is told; so are the doctor's errors and a trustd that is gone")
    func everything() throws {
        try run { scene in
            let daemon = try scene.startDaemon()
            let (alice, bob) = (try scene.makeClient("alice", .expiring), try scene.makeClient("bob"))
            for (client, label) in [(alice, "alice"), (bob, "bob")] {
                #expect(try scene.trustctl("approve", "--certificate", client.certificate, "--label", label, "--yes").exitCode == 0)
            }
            // A restored backup brings a revoked one back.
            let list = scene.listText
            #expect(try scene.trustctl("revoke", "bob", "--yes").exitCode == 0)
            try File.write(scene.listOnDisk, list)
            try scene.folder.makeFolder("clients/next")
            let next = try ClientCertificate("clients/next/alice", in: scene.folder, keyOf: alice)
            try scene.folder.queue(next)
            try File.write(
                scene.folder("ledger/doctor"), "trustctl-doctor 1\nTime: 2026-11-28T17:00:00Z\nFinding: 2 error owner-or-mode\nEnd\n")
            try daemon.kill()
            let done = try scene.trustctl("notify")
            #expect(done.exitCode == 0 && done.output.hasPrefix("done: 5 told"), "\(done)")
            let mail = try #require(try inbox(scene).first)
            for part in [
                "Subject: trustd: 1 STILL TRUSTED, log not followed, doctor 1, 1 renewal, 1 ending\n",
                "\n  \("\(bob.fingerprint)".prefix(16)) (bob)\n    revoked on ",
                "\n    type:  trustctl revoke \("\(bob.fingerprint)".prefix(16))\n",
                "\n  no trustd follows the log\n", "\n  owner-or-mode, 2 times (2026-11-28T17:00:00Z)\n  type:  trustctl doctor\n",
                "\n  \("\(next.fingerprint)".prefix(16))\n", "renews \"alice\", which ends ", "\n  type:  trustctl approve --renewals\n",
                "\n  \("\(alice.fingerprint)".prefix(16)) (alice)\n    ends ",
            ] { #expect(mail.contains(part), "\(part) in\n\(mail)") }
            // An approval that ends soon is told as a certificate that does.
            try scene.folder.makeFolder("clients/guest")
            let guest = try ClientCertificate("clients/guest/guest", in: scene.folder)
            #expect(try scene.trustctl("approve", "--certificate", guest.certificate, "--for", "5d", "--yes").exitCode == 0)
            #expect(try scene.trustctl("notify", "--dry-run").output.contains("\n  \("\(guest.fingerprint)".prefix(16))\n    ends "))
            // Its end is no news any more once it is followed by an approved one.
            #expect(try scene.trustctl("approve", "--renewals", "--yes").exitCode == 0)
            #expect(try scene.trustctl("notify").exitCode == 0)
            #expect(!told(scene).contains("ending "), "\(told(scene))")
        }
    }
}

extension String {
    fileprivate func components(separated by: String) -> [Substring] { split(separator: by, omittingEmptySubsequences: false) }
}
