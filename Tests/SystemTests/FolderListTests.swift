import Glibc
import Testing
import TrustTestSupport

/// A list in folder form: Exim looks for an empty file of the client's fingerprint, at each recipient.
@Suite("The list in a folder")
struct FolderListTests {
    /// A relay whose list is in a folder, in which `alice` is approved.
    static func run(
        _ configuration: EximConfiguration = EximConfiguration(), settings: String = "",
        _ body: (RelayScene, ClientCertificate) throws -> Void
    ) throws {
        try RelayScene.run(configuration, settings: settings) { scene in
            let alice = try scene.makeClient("alice")
            let converted = try scene.trustctl("setup", "--list", "folder", "--yes")
            #expect(converted.exitCode == 0, "\(converted)")
            try scene.approve(alice, label: "alice's laptop")
            try body(scene, alice)
        }
    }

    private func starts(_ scene: RelayScene) -> Int {
        scene.exim.logText.split(separator: "\n").count { $0.contains("daemon started: pid=") }
    }

    private func text(_ scene: RelayScene) -> String {
        "# The certificates that may relay are the names in the folder \(scene.folder("etc/approved")). No reload is needed.\n"
            + "RELAY_FROM_CERTS = ${lookup{${sha256:$tls_in_peercert}}dsearch,cache=no_rd{\(scene.folder("etc/approved"))}}\n"
    }

    @Test("approve and revoke count at the next recipient of an open session, without a reload")
    func atOnce() throws {
        try Self.run { scene, alice in
            #expect(scene.listText.hasSuffix(text(scene)))
            let (before, list, panic) = ((starts(scene), scene.exim.pid), scene.listText, scene.exim.panicText)
            #expect(File.names(in: scene.folder("etc/approved")) == ["\(alice.fingerprint)"])
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.reply(to: nil) == 550)
            let session = try HeldSession(port: scene.exim.port, from: "127.0.0.2", showing: alice)
            try session.answers("250 OK", to: "MAIL FROM:<>")
            try session.answers("250 Accepted", to: "RCPT TO:<a@remote.example>")
            let revoked = try scene.trustctl("revoke", "alice's laptop", "--yes")
            #expect(revoked.exitCode == 0 && revoked.output.contains("done: revoke \(alice.fingerprint)"), "\(revoked)")
            #expect(!revoked.errors.contains("old list"), "\(revoked)")
            try session.answers("550 ", to: "RCPT TO:<b@remote.example>")
            let again = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(again.exitCode == 0, "\(again)")
            try session.answers("250 Accepted", to: "RCPT TO:<c@remote.example>")
            let undone = try scene.trustctl("undo", "\(try scene.ledgerLines.count)", "--yes")
            #expect(undone.exitCode == 0, "\(undone)")
            try session.answers("550 ", to: "RCPT TO:<d@remote.example>")
            #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--yes").exitCode == 0)
            let denied = try scene.trustctl("deny", "\(alice.fingerprint)", "--yes")
            #expect(denied.exitCode == 0 && File.names(in: scene.folder("etc/approved")).isEmpty, "\(denied)")
            try session.answers("550 ", to: "RCPT TO:<e@remote.example>")
            #expect((starts(scene), scene.exim.pid) == before)
            #expect(scene.listText == list && scene.exim.panicText == panic)
        }
    }

    @Test("list, show and status know the label and the count, and repeated commands change nothing")
    func looking() throws {
        try Self.run { scene, alice in
            let entry = try #require(try scene.operator.entries("approved").first)
            #expect(entry.fingerprint == "\(alice.fingerprint)" && entry.label == "alice's laptop")
            #expect(try scene.trustctl("show", "alice's laptop").exitCode == 0)
            let daemon = try scene.startDaemon()
            try waitUntil("trustd has reported") { try scene.trustctl("status").exitCode == 0 }
            #expect(try scene.trustctl("status").output.contains("list: folder, 1 approved"))
            let repeated = try scene.trustctl("approve", "\(alice.fingerprint)", "--yes")
            #expect(repeated.exitCode == 0 && repeated.errors.contains("already approved"), "\(repeated)")
            let named = try scene.trustctl("approve", "\(alice.fingerprint)", "--label", "alice", "--yes")
            #expect(named.exitCode == 0, "\(named)")
            #expect(try scene.operator.entries("approved").first?.label == "alice")
            let dry = try scene.trustctl("revoke", "alice", "--dry-run")
            #expect(dry.exitCode == 0 && dry.errors.contains("would remove \(alice.fingerprint)"), "\(dry)")
            #expect(try scene.trustctl("setup", "--list", "folder", "--yes").errors.contains("already"))
            #expect(try scene.trustctl("setup", "--yes").errors.contains("already"))
            try daemon.stop()
        }
    }

    @Test("with trust by directory approve reloads Exim, and revoke does not need to", arguments: [true, false])
    func directory(isPublished: Bool) throws {
        var configuration = EximConfiguration()
        configuration.rules = isPublished ? .published : .certificates
        try Self.run(configuration) { scene, alice in
            #expect(try scene.reply(to: alice) == 250)
            let bob = try ClientCertificate("clients/bob", in: scene.folder)
            let before = starts(scene)
            let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--certificate", bob.certificate, "--yes")
            #expect(approved.exitCode == 0 && starts(scene) == before + 1, "\(approved)")
            #expect(try scene.reply(to: bob) == 250)
            let revoked = try scene.trustctl("revoke", "\(bob.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0 && starts(scene) == before + 1, "\(revoked)")
            #expect(try scene.reply(to: bob) == 550)
            #expect(!File.exists(scene.folder("etc/certs/\(bob.fingerprint).pem")))
        }
    }

    @Test("an approval that Exim's user cannot read is undone; a revoke stays, and is finished when Exim can look")
    func unreadable() throws {
        try Self.run { scene, alice in
            let bob = try scene.makeClient("bob")
            chmod(scene.folder("etc/approved"), 0o700)
            let approved = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(approved.exitCode == 65 && approved.errors.contains("undone"), "\(approved)")
            #expect(File.names(in: scene.folder("etc/approved")) == ["\(alice.fingerprint)"])
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(revoked.exitCode == 70 && revoked.errors.contains("stuck: the change is live"), "\(revoked)")
            #expect(!revoked.output.contains("done: ") && File.names(in: scene.folder("etc/approved")).isEmpty, "\(revoked)")
            #expect(try scene.reply(to: alice) == 451)
            let doctor = try scene.findings()
            #expect(doctor.contains { $0.id == "folder-unreadable" && $0.severity == "error" }, "\(doctor)")
            chmod(scene.folder("etc/approved"), 0o755)
            let next = try scene.trustctl("list", "--state", "revoked")
            #expect(next.exitCode == 0 && next.output.contains("alice"), "\(next)")
            #expect(try !File.exists(scene.folder("ledger/journal")) && scene.ledgerLines.last?.contains("revoke") ?? false)
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test(
        "a folder that is missing, somebody else's, a link or writable refuses every command but doctor",
        arguments: [
            "rmdir etc/approved", "chown daemon etc/approved", "chmod 0777 etc/approved", "mv etc/approved etc/x; ln -s x etc/approved",
            "rm -r etc/approved; touch etc/approved",
        ])
    func unsound(_ how: String) throws {
        try Self.run { scene, alice in
            let command = how.hasPrefix("rmdir") ? "rm etc/approved/*; \(how)" : how
            try ProgramRun.run("sh", ["-c", "cd '\(scene.folder.path)' && \(command)"])
            for words in [
                ["list"], ["approve", String(repeating: "AB", count: 32), "--yes"], ["revoke", "\(alice.fingerprint)", "--yes"],
            ] {
                let outcome = try scene.operator.start(words).wait()
                #expect(outcome.exitCode == 78 && outcome.errors.contains("etc/approved"), "\(outcome)")
                if words[0] == "revoke" { #expect(outcome.errors.contains("STILL TRUSTED"), "\(outcome)") }
            }
            let doctor = try scene.findings()
            #expect(doctor.contains { $0.id == "folder-unsound" && $0.severity == "error" }, "\(doctor)")
            let code = try scene.reply(to: alice)
            #expect(how.contains("chown") || how.contains("0777") || how.contains("ln") ? code == 250 : code == 451)
        }
    }

    @Test(
        "what trustctl has not put into the folder is named, refuses changes, and is never followed",
        arguments: ["link", "folder", "stray", "poison"])
    func odd(_ kind: String) throws {
        try Self.run { scene, alice in
            let other = String(repeating: "CD", count: 32)
            let poison = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
            let place = scene.folder("etc/approved")
            let command =
                switch kind {
                case "link": "ln -s /etc/passwd \(place)/\(other)"
                case "folder": "mkdir \(place)/\(other)"
                case "stray": "touch \(place)/README"
                default: "touch \(place)/\(poison)"
                }
            try ProgramRun.run("sh", ["-c", command])
            let list = try scene.trustctl("list", "--state", "approved")
            #expect(list.exitCode == 0 && list.errors.contains("warning: "), "\(list)")
            #expect(list.output.contains(other) == ["link", "folder"].contains(kind) && !list.output.contains(poison), "\(list)")
            let refused = try scene.trustctl("approve", String(repeating: "AB", count: 32), "--yes")
            #expect(refused.exitCode == (kind == "poison" ? 65 : 78), "\(refused)")
            #expect(File.names(in: place).count == 2)
            // Whoever stole a key is revoked all the same; the name itself is looked at first.
            let revoked = try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0 && File.names(in: place).count == 1, "\(revoked)")
            if ["link", "folder"].contains(kind) {
                let itself = try scene.trustctl("revoke", other, "--yes")
                #expect(itself.exitCode == 78 && itself.errors.contains("rm -r \(place)/\(other)"), "\(itself)")
            }
            let doctor = try scene.findings()
            #expect(doctor.contains { $0.id == (kind == "poison" ? "digest-of-no-certificate" : "folder-holds-other") }, "\(doctor)")
            #expect(try scene.reply(to: nil) == 550)
            #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: false) == 550)
            #expect(try scene.reply(to: alice) == 550)
        }
    }

    @Test("a name more or less than the ledger says is found by doctor, and revoke takes it away")
    func byHand() throws {
        try Self.run { scene, alice in
            let doctor = try scene.findings()
            #expect(!doctor.contains { $0.severity == "error" && !["trustd-not-running", "no-user"].contains($0.id) }, "\(doctor)")
            let bob = try scene.makeClient("bob")
            try scene.folder.write("etc/approved/\(bob.fingerprint)", "")
            unlink(scene.folder("etc/approved/\(alice.fingerprint)"))
            let found = try scene.findings().filter { $0.id == "list-changed-by-hand" }
            #expect(found.count == 2, "\(found)")
            #expect(try scene.reply(to: bob) == 250)
            #expect(try scene.trustctl("revoke", "\(bob.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.reply(to: bob) == 550)
            #expect(try scene.trustctl("approve", "\(alice.fingerprint)", "--yes").exitCode == 0)
            try scene.folder.write("etc/approved/\(bob.fingerprint)", "")
            let back = try scene.findings()
            #expect(back.contains { $0.id == "revoked-in-list" && $0.severity == "error" }, "\(back)")
        }
    }

    @Test("the attack: a backup brings a revoked name back, with the folder's old times; every command says so", arguments: [true, false])
    func restored(isCopied: Bool) throws {
        try Self.run { scene, alice in
            let (place, backup) = (scene.folder("etc/approved"), scene.folder("backup"))
            try ProgramRun.run("cp", ["-a", place, backup])
            #expect(try scene.trustctl("revoke", "alice's laptop", "--yes").exitCode == 0)
            let bob = try scene.makeClient("bob")
            try scene.approve(bob, label: "bob")
            #expect(try scene.trustctl("list").errors.isEmpty)
            if isCopied {
                try ProgramRun.run(
                    "sh",
                    [
                        "-c",
                        "touch -r '\(place)' '\(backup)/now' && cp -a '\(backup)/\(alice.fingerprint)' '\(place)/'"
                            + " && touch -r '\(backup)/now' '\(place)'",
                    ])
            } else {
                try ProgramRun.run("sh", ["-c", "rm -r '\(place)' && mv '\(backup)' '\(place)'"])
            }
            for words in [["list"], ["show", "bob"], ["approve", String(repeating: "AB", count: 32), "--yes"]] {
                let outcome = try scene.operator.start(words).wait()
                #expect(outcome.errors.contains("\(alice.fingerprint) (alice's laptop) is STILL TRUSTED"), "\(outcome)")
            }
            #expect(try scene.trustctl("revoke", "alice's laptop", "--yes").exitCode == 0)
            #expect(try scene.reply(to: alice) == 550)
            #expect(try !scene.trustctl("list").errors.contains("STILL TRUSTED"))
        }
    }

    @Test("a name that somebody made by hand is found by its beginning, and one in the queue by its own") func beginnings() throws {
        try Self.run { scene, alice in
            // From here on the folder is as trustctl has left it, and names are looked up one by one.
            #expect(try scene.trustctl("show", String("\(alice.fingerprint)".prefix(16))).output.contains("alice's laptop"))
            #expect(File.exists(scene.folder("ledger/approved-mark")))
            let bob = try scene.makeClient("bob")
            try scene.folder.write("etc/approved/\(bob.fingerprint)", "")
            let shown = try scene.trustctl("show", String("\(bob.fingerprint)".prefix(20)))
            #expect(shown.exitCode == 0 && shown.output.contains("approved"), "\(shown)")
            #expect(try scene.trustctl("revoke", String("\(bob.fingerprint)".prefix(16)), "--yes").exitCode == 0)
            #expect(try scene.reply(to: bob) == 550)
            #expect(try scene.trustctl("approve", "\(bob.fingerprint)", "--label", "alice's laptop", "--yes").exitCode == 64)
        }
    }
}
