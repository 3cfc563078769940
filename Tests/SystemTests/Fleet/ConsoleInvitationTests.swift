import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("Who is invited at a console is known by his proof, whatever the mirror says")
struct ConsoleInvitationTests {
    @Test("the guest of one relay is approved by one signed decision, and the code is good once")
    func once() throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite("--label", "laptop", "--reason", "Alice's new one")
            let place = scene.folder("home/.local/state/trustctl/invitations")
            let modes = try ProgramRun.run("sh", ["-c", "stat -c %a \(place) \(place)/\(try #require(scene.invitations.first))"])
            #expect(modes.output == "700\n600\n" && !File.exists(scene.host("ledger/invitations")), "\(modes)")
            #expect(try scene.trustctl("invite", "--list").output.contains("laptop, open until "))
            let before = try scene.decisions
            let guest = try scene.guest("laptop", code)
            try scene.mirror([guest])
            let ended = try invite.wait()
            #expect(ended.exitCode == 0 && ended.output == code + "\n", "\(ended)")
            #expect(ended.errors.contains("done: approve \(guest.fingerprint) (laptop)"), "\(ended)")
            #expect(try scene.approved == ["\(guest.fingerprint)"] && scene.decisions == before + 1)
            let name = try #require(scene.invitations.first)
            #expect(scene.invitations.count == 1 && name.hasSuffix(".used"))
            let told = try scene.trustctl("fleet", "status").output
            #expect(told.contains("Alice's new one (invitation \(name.dropLast(5)))"), "\(told)")
            #expect(try scene.trustctl("invite", "--list").output.contains("used: it has admitted somebody"))
            for place in ["console", "home"] {
                let found = try ProgramRun.run("grep", ["-rlie", code, "-e", code.replacing("-", with: ""), scene.folder(place)])
                #expect(found.exitCode == 1, "\(found)")
            }
            // Somebody else with the code comes later.
            let second = try scene.guest("second", code)
            try scene.mirror([second])
            #expect(try scene.warnings(of: second).contains { $0.contains("“laptop” has admitted another certificate") })
            #expect(try scene.warnings(of: guest).contains { $0.contains("seen by two") && $0.contains("\(second.fingerprint)") })
            #expect(try scene.approved == ["\(guest.fingerprint)"])
        }
    }

    @Test("two with the code: neither is admitted, also when a mirror hides one of them")
    func two() throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite("--label", "laptop")
            let both = [try scene.guest("one", code), try scene.guest("two", code)]
            try scene.mirror(both)
            let ended = try invite.wait()
            #expect(ended.exitCode == 65 && both.allSatisfy { ended.errors.contains("\($0.fingerprint)") }, "\(ended)")
            #expect(try scene.approved.isEmpty && scene.invitations.map { $0.hasSuffix(".closed") } == [true])
            for one in both {
                #expect(try scene.warnings(of: one).contains { $0.contains("“laptop” was seen by two, and neither was admitted") })
            }
            // One that a person must judge comes first and is hidden then.
            let (other, second) = try scene.invite("--label", "desktop")
            let short = try scene.guest("short", second, "--days", "10")
            try scene.mirror([short])
            try waitUntil("it is told: \(other.errorsSoFar)") { other.errorsSoFar.contains("but you must decide: ") }
            scene.hide(short)
            try scene.mirror([try scene.guest("three", second)])
            #expect(try other.wait().exitCode == 65)
            #expect(try scene.approved.isEmpty)
        }
    }

    @Test("the attack: a mirror that invents proofs, digests and relays admits nobody")
    func invented() throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite("--label", "laptop")
            let guest = try scene.guest("laptop", code)
            let text = try ProgramRun.run("openssl", ["x509", "-in", guest.certificate, "-noout", "-text"]).output
            let uri = try #require(text.firstMatch(of: /URI:(trustd-invitation:[^, \n]+)/)?.1)
            let name = uri.split(separator: ":")[2]
            let copied = try ClientCertificate("guests/copied", saying: "subjectAltName=URI:\(uri)", in: scene.folder)
            let guessed = try ClientCertificate(
                "guests/guessed", saying: "subjectAltName=URI:trustd-invitation:1:\(name):\(String(repeating: "A", count: 43))",
                in: scene.folder)
            let other = try ClientCertificate("guests/other", in: scene.folder)
            try scene.mirror([copied, guessed, other])
            // The guest's certificate under another's digest, and the guest at a relay that is none.
            try scene.bring(guest, as: other.fingerprint)
            try scene.mirror([guest], of: "ghost")
            try waitUntil("both are listed") { try scene.trustctl("invite", "--list", "--json").output.contains("\"wrong_proofs\" : 2") }
            try scene.folder.write("console/trustsync/mirror/sightings/mx2", "trust-record 999999 0\n\u{1B}[2Jgarbage")
            for one in [copied, guessed] { #expect(try scene.warnings(of: one).contains { $0.contains("proof is wrong") }) }
            #expect(invite.isRunning && invite.errorsSoFar.contains("signed:") == false, "\(invite.errorsSoFar)")
            #expect(try scene.approved.isEmpty)
            try scene.mirror([guest], of: "mx2")
            #expect(try invite.wait().exitCode == 0)
            #expect(try scene.approved == ["\(guest.fingerprint)"])
        }
    }

    @Test("nobody came: 69; who comes after the end, or was seen after it, is not admitted")
    func over() throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite("--ttl", "3s")
            let guest = try scene.guest("late", code)
            let ended = try invite.wait()
            #expect(ended.exitCode == 69 && ended.errors.contains("nobody came") && scene.invitations.isEmpty, "\(ended)")
            try scene.mirror([guest])
            #expect(try scene.trustctl("invite", "--list").output.isEmpty && scene.approved.isEmpty)
            let (other, second) = try scene.invite("--ttl", "1h")
            try scene.mirror([try scene.guest("odd", second)], seen: Timestamp(seconds: Timestamp.now.seconds + 7_200))
            try waitUntil("it is told: \(other.errorsSoFar)") { other.errorsSoFar.contains("it was seen only after the invitation's end") }
            other.send(SIGINT)
            #expect(try other.wait().exitCode == 130)
            #expect(try scene.approved.isEmpty)
        }
    }

    @Test("^C, a closed terminal and --cancel leave nothing", arguments: [SIGINT, SIGHUP, 0])
    func cancelled(signal: Int32) throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite()
            let name = try #require(scene.invitations.first)
            if signal == 0 {
                #expect(try scene.trustctl("invite", "--cancel", name.lowercased()).output == "done: cancel \(name)\n")
            } else {
                invite.send(signal)
            }
            let ended = try invite.wait()
            #expect(ended.exitCode == (signal == 0 ? 66 : 130) && ended.errors.contains("cancelled"), "\(ended)")
            #expect(File.names(in: scene.folder("home/.local/state/trustctl/invitations")).isEmpty)
            try scene.mirror([try scene.guest("laptop", code)])
            #expect(try scene.trustctl("invite", "--cancel", name).exitCode == 66)
            #expect(try scene.approved.isEmpty)
        }
    }

    @Test("a person who approves the guest uses the invitation up, and no second one comes in") func byHand() throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite("--label", "laptop")
            let guest = try scene.guest("laptop", code, "--days", "10")
            try scene.mirror([guest])
            try waitUntil("it is told: \(invite.errorsSoFar)") { invite.errorsSoFar.contains("but you must decide: ") }
            #expect(try scene.warnings(of: guest).contains("invited as “laptop”"))
            #expect(try scene.decide("approve", "\(guest.fingerprint)").exitCode == 0)
            let ended = try invite.wait()
            #expect(ended.exitCode == 0 && ended.errors.contains("has admitted its client"), "\(ended)")
            #expect(scene.invitations.map { $0.hasSuffix(".used") } == [true])
            let second = try scene.guest("second", code)
            try scene.mirror([second])
            #expect(try scene.warnings(of: second).contains { $0.contains("has admitted another certificate") })
            #expect(try scene.approved == ["\(guest.fingerprint)"])
        }
    }

    @Test(
        "an operator without root invites: his decision goes through the outbox",
        .skipped(by: TrustDaemon.privilegeObstacle))
    func withoutRoot() throws {
        try ConsoleScene.run { scene in
            let outbox = scene.host("trustsync/outbox")
            chmod(outbox, 0o1777)
            for file in ["ledger/ledger", "ledger/fleet/out/decisions"] { chown(scene.host(file), 0, Owner.daemon.gid) }
            for file in ["key", "home"] { chown(scene.folder(file), Owner.daemon.uid, Owner.daemon.gid) }
            var person = scene.person
            person.prefix += TrustDaemon.withoutPrivileges
            /// What trustsync and root do with what is in the outbox.
            func take() throws {
                for name in File.names(in: outbox) where !name.hasPrefix(".") {
                    _ = try scene.host.operator.trustctl("fleet", "import", "\(outbox)/\(name)", "--keep-only").done()
                    unlink("\(outbox)/\(name)")
                }
            }
            let words = ["invite", "--relay-certificate", ConsoleScene.relay, "--sign-with", scene.key, "--wait-fleet"]
            let (invite, code) = try ConsoleScene.started(person.start(words + ["2"]))
            let guest = try scene.guest("laptop", code)
            try scene.mirror([guest])
            try waitUntil("it is sent: \(invite.errorsSoFar)") {
                try take()
                return !invite.isRunning
            }
            let ended = try invite.wait()
            // It is signed and kept; neither relay has said that it is live.
            #expect(ended.exitCode == 69 && ended.errors.contains("sent: "), "\(ended)")
            #expect(ended.errors.contains("live on 0 of 2\n"), "\(ended)")
            #expect(try scene.approved == ["\(guest.fingerprint)"] && scene.invitations.map { $0.hasSuffix(".used") } == [true])

            // Nobody takes it: it waits, and the code is good for nobody else.
            let (other, second) = try ConsoleScene.started(person.start(words + ["0"]))
            let phone = try scene.guest("phone", second)
            try scene.mirror([phone])
            let waits = try other.wait()
            #expect(waits.exitCode == 75 && waits.errors.contains("signed, and not sent yet: it waits in "), "\(waits)")
            #expect(waits.errors.contains("is used up for \(phone.fingerprint)"), "\(waits)")
            #expect(try person.trustctl("invite", "--list").output.contains("which the fleet does not approve"))
            try take()
            #expect(try scene.approved.contains("\(phone.fingerprint)"))
        }
    }

    @Test("without a signature nobody is admitted, and the invitation is over") func unsigned() throws {
        try ConsoleScene.run { scene in
            let (invite, code) = try scene.invite()
            rename(scene.folder("key"), scene.folder("away"))
            let guest = try scene.guest("laptop", code)
            try scene.mirror([guest])
            let ended = try invite.wait()
            #expect(ended.exitCode == 77 && ended.errors.contains("nobody was admitted: \(guest.fingerprint) waits"), "\(ended)")
            #expect(try scene.invitations.isEmpty && scene.approved.isEmpty)
        }
    }

    @Test("--detach, no relay, no mirror, a stranger's key and an open folder are refused at once")
    func refused() throws {
        try ConsoleScene.run { scene in
            let relay = ["--relay-certificate", ConsoleScene.relay]
            func invite(_ words: String...) throws -> ProgramRun.Outcome { try scene.person.start(["invite"] + words).wait() }
            let detached = try scene.person.start(["invite", "--detach", "--sign-with", scene.key] + relay).wait()
            #expect(detached.exitCode == 64, "\(detached)")
            let unnamed = try invite("--sign-with", scene.key)
            #expect(unnamed.exitCode == 64 && unnamed.errors.contains("trustctl show --own"), "\(unnamed)")
            #expect(try invite("--relay", "127.0.0.1:1", "--sign-with", scene.key).exitCode == 64)
            #expect(try scene.person.start(["invite"] + relay).wait().exitCode == 77)
            let stranger = scene.folder("mx1.pub")
            let unknown = try scene.person.start(["invite", "--sign-with", stranger] + relay).wait()
            #expect(unknown.exitCode == 77 && unknown.errors.contains("is not in this fleet"), "\(unknown)")
            #expect(unknown.output.isEmpty && scene.invitations.isEmpty)
            let place = scene.folder("home/.local/state/trustctl/invitations")
            _ = try ProgramRun.run("install", ["-d", "-m", "755", place]).done()
            let open = try scene.person.start(["invite", "--sign-with", scene.key] + relay).wait()
            #expect(open.exitCode == 78 && open.errors.contains("chmod 700"), "\(open)")
            _ = try ProgramRun.run("rm", ["-r", place, scene.host("trustsync/mirror")]).done()
            let deaf = try scene.person.start(["invite", "--sign-with", scene.key] + relay).wait()
            #expect(deaf.exitCode == 78 && deaf.errors.contains("no guest would be seen"), "\(deaf)")
        }
    }
}
