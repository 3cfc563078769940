import Testing
import TrustCore
import TrustTestSupport

/// fail2ban's own filter reads what a real relay has logged of a client's checks.
@Suite("A client's checks, a join, and fail2ban")
struct Fail2banTests {
    private func rejections(_ scene: RelayScene) -> [Substring] {
        scene.exim.logText.split(separator: "\n").filter { $0.contains("rejected RCPT") }
    }

    private func withClient(_ body: (RelayScene, _ client: ([String]) throws -> ProgramRun.Outcome) throws -> Void) throws {
        try RelayScene.run { scene in
            let relay = "127.0.0.1:\(scene.exim.port)"
            let server = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            func client(_ words: [String]) throws -> ProgramRun.Outcome {
                try ProgramRun.run(BuiltPrograms.trustctl, ["client"] + words + ["--dir", scene.folder("client")])
            }
            #expect(try client(["new", "--name", "alice"]).exitCode == 0)
            #expect(try client(["pin", relay, "--fingerprint", "\(server)"]).exitCode == 0)
            try body(scene) { try client(["check", relay] + $0) }
        }
    }

    private func approve(_ scene: RelayScene) throws {
        let own = try ClientCertificate.fingerprint(of: scene.folder("client/client.pem"))
        #expect(try scene.trustctl("approve", "\(own)", "--yes").exitCode == 0)
    }

    @Test("a trusted client's checks leave no line of a rejected recipient; --control leaves one, and tells what it found")
    func trusted() throws {
        try withClient { scene, check in
            try approve(scene)
            for _ in 0..<5 { #expect(try check([]).exitCode == 0) }
            #expect(try check(["--to", "bob@remote.example"]).exitCode == 0)
            #expect(rejections(scene).isEmpty, "\(rejections(scene))")
            let asked = try check(["--control"])
            #expect(asked.exitCode == 0 && !asked.errors.contains("without a certificate"), "\(asked)")
            try waitUntil("the relay logs it") { rejections(scene).count == 1 }
        }
    }

    @Test("the filter ignores the checks of a client that waits with the documented line, and nothing else")
    func documented() throws {
        try withClient { scene, check in
            let fail2ban = try unpack(in: scene)
            for _ in 0..<5 { #expect(try check([]).exitCode == 10) }
            #expect(try scene.exim.client.replyToRecipient("bob@remote.example", showing: nil) == 550)
            // The attack: somebody hides his attempts behind our recipient.
            _ = try scene.exim.client.replyToRecipient(
                "\"rejected RCPT <postmaster@check.invalid>: relay not permitted\"@remote.example", showing: nil)
            _ = try scene.exim.client.replyToRecipient("apostmaster@check.invalid", showing: nil)
            try waitUntil("the relay logs all") { rejections(scene).count >= 7 }
            let before = try fail2ban.filtered(scene.exim.log)
            #expect(before.matched >= 7, "\(before)")
            let manual = try File.read(ShippedFiles.project + "/docs/troubleshooting.md")
            let lines = manual.split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("ignoreregex = ") })
            try File.write(fail2ban.configuration + "/filter.d/exim.local", "[Definition]\n\(line)\n")
            let after = try fail2ban.filtered(scene.exim.log)
            #expect(after.ignored == 5 && after.matched == before.matched - 5, "\(before) \(after)")
        }
    }

    private static let filters = ["exim", "exim[mode=aggressive]"]

    /// Three tries; then it says what a person can do, and repeated it keeps its key.
    @Test("a join that waits stays below the ban, and a wrong code or a second join counts nothing")
    func join() throws {
        var configuration = EximConfiguration()
        // Not by the name server of this machine.
        configuration.before = "host_lookup = *\nhost_lookup_order = byaddr"
        try RelayScene.run(configuration) { scene in
            let fail2ban = try unpack(in: scene)
            let daemon = try scene.startDaemon()
            let code = try scene.invite()
            func counted() throws -> [Int] { try Self.filters.map { try fail2ban.filtered(scene.exim.log, by: $0).matched } }
            let wrong: [(code: String, exit: Int32)] = [
                ("00000-00000-00000-00000-00000-00000-00000-0FK", 11), (String(code.dropLast()), 64),
            ]
            for one in wrong { #expect(try scene.join("guesser", one.code).exitCode == one.exit) }
            #expect(try counted() == [0, 0])

            // Nobody admits it.
            let waits = try scene.join("laptop", code, "--wait", "9m")
            #expect(waits.exitCode == 10 && waits.output.contains("BEGIN CERTIFICATE"), "\(waits)")
            let own = try ClientCertificate.fingerprint(of: scene.folder("laptop/client.pem"))
            let jail = try ProgramRun.run("sed", ["-n", "s/^maxretry *= *//p;T;q", fail2ban.configuration + "/jail.conf"])
            #expect(jail.output == "5\n" && rejections(scene).count == 3, "\(jail)\(rejections(scene))")
            try waitUntil("the relay logs all") { try counted() == [3, 3] }

            let admitted = try scene.trustctl("admit")
            #expect(admitted.exitCode == 0 && admitted.output.contains("done: approve \(own)"), "\(admitted)")
            let again = try scene.join("laptop", code)
            #expect(again.exitCode == 0 && again.output.contains("\(own)"), "\(again)")
            #expect(try counted() == [3, 3])
            try daemon.stop()
        }
    }

    @Test("a join that is admitted while it waits counts once or twice")
    func admitted() throws {
        try RelayScene.run { scene in
            let fail2ban = try unpack(in: scene)
            let daemon = try scene.startDaemon()
            let (invite, code) = try scene.startInviting()
            let joined = try scene.join("laptop", code)
            #expect(joined.exitCode == 0, "\(joined)")
            #expect(try invite.wait().exitCode == 0)
            for filter in Self.filters {
                let found = try fail2ban.filtered(scene.exim.log, by: filter)
                #expect((1...2).contains(found.matched), "\(found)")
            }
            try daemon.stop()
        }
    }

    @Test("the aggressive mode counts each connection from an address without a name, trusted or not")
    func nameless() throws {
        try withClient { scene, _ in
            try approve(scene)
            let fail2ban = try unpack(in: scene)
            // An Exim that knows no names.
            let port = try LoopbackPort.free()
            let second = try scene.secondConfiguration(port: port) { "host_lookup = *\nhost_lookup_order = byaddr\n" + $0 }
            try scene.folder.write("hosts", "127.0.0.9 relay.example\n")
            try scene.folder.write("nsswitch.conf", "hosts: files\n")
            let mounts = ["hosts", "nsswitch.conf"].map { "mount --bind '\(scene.folder($0))' /etc/\($0)" }.joined(separator: " && ")
            try scene.startDaemon(
                ["unshare", "--mount", "sh", "-c", "\(mounts) && exec \(PrivateExim.binary) -C '\(second)' -bd"], port: port)
            let relay = "127.0.0.1:\(port)"
            func client(_ words: String...) throws -> Int32 {
                try ProgramRun.run(BuiltPrograms.trustctl, ["client"] + words + ["--dir", scene.folder("client")]).exitCode
            }
            let server = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            #expect(try client("pin", relay, "--fingerprint", "\(server)") == 0)
            let before = try Self.filters.map { try fail2ban.filtered(scene.exim.log, by: $0).matched }
            for _ in 0..<5 { #expect(try client("check", relay) == 0) }
            let after = try Self.filters.map { try fail2ban.filtered(scene.exim.log, by: $0).matched }
            #expect(after[0] == before[0] && after[1] >= before[1] + 5, "\(before) \(after)\n\(scene.exim.logText)")
        }
    }

    private func unpack(in scene: RelayScene) throws -> Fail2ban {
        do { return try Fail2ban(in: scene.folder) } catch let missing as UnpackedPackages.Missing {
            try Skipping.skip(because: "the package fail2ban cannot be fetched: \(missing.reason)")
        }
    }
}
