import Glibc
import Testing
import TrustTestSupport

/// What Exim has accepted from a client it delivers later, whoever is revoked meanwhile.
@Suite("The mail in Exim's queue that came with a revoked certificate")
struct WaitingMailTests {
    /// A relay that delivers nothing by itself, and two approved clients.
    private static func run(
        _ lines: String = "", asFolder: Bool = false,
        _ body: (RelayScene, _ alice: ClientCertificate, _ bob: ClientCertificate) throws -> Void
    ) throws {
        var configuration = EximConfiguration()
        configuration.before = "queue_only\n\(lines)"
        try RelayScene.run(configuration) { scene in
            if asFolder {
                let converted = try scene.trustctl("setup", "--list", "folder", "--yes")
                #expect(converted.exitCode == 0, "\(converted)")
            }
            let (alice, bob) = (try scene.makeClient("alice"), try scene.makeClient("bob"))
            try scene.approve(alice, label: "alice")
            try scene.approve(bob, label: "bob")
            try body(scene, alice, bob)
        }
    }

    private static func send(_ subjects: [String], _ client: ClientCertificate, _ scene: RelayScene) throws {
        for subject in subjects { #expect(try scene.exim.client.replyToMessage(subject, showing: client) == 250) }
    }

    /// The messages of the queue, and of one with a name, in the order of their arrival.
    private static func waiting(_ scene: RelayScene, queue: String? = nil, frozen: Bool) throws -> [String] {
        let listed = try queue.map { try scene.exim.ask("-qG\($0)", "-bp") } ?? scene.exim.ask("-bp")
        return listed.output.split(separator: "\n").filter { $0.contains(" <") && $0.contains("*** frozen ***") == frozen }
            .compactMap { $0.split(separator: " ").first { $0.contains("-") }.map(String.init) }
    }

    @Test("revoke counts it, --hold freezes it and nobody else's, and undo says how it goes on", arguments: [false, true])
    func held(asFolder: Bool) throws {
        try Self.run(asFolder ? "split_spool_directory" : "", asFolder: asFolder) { scene, alice, bob in
            try Self.send(["alice one", "alice two"], alice, scene)
            try Self.send(["bob one"], bob, scene)
            let dry = try scene.trustctl("revoke", "alice", "--dry-run")
            let count = "2 messages from the certificate wait in Exim's queue, and Exim will deliver them: --hold freezes them"
            #expect(dry.exitCode == 0 && dry.errors.contains(count), "\(dry)")
            #expect(try Self.waiting(scene, frozen: false).count == 3)

            let held = try scene.trustctl("revoke", "alice", "--hold", "--yes")
            let frozen = try Self.waiting(scene, frozen: true)
            #expect(frozen.count == 2)
            let words =
                "2 messages from the certificate are frozen in Exim's queue; exim -Mt lets them go: \(frozen.sorted().joined(separator: " "))"
            #expect(held.exitCode == 0 && held.errors.contains(words), "\(held)")
            try scene.exim.ask("-q")
            try scene.waitForMail("bob one")
            #expect(try Self.waiting(scene, frozen: true) == frozen && Self.waiting(scene, frozen: false).isEmpty)

            let number = try scene.ledgerLines.count
            let undone = try scene.trustctl("undo", "\(number)", "--yes")
            #expect(undone.exitCode == 0 && undone.errors.contains(words), "\(undone)")
            for id in frozen { try scene.exim.ask("-Mt", id) }
            try scene.exim.ask("-q")
            try scene.waitForMail("alice two")
        }
    }

    @Test("revoke --hold --disconnect --json does all of it at once, also in a queue with a name")
    func atOnce() throws {
        try Self.run("acl_smtp_mail = accept queue = later") { scene, alice, bob in
            try Self.send(["alice one"], alice, scene)
            try Self.send(["bob one"], bob, scene)
            let revoked = try scene.trustctl("revoke", "alice", "--hold", "--disconnect", "--yes", "--json")
            let frozen = try Self.waiting(scene, queue: "later", frozen: true)
            #expect(try frozen.count == 1 && Self.waiting(scene, queue: "later", frozen: false).count == 1)
            let words = "1 message from the certificate is frozen in Exim's queue; exim -Mt lets it go: \(frozen.first ?? "") (-qGlater)"
            #expect(revoked.exitCode == 0 && revoked.output.contains(words), "\(revoked)")
            let denied = try scene.trustctl("deny", "bob", "--yes")
            #expect(
                denied.exitCode == 0
                    && denied.errors.contains(
                        "1 message from the certificate waits in Exim's queue, and Exim will deliver it: trustctl revoke \(bob.fingerprint) --hold freezes it"
                    ), "\(denied)")
        }
    }

    @Test("where none waits, only --hold says so") func none() throws {
        try Self.run { scene, alice, bob in
            try Self.send(["bob one"], bob, scene)
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0 && !revoked.errors.contains("queue"), "\(revoked)")
            let held = try scene.trustctl("revoke", "\(alice.fingerprint)", "--hold", "--yes")
            #expect(held.exitCode == 0 && held.errors.contains("no message from the certificate waits in Exim's queue"), "\(held)")
        }
    }

    @Test("a message that Exim is delivering just now is not called frozen") func delivering() throws {
        try Self.run { scene, alice, _ in
            try Self.send(["alice one"], alice, scene)
            let id = try #require(try Self.waiting(scene, frozen: false).first)
            // As Exim does while it delivers (src/spool_in.c, `spool_open_datafile`).
            let file = open(scene.folder("spool/input/\(id)-D"), O_RDWR)
            defer { close(file) }
            var lock = flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
            #expect(fcntl(file, F_SETLK, &lock) == 0)
            let held = try scene.trustctl("revoke", "alice", "--hold", "--yes")
            #expect(held.exitCode == 0, "\(held)")
            #expect(
                held.errors.contains("1 message from the certificate could not be frozen, because Exim is delivering: \(id)"), "\(held)")
            #expect(!held.errors.contains("frozen in Exim's queue"), "\(held)")
        }
    }

    @Test("the attack: a client's words in an ACL variable look like what Exim keeps itself")
    func forgedLines() throws {
        try Self.run("acl_smtp_mail = accept set acl_c_words = x\\\\n-frozen 17\\\\n--tls_peercert none") { scene, alice, _ in
            try Self.send(["alice one"], alice, scene)
            let spooled = try #require(File.names(in: scene.folder("spool/input")).first { $0.hasSuffix("-H") })
            #expect(try File.read(scene.folder("spool/input/\(spooled)")).contains("\n-frozen 17\n"), "as the attack has it")
            let dry = try scene.trustctl("revoke", "alice", "--dry-run")
            #expect(dry.errors.contains("1 message from the certificate waits in Exim's queue"), "\(dry)")
        }
    }

    @Test("the attack: Exim's user puts a FIFO, a link and other files into its spool") func oddFiles() throws {
        try Self.run { scene, alice, _ in
            try Self.send(["alice one"], alice, scene)
            let input = scene.folder("spool/input")
            #expect(mkfifo("\(input)/1xXSE9-0000ts-2X-H", 0o666) == 0)
            #expect(symlink(scene.folder("etc/trustd.conf"), "\(input)/1xXSE9-0000tt-2X-H") == 0)
            try File.write("\(input)/1xXSE9-0000tu-2X-H", "")
            try File.write("\(input)/--help-H", "1xXSE9-0000tu-2X-H\n")
            #expect(symlink("/etc", scene.folder("spool/elsewhere")) == 0 && symlink("/etc", "\(input)/z") == 0)
            let held = try scene.trustctl("revoke", "alice", "--hold", "--yes")
            #expect(held.exitCode == 0, "\(held)")
            #expect(held.errors.contains("1 message from the certificate is frozen in Exim's queue"), "\(held)")
            #expect(held.errors.contains("cannot tell from whom 3 messages in Exim's queue came"), "\(held)")
        }
    }

    @Test("where Exim dies of the reload the revocation is undone, and what is frozen is named") func undone() throws {
        try Self.run { scene, alice, _ in
            // Once, as Exim's user, who runs it anew at a reload.
            let once = scene.folder("run/once")
            try scene.folder.write(
                "exim-again",
                "#!/bin/sh\ncase \" $* \" in *' -bd '*) [ -e '\(once)' ] || { : >'\(once)'; exit 1; } ;; esac\nexec \(PrivateExim.binary) \"$@\"\n",
                mode: 0o755)
            var configuration = scene.configuration
            configuration.eximPath = scene.folder("exim-again")
            try scene.writeConfiguration(configuration)
            try scene.exim.stop()
            try scene.exim.start()
            try Self.send(["alice one"], alice, scene)
            let held = try scene.trustctl("revoke", "alice", "--hold", "--yes")
            #expect(held.exitCode == 69 && held.errors.contains("\(alice.fingerprint) is STILL TRUSTED"), "\(held)")
            let frozen = try #require(try Self.waiting(scene, frozen: true).first)
            #expect(
                held.errors.contains("1 message from the certificate is frozen in Exim's queue; exim -Mt lets it go: \(frozen)"), "\(held)")
            let again = try scene.trustctl("revoke", "alice", "--hold", "--yes")
            #expect(again.exitCode == 0 && again.output.contains("done: revoke \(alice.fingerprint)"), "\(again)")
        }
    }

    @Test("a spool that cannot be read is no reason not to revoke") func noSpool() throws {
        try Self.run { scene, alice, _ in
            try Self.send(["alice one"], alice, scene)
            #expect(rename(scene.folder("spool/input"), scene.folder("spool/gone")) == 0)
            try File.write(scene.folder("spool/input"), "")
            let held = try scene.trustctl("revoke", "alice", "--hold", "--yes")
            #expect(held.exitCode == 0 && held.output.contains("done: revoke"), "\(held)")
            #expect(held.errors.contains("cannot tell how many messages from the certificate wait in Exim's queue: "), "\(held)")
            #expect(held.errors.contains("none was frozen"), "\(held)")
        }
    }
}
