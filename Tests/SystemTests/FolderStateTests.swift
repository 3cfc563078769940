import Glibc
import Testing
import TrustTestSupport

/// What becomes of mail while the folder of approved certificates is not as it should be, and while a list is converted.
@Suite("Mail while the list's folder is broken, full or new")
struct FolderStateTests {
    struct State: CustomStringConvertible, Sendable {
        let description: String
        /// In the folder above it.
        let command: String
        /// The reply to the approved client, for a recipient elsewhere; to a stranger with a certificate; and to both, for one here.
        let codes: (approved: Int, stranger: Int, local: Int)
    }

    private static let deferred = (approved: 451, stranger: 451, local: 451)

    @Test(
        "a broken folder defers who shows a certificate, refuses nobody for good, opens nothing",
        arguments: [
            State(description: "missing", command: "rm -r approved", codes: Self.deferred),
            State(description: "a file", command: "rm -r approved; touch approved", codes: Self.deferred),
            State(description: "0700", command: "chmod 0700 approved", codes: Self.deferred),
            State(description: "0744", command: "chmod 0744 approved", codes: Self.deferred),
            State(description: "0711", command: "chmod 0711 approved", codes: Self.deferred),
            State(description: "empty", command: "rm approved/*", codes: (550, 550, 250)),
            State(description: "as it was", command: "true", codes: (250, 550, 250)),
        ])
    func broken(state: State) throws {
        try FolderListTests.run { scene, alice in
            let stranger = try scene.makeClient("stranger")
            let local = "postmaster@relay.example"
            try ProgramRun.run("sh", ["-c", "cd '\(scene.folder("etc"))' && \(state.command)"])
            #expect(try scene.reply(to: alice) == state.codes.approved)
            #expect(try scene.reply(to: stranger) == state.codes.stranger)
            for client in [alice, stranger] { #expect(try scene.exim.client.replyToRecipient(local, showing: client) == state.codes.local) }
            // Who shows none never depends on it.
            for encrypted in [true, false] {
                #expect(try scene.exim.client.replyToRecipient(local, showing: nil, encrypted: encrypted) == 250)
                #expect(try scene.exim.client.replyToRecipient(showing: nil, encrypted: encrypted) == 550)
            }
            let errors = try scene.findings().filter { $0.severity == "error" && $0.id.hasPrefix("folder-") }
            #expect(errors.isEmpty == (state.codes.local == 250), "\(errors)")
        }
    }

    @Test("on a file system without a free inode approve is undone, and revoke makes the room")
    func full() throws {
        var options = DebianScene.Options()
        options.isBare = true
        try DebianScene.run(options) { scene in
            #expect(try scene.trustctl("setup", "--list", "folder", "--yes").exitCode == 0)
            // Inodes for the folder itself and one name.
            let mounted = try scene.command("mount", "-t", "tmpfs", "-o", "nr_inodes=2,mode=755", "none", scene.folder("etc/approved"))
            #expect(mounted.exitCode == 0, "\(mounted)")
            let (alice, bob) = (try scene.makeClient("alice"), try scene.makeClient("bob"))
            try scene.approve(alice, label: "alice")
            let refused = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(refused.exitCode != 0 && refused.errors.contains("No space left on device"), "\(refused)")
            #expect(!refused.output.contains("done: "), "\(refused)")
            #expect(try scene.reply(to: bob) == 550)
            #expect(try scene.reply(to: alice) == 250)
            let revoked = try scene.trustctl("revoke", "alice", "--yes")
            #expect(revoked.exitCode == 0 && revoked.output.contains("done: revoke"), "\(revoked)")
            #expect(try scene.reply(to: alice) == 550)
            let again = try scene.trustctl("approve", "\(bob.fingerprint)", "--yes")
            #expect(again.exitCode == 0, "\(again)")
            #expect(try scene.reply(to: bob) == 250)
            let verified = try scene.trustctl("history", "--verify")
            #expect(verified.exitCode == 0, "\(verified)")
        }
    }

    @Test("while a list is converted, the approved relay and a stranger does not, but during a HUP")
    func underMail() throws {
        try RelayScene.run { scene in
            try scene.approve(try scene.makeClient("alice"), label: "alice")
            _ = try scene.makeClient("stranger")
            // Sessions one after the other, until the conversions are done; a client whom nobody answers comes again.
            let mail = try ProgramRun(
                starting: "sh",
                [
                    "-c",
                    """
                    while [ ! -e '\(scene.folder("converted"))' ]; do
                        for client in alice stranger; do
                            swaks --server 127.0.0.1:\(scene.exim.port) --local-interface 127.0.0.2 --helo client.example --tls \
                                --tls-cert "$1/$client.pem" --tls-key "$1/$client.key" --from a@client.example \
                                --to bob@remote.example --quit-after RCPT --timeout 60 >"$2" 2>&1 || true
                            echo "$client $(grep -A1 'RCPT TO' "$2" | sed -n 's/^<[-~*]*  *\\([0-9]*\\).*/\\1/p')"
                        done
                    done
                    """, "sh", scene.folder("clients"), scene.folder("session"),
                ])
            func count(_ line: String) -> Int { mail.outputSoFar.split(separator: "\n").count { $0 == line } }
            try waitUntil("mail goes on") { count("alice 250") > 2 && count("stranger 550") > 2 }
            for form in ["folder", "macro", "folder", "macro"] {
                let converted = try scene.trustctl("setup", "--list", form, "--yes")
                #expect(converted.exitCode == 0, "\(converted)")
                let before = count("alice 250")
                try waitUntil("mail goes on") { count("alice 250") > before + 1 }
            }
            try scene.folder.write("converted", "")
            let said = try mail.wait().output.split(separator: "\n").map(String.init)
            // No code: nobody answered, or Exim ended the session when it started again.
            let answered = said.filter { !$0.hasSuffix(" ") }
            #expect(Set(answered) == ["alice 250", "stranger 550"], "\(said)")
            #expect(said.count - answered.count <= 8, "\(said)")
            // Exim as its own user says that of `-C`, which only tests use.
            let panic = scene.exim.panicText.split(separator: "\n").filter { !$0.contains("lost privilege for using -C option") }
            #expect(panic.isEmpty, "\(panic)")
        }
    }

    @Test("a session that is open when the list becomes a macro finds the folder until it ends")
    func openSession() throws {
        try FolderListTests.run { scene, alice in
            let session = try HeldSession(port: scene.exim.port, from: "127.0.0.2", showing: alice)
            try session.answers("250 OK", to: "MAIL FROM:<>")
            let conversion = try scene.operator.start(["setup", "--list", "macro", "--yes"])
            try waitUntil("Exim has read the macro, and trustctl waits: \(conversion.errorsSoFar)") {
                conversion.errorsSoFar.contains("waiting for sessions that look into the folder")
            }
            try session.answers("250 Accepted", to: "RCPT TO:<a@remote.example>")
            try session.answers("221 ", to: "QUIT")
            let converted = try conversion.wait()
            #expect(converted.exitCode == 0 && !File.exists(scene.folder("etc/approved")), "\(converted)")
            #expect(try scene.reply(to: alice) == 250)
        }
    }
}
