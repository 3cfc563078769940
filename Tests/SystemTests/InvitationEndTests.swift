import Glibc
import Testing
import TrustTestSupport

@Suite("How an invitation ends, and what is refused at once")
struct InvitationEndTests {
    @Test("nobody came: status 69, and the invitation is gone; one that is over admits nobody")
    func expired() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let over = try scene.trustctl("invite", "--ttl", "1s")
            #expect(over.exitCode == 69 && over.errors.contains("nobody came"), "\(over)")
            let code = try scene.invite("--ttl", "2s")
            let file = try #require(scene.invitationFiles.first { !$0.contains(".") })
            let own = try scene.knock("late", code)
            try waitUntil("it is over") {
                try scene.trustctl("admit").exitCode == 0 && !File.exists(scene.folder("ledger/invitations/\(file)"))
            }
            // It may have been in time on a quick machine; if not, it never comes in.
            if try scene.trusted.isEmpty {
                #expect(try scene.trustctl("admit").exitCode == 0)
                #expect(try scene.trusted.isEmpty && scene.operator.entries().contains { $0.fingerprint == "\(own)" })
                #expect(scene.invitationFiles.isEmpty)
            }
            try daemon.stop()
        }
    }

    @Test("a used invitation is remembered for 30 days after its end, and then forgotten")
    func remembered() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let code = try scene.invite("--label", "laptop")
            _ = try scene.knock("one", code)
            #expect(try scene.trustctl("admit").exitCode == 0)
            let file = scene.folder("ledger/invitations/\(try #require(scene.invitationFiles.first))")
            let second = try scene.knock("two", code)
            for (days, isKept) in [(29, true), (31, false)] {
                let ended = try ProgramRun.run("date", ["-u", "-d", "\(days) days ago", "+%Y-%m-%dT%H:%M:%SZ"]).output.dropLast()
                #expect(try ProgramRun.run("sed", ["-i", "s/^Expires: .*/Expires: \(ended)/", file]).exitCode == 0)
                #expect(try scene.trustctl("admit").exitCode == 0)
                #expect(File.exists(file) == isKept, "\(days)")
                #expect(try scene.warnings(of: second).contains { $0.contains("has admitted another certificate") } == isKept)
            }
            try daemon.stop()
        }
    }

    @Test("a join goes on when nobody listens at the relay for a moment, as while it lets somebody in") func reload() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let code = try scene.invite()
            try scene.folder.write("code", code + "\n")
            let screen = try TerminalScreen(
                [
                    BuiltPrograms.trustctl, "client", "join", scene.relayName, "--code-file", scene.folder("code"), "--dir",
                    scene.folder("laptop"), "--name", "laptop.example", "--config", scene.operator.settings,
                ], in: scene.folder)
            try screen.waitFor("not let in yet; asking again in ")
            try waitUntil("it is pending") { try scene.operator.entries().count == 1 }
            try scene.exim.stop()
            try screen.waitFor("the relay does not answer just now; asking again in 2 seconds")
            #expect(try scene.trustctl("admit").exitCode == 0)
            try scene.exim.start()
            #expect(try screen.waitForEnd() == 0, "\(screen.text)")
            #expect(screen.text.contains("trusted both ways"), "\(screen.text)")
            try daemon.stop()
        }
    }

    @Test("^C and a closed terminal cancel, others work meanwhile, and nothing is left", arguments: [SIGINT, SIGHUP])
    func cancelled(signal: Int32) throws {
        try RelayScene.run { scene in
            let (invite, code) = try scene.startInviting()
            // It holds no lock.
            let alice = try scene.makeClient("alice")
            #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--yes", "--wait", "0").exitCode == 0)
            invite.send(signal)
            let ended = try invite.wait()
            #expect(ended.exitCode == 130 && ended.errors.contains("cancelled"), "\(ended)")
            #expect(scene.invitationFiles.isEmpty)
            let history = try scene.trustctl("history")
            #expect(history.output.contains("invite by") && history.output.contains("cancel by"), "\(history)")
            #expect(try scene.startJoining("laptop", code, ["--wait", "1s"]).wait().exitCode == 10)
            #expect(try scene.trustctl("admit").output.isEmpty && scene.trusted == ["\(alice.fingerprint)"])
        }
    }

    @Test("--cancel ends one that waits, and refuses an unknown name and one that is used")
    func cancel() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let (invite, _) = try scene.startInviting("--label", "laptop")
            let name = try #require(scene.invitationFiles.first)
            let listed = try scene.trustctl("invite", "--list")
            #expect(listed.output.hasPrefix("\(name)  laptop, open until "), "\(listed)")
            #expect(try scene.trustctl("invite", "--label", "laptop", "--detach").exitCode == 64)
            #expect(try scene.trustctl("invite", "--cancel", name.lowercased()).output == "done: cancel \(name)\n")
            #expect(try invite.wait().exitCode == 66)
            #expect(try scene.trustctl("invite", "--cancel", name).exitCode == 66)
            let code = try scene.invite()
            _ = try scene.knock("one", code)
            #expect(try scene.trustctl("admit").exitCode == 0)
            let used = try #require(scene.invitationFiles.first).prefix(16)
            #expect(try scene.trustctl("invite", "--cancel", String(used)).exitCode == 65)
            try daemon.stop()
        }
    }

    @Test("rules without certificates, a taken label, a long time and who is not root are refused")
    func refused() throws {
        var configuration = EximConfiguration()
        configuration.rules = .published
        try RelayScene.run(configuration) { scene in
            let invited = try scene.trustctl("invite")
            #expect(invited.exitCode == 78 && invited.errors.contains("do not log the certificate"), "\(invited)")
            #expect(invited.output.isEmpty && !File.exists(scene.folder("ledger/invitations")))
        }
        try RelayScene.run { scene in
            let alice = try scene.makeClient("alice")
            try scene.approve(alice, label: "alice")
            #expect(try scene.trustctl("invite", "--label", "alice", "--detach").exitCode == 64)
            #expect(try scene.trustctl("invite", "--ttl", "8d", "--detach").exitCode == 64)
            #expect(try scene.trustctl("invite", "--relay", "127.0.0.1:1", "--detach").exitCode == 78)
            let user = try ProgramRun.run(
                "setpriv",
                ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", BuiltPrograms.trustctl, "invite", "--config"]
                    + [scene.operator.settings])
            #expect(user.exitCode == 77 || TrustDaemon.privilegeObstacle != nil, "\(user)")
        }
    }

    @Test("a slip in the code, another certificate there, and no terminal are refused at once")
    func slips() throws {
        try RelayScene.run { scene in
            let code = try scene.invite()
            let slip = (code.hasPrefix("7") ? "8" : "7") + code.dropFirst()
            for (typed, options) in [(slip, []), ("", []), (String(code.dropLast()), [])] as [(String, [String])] {
                let joined = try scene.startJoining("laptop", typed, options).wait()
                #expect(joined.exitCode == 64 && joined.errors.contains("mistyped"), "\(joined)")
                #expect(!joined.text.contains(typed.prefix(12)) || typed.isEmpty)
            }
            #expect(!File.exists(scene.folder("laptop")))
            let mute = try ProgramRun.run(BuiltPrograms.trustctl, ["client", "join", scene.relayName, "--dir", scene.folder("laptop")])
            #expect(mute.exitCode == 64 && mute.errors.contains("--code-file"), "\(mute)")
            try ProgramRun.run(BuiltPrograms.trustctl, ["client", "new", "--dir", scene.folder("old")])
            #expect(try scene.startJoining("old", code, ["--wait", "1s"]).wait().exitCode == 65)
            let typed = try ProgramRun.run(
                BuiltPrograms.trustctl, ["client", "join", code, scene.relayName, "--dir", scene.folder("typed"), "--wait", "1s"])
            #expect(typed.exitCode == 10 && typed.errors.contains("shell's history"), "\(typed)")
        }
    }

    @Test("client new --invite makes what join would, and a later join goes on with it")
    func half() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let (invite, code) = try scene.startInviting()
            let made = try ProgramRun.run(
                BuiltPrograms.trustctl, ["client", "new", "--invite", "-", "--dir", scene.folder("laptop")], input: code + "\n")
            #expect(made.exitCode == 0 && made.output.contains("trustd-invitation:1:"), "\(made)")
            let before = try File.read(scene.folder("laptop/client.pem"))
            let joined = try scene.join("laptop", code)
            #expect(joined.exitCode == 0, "\(joined)")
            #expect(try File.read(scene.folder("laptop/client.pem")) == before && invite.wait().exitCode == 0)
            try daemon.stop()
        }
    }

    @Test("join asks for the code without echo, and the code is never in JSON")
    func prompt() throws {
        try RelayScene.run { scene in
            let detached = try scene.trustctl("invite", "--detach", "--json")
            let code = try #require(detached.errors.split(separator: "\n").first.map(String.init))
            #expect(detached.exitCode == 0 && detached.output.contains("\"outcome\" : \"open\""), "\(detached)")
            #expect(code.count == 45 && !detached.output.contains(code) && !detached.output.contains(code.replacing("-", with: "")))
            let terminal = try ProgramRun.run(
                "python3",
                [
                    "-c",
                    """
                    import os, pty, sys
                    pid, master = pty.fork()
                    if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
                    shown, typed = b"", False
                    while True:
                        try: data = os.read(master, 65536)
                        except OSError: break
                        if not data: break
                        shown += data
                        if b"not shown" in shown and not typed:
                            typed = True
                            os.write(master, sys.argv[1].lower().encode() + bytes([120, 127, 13]))
                    print(shown.decode())
                    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
                    """, code, BuiltPrograms.trustctl, "client", "join", scene.relayName, "--dir", scene.folder("laptop"), "--wait", "1s",
                ])
            #expect(terminal.exitCode == 10 && terminal.output.contains("waiting for approval"), "\(terminal)")
            #expect(!terminal.output.lowercased().contains(code.prefix(11).lowercased()))
        }
    }

    @Test("the doctor finds an open folder of invitations and what is none, and its remedies mend it")
    func doctor() throws {
        try RelayScene.run { scene in
            _ = try scene.invite()
            let others = Set(try scene.findings().map(\.id))
            #expect(!others.contains { $0.hasPrefix("invitation") }, "\(others)")
            let folder = scene.folder("ledger/invitations")
            try ProgramRun.run("sh", ["-c", "chmod 755 \(folder); chmod 644 \(folder)/*; echo x >\(folder)/0123456789ABCDEF"])
            let found = try scene.findings().filter { $0.problem.contains(folder) }
            #expect(found.map(\.id).sorted() == ["invitation-unreadable", "owner-or-mode", "owner-or-mode"], "\(found)")
            for finding in found where finding.id == "owner-or-mode" { try scene.apply(finding) }
            try ProgramRun.run("rm", ["\(folder)/0123456789ABCDEF"])
            #expect(try Set(scene.findings().map(\.id)) == others)
        }
    }
}
