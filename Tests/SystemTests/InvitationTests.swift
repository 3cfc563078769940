import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("A client that was invited by a code, at a real relay")
struct InvitationTests {
    @Test("invite waits, join ends with trusted both ways, and only who has the code is let in")
    func wholeWay() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let (invite, code) = try scene.startInviting("--label", "laptop", "--reason", "Alice's new one")
            #expect(try scene.folder.read("ledger/invitations/\(scene.invitationFiles.first ?? "")").hasPrefix("Version: 1\nKey: "))
            let modes = try ProgramRun.run(
                "sh", ["-c", "stat -c %a \(scene.folder("ledger/invitations")) \(scene.folder("ledger/invitations"))/*"])
            #expect(modes.output == "700\n600\n", "\(modes)")
            // A stranger and a guesser come first.
            let stranger = try scene.refusedClient("stranger")
            let guess = try scene.startJoining("guesser", "00000-00000-00000-00000-00000-00000-00000-0FK").wait()
            #expect(guess.exitCode == 11, "\(guess)")

            let start = ContinuousClock.now
            let joined = try scene.join("laptop", code)
            print("from join to its end: \(ContinuousClock.now - start)")
            #expect(joined.exitCode == 0 && joined.output.hasPrefix("trusted both ways"), "\(joined)")
            let own = try ClientCertificate.fingerprint(of: scene.folder("laptop/client.pem"))
            #expect(joined.output.contains("\(own)"))
            let invited = try invite.wait()
            #expect(invited.exitCode == 0 && invited.errors.contains("done: approve \(own) (laptop)"), "\(invited)")
            #expect(invited.output == code + "\n")
            #expect(try scene.trusted == ["\(own)"])
            #expect(try scene.operator.state(of: stranger) == "pending")
            let entry = try #require(try scene.operator.entries("approved").first)
            #expect(entry.label == "laptop" && entry.reason == "Alice's new one" && entry.warnings == [], "\(entry)")
            let name = try #require(scene.invitationFiles.first)
            #expect(name.hasSuffix(".used") && scene.invitationFiles.count == 1)
            let history = try scene.trustctl("history")
            #expect(history.output.contains("invitation \(name.dropLast(5))"), "\(history)")
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            // The code is nowhere.
            let letters = code.replacing("-", with: "")
            for place in ["ledger", "state", "log", "laptop", "etc"] {
                let found = try ProgramRun.run("grep", ["-rlie", code, "-e", letters, scene.folder(place)])
                #expect(found.exitCode == 1, "\(found)")
            }
            try daemon.stop()
        }
    }

    @Test("the attack: in the middle with an own relay, without TLS, or passing all on, gains nothing")
    func middle() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let (invite, code) = try scene.startInviting("--label", "laptop")
            let mallory = try ClientCertificate("clients/mallory", in: scene.folder)
            for (name, tls, exit) in [("own", OtherServer.TLS.with(mallory, asks: true), 11), ("plain", .none, 14)] as [(String, _, Int32)]
            {
                let other = try OtherServer(name, tls, port: try LoopbackPort.free(), in: scene.folder)
                let joined = try scene.join("laptop", code, relay: "127.0.0.1:\(other.exim.port)")
                #expect(joined.exitCode == exit, "\(joined)")
                #expect(!File.exists(scene.folder("laptop/client.pem")) && !other.exim.logText.contains("laptop"))
                try other.exim.stop()
            }
            // He passes the bytes on: the relay sees the right key, and nobody else's.
            let port = try LoopbackPort.free()
            let passing = try ProgramRun(
                starting: "python3",
                [
                    "-c",
                    """
                    import socket, sys, threading
                    def pump(a, b):
                        try:
                            while data := a.recv(65536): b.sendall(data)
                        except OSError: pass
                        for s in (a, b):
                            try: s.shutdown(socket.SHUT_RDWR)
                            except OSError: pass
                    s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
                    while True:
                        a, _ = s.accept()
                        b = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
                        for x, y in ((a, b), (b, a)): threading.Thread(target=pump, args=(x, y), daemon=True).start()
                    """, "\(port)", "\(scene.exim.port)",
                ])
            defer { passing.send(SIGKILL) }
            try waitUntil("the one in the middle listens") { LoopbackPort.greets(port) }
            let joined = try scene.join("laptop", code, relay: "127.0.0.1:\(port)")
            #expect(joined.exitCode == 0, "\(joined)")
            #expect(try invite.wait().exitCode == 0)
            let own = try ClientCertificate.fingerprint(of: scene.folder("laptop/client.pem"))
            #expect(try scene.trusted == ["\(own)"])
            try daemon.stop()
        }
    }

    @Test("two with the code: neither is admitted, the invitation closes, both wait with a warning")
    func two() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let code = try scene.invite("--label", "laptop")
            let both = [try scene.knock("one", code), try scene.knock("two", code)]
            let admitted = try scene.trustctl("admit")
            #expect(admitted.exitCode == 0 && admitted.errors.contains("was seen by two"), "\(admitted)")
            #expect(try scene.trusted.isEmpty)
            #expect(scene.invitationFiles.map { $0.hasSuffix(".closed") } == [true])
            for fingerprint in both {
                #expect(try scene.warnings(of: fingerprint).contains { $0.contains("“laptop” was seen by two, and neither was admitted") })
            }
            let history = try scene.trustctl("history")
            #expect(history.output.contains("close by") && both.allSatisfy { history.output.contains("\($0)") }, "\(history)")
            #expect(try scene.trustctl("admit").output.isEmpty && scene.trusted.isEmpty)
            // A person finds out which is the right one.
            #expect(try scene.trustctl("approve", "\(both[1])", "--yes").exitCode == 0)
            #expect(try scene.join("two", code).exitCode == 0)
            try daemon.stop()
        }
    }

    @Test("used again: the second one waits, and the first one's card warns too")
    func twice() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let code = try scene.invite("--label", "laptop")
            let first = try scene.knock("one", code)
            #expect(try scene.trustctl("admit").exitCode == 0)
            #expect(try scene.trusted == ["\(first)"])
            let second = try scene.knock("two", code)
            #expect(try scene.trustctl("admit").output.isEmpty)
            #expect(try scene.trusted == ["\(first)"])
            #expect(try scene.warnings(of: second).contains { $0.contains("“laptop” has admitted another certificate") })
            #expect(try scene.warnings(of: first).contains { $0.contains("seen by two") && $0.contains("\(second)") })
            let listed = try scene.trustctl("list", "--state", "approved")
            #expect(listed.output.contains("seen by two"), "\(listed)")
            try daemon.stop()
        }
    }

    @Test("The attack: a copied proof, and one with a guessed code, stay in the queue and are counted")
    func replay() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let code = try scene.invite("--label", "laptop")
            _ = try scene.knock("one", code)
            let text = try ProgramRun.run("openssl", ["x509", "-in", scene.folder("one/client.pem"), "-noout", "-text"]).output
            let uri = try #require(text.firstMatch(of: /URI:(trustd-invitation:[^, \n]+)/)?.1)
            let thief = try ClientCertificate("clients/thief", saying: "subjectAltName=URI:\(uri)", in: scene.folder)
            #expect(try scene.reply(to: thief) == 550)
            try scene.operator.waitUntilPending(thief)
            let listed = try scene.trustctl("invite", "--list", "--json")
            #expect(listed.output.contains("\"wrong_proofs\" : 1"), "\(listed)")
            #expect(try scene.warnings(of: thief.fingerprint).contains { $0.contains("proof is wrong") })
            let admitted = try scene.trustctl("admit", "--json")
            #expect(admitted.exitCode == 0 && !admitted.output.contains("\(thief.fingerprint)"), "\(admitted)")
            #expect(try scene.trusted.count == 1 && scene.reply(to: thief) == 550)
            try daemon.stop()
        }
    }

    @Test("a certificate with a warning stays pending, and is shown as invited")
    func warned() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let code = try scene.invite("--label", "laptop")
            let own = try scene.knock("laptop", code, "--days", "10")
            let admitted = try scene.trustctl("admit")
            #expect(admitted.exitCode == 0 && admitted.errors.contains("expires in"), "\(admitted)")
            #expect(try scene.trusted.isEmpty && scene.warnings(of: own).contains("invited as “laptop”"))
            #expect(try scene.trustctl("show", "\(own)").output.contains("invited as “laptop”"))
            #expect(try scene.trustctl("approve", "\(own)", "--yes").exitCode == 0)
            // The attack: somebody else with the code comes when a person has let the first one in.
            #expect(scene.invitationFiles.map { $0.hasSuffix(".used") } == [true])
            let second = try scene.knock("second", code)
            #expect(try scene.trustctl("admit").output.isEmpty && scene.trusted == ["\(own)"])
            #expect(try scene.warnings(of: second).contains { $0.contains("has admitted another certificate") })
            try daemon.stop()
        }
    }

    @Test("a full queue keeps an invited client out, and its certificate can be approved by hand")
    func full() throws {
        try RelayScene.run(settings: "max_pending = 1\n") { scene in
            let daemon = try scene.startDaemon()
            _ = try scene.refusedClient("stranger")
            let code = try scene.invite()
            let joined = try scene.startJoining("laptop", code, ["--wait", "1s"]).wait()
            #expect(joined.exitCode == 10, "\(joined)")
            let start = try #require(joined.output.firstRange(of: "-----BEGIN"))
            try scene.folder.write("sent.pem", String(joined.output[start.lowerBound...]))
            #expect(try scene.trustctl("admit").output.isEmpty)
            let approved = try scene.trustctl("approve", "--certificate", scene.folder("sent.pem"), "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(scene.invitationFiles.map { $0.hasSuffix(".used") } == [true])
            #expect(try scene.join("laptop", code).exitCode == 0)
            try daemon.stop()
        }
    }

    @Test("who is invited is installed in a trust directory, and made a name in a list folder")
    func otherWays() throws {
        var configuration = EximConfiguration()
        configuration.rules = .certificates
        try RelayScene.run(configuration) { scene in
            let daemon = try scene.startDaemon()
            let (invite, code) = try scene.startInviting("--label", "laptop")
            let joined = try scene.join("laptop", code)
            #expect(joined.exitCode == 0, "\(joined)")
            #expect(try invite.wait().exitCode == 0)
            let own = try ClientCertificate.fingerprint(of: scene.folder("laptop/client.pem"))
            #expect(File.exists(scene.folder("etc/certs/\(own).pem")))
            try daemon.stop()
        }
        try RelayScene.run { scene in
            #expect(try scene.trustctl("setup", "--list", "folder", "--yes").exitCode == 0)
            let daemon = try scene.startDaemon()
            let (invite, code) = try scene.startInviting()
            let joined = try scene.join("laptop", code)
            #expect(joined.exitCode == 0, "\(joined)")
            #expect(try invite.wait().exitCode == 0)
            let own = try ClientCertificate.fingerprint(of: scene.folder("laptop/client.pem"))
            #expect(File.names(in: scene.folder("etc/approved")) == ["\(own)"])
            // What was admitted can be taken back, and the code stays used.
            let number = try #require(try scene.ledgerLines.last).split(separator: "\"number\":").last?.prefix { $0.isNumber } ?? ""
            #expect(try scene.trustctl("undo", String(number), "--yes").exitCode == 0)
            #expect(try scene.trustctl("admit").output.isEmpty && scene.trusted.isEmpty)
            try daemon.stop()
        }
    }
}
