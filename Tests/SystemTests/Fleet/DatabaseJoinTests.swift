import Glibc
import Testing
import TrustTestSupport

@Suite("A host joins its fleet's database: key, request, certificate, TLS") struct DatabaseJoinTests {
    /// A PostgreSQL that lets nobody in without a certificate of `ca`, and a host that has not joined.
    private struct Scene {
        let folder: SceneFolder
        let papers: DatabasePapers
        let server: PrivatePostgres
        let host: SyncHost
        let genesis: String

        static func run(_ body: (Scene) throws -> Void) throws {
            let folder = try SceneFolder()
            defer { folder.remove() }
            let papers = try DatabasePapers(for: ["localhost"], in: folder)
            var server = try PrivatePostgres(
                port: try LoopbackPort.free(), settings: papers.settings, access: DatabasePapers.access, mapping: DatabasePapers.mapping,
                in: folder)
            defer { try? server.stop() }
            try server.must("CREATE DATABASE fleet")
            try SyncScene.sql(["--name", "example-mail"], on: server)
            _ = try ProgramRun.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "root@safe", "-f", folder("key")]).done()
            let made = try ProgramRun.run(
                BuiltPrograms.trustctl, ["fleet", "init", "example-mail", "--key", folder("key.pub"), "--output", folder("genesis.pack")]
            ).done()
            let genesis = made.genesis
            try body(Scene(folder: folder, papers: papers, server: server, host: try SyncHost("h1", in: folder), genesis: genesis))
        }

        var place: String { "host=localhost port=\(server.port) dbname=fleet" }

        func join(_ more: [String]) throws -> ProgramRun.Outcome {
            try host.operator.start(
                ["fleet", "join", folder("genesis.pack"), "--genesis", genesis, "--head", genesis, "--yes"] + more
            ).wait()
        }

        func read(_ file: String) throws -> String { try File.read(host("etc/fleet/\(file)")) }
    }

    @Test(
        "the certificate that openssl makes of the request lets trustsync in; twice is once",
        arguments: [(["--console", "h1"], "console_h1", "consoles"), (["--member", "h1"], "relay_h1", "relays")])
    func whole(name: [String], role: String, unit: String) throws {
        try Scene.run { scene in
            let first = try scene.join(name + ["--database", scene.place]).done()
            #expect(first.output.contains("  trustctl fleet sql \(name[0]) h1 | psql -d fleet\n"), "\(first)")
            for word in ["ca.pem: ", "client.pem: ", "  openssl x509 -req -in client.csr "] {
                #expect(first.output.contains(word), "\(first)")
            }
            let file = try File.read(scene.host("etc/fleet.conf"))
            #expect(file.contains("\ndatabase = \(scene.place) user=\(role)\n"), "\(file)")
            let asked = try ProgramRun.run(
                "openssl", ["req", "-in", scene.host("etc/fleet/client.csr"), "-noout", "-verify", "-subject", "-nameopt", "RFC2253"])
            #expect(asked.exitCode == 0 && asked.output == "subject=CN=h1,OU=\(unit),O=trust fleet\n", "\(asked)")
            var status = stat()
            #expect(stat(scene.host("etc/fleet/client.key"), &status) == 0 && status.st_mode & 0o777 == 0o640 && status.st_uid == 0)

            let (key, request) = (try scene.read("client.key"), try scene.read("client.csr"))
            let again = try scene.join(name + ["--database", scene.place]).done()
            #expect(again.output.contains("nothing to do") && again.output.contains("client.pem: "), "\(again)")
            #expect(try scene.read("client.key") == key && scene.read("client.csr") == request)

            try scene.papers.sign(scene.host("etc/fleet/client.csr"), as: scene.papers("h1.pem"))
            let last = try scene.join(
                name + ["--database-ca", scene.papers("ca.pem"), "--database-certificate", scene.papers("h1.pem")]
            ).done()
            #expect(
                !last.output.contains("missing") && last.errors.contains("trustsync is not started: trustsync.service is for "), "\(last)")
            #expect(try scene.read("client.key") == key && File.read(scene.host("etc/fleet.conf")) == file)

            // As the package's group may read them.
            for part in ["etc/fleet/client.key", "ledger/fleet/out/decisions"] { chown(scene.host(part), 0, Owner.daemon.gid) }
            let stranger = try scene.host.once()
            #expect(stranger.exitCode == 77, "\(stranger)")
            try SyncScene.sql([name[0], "h1"], on: scene.server)
            let carried = try scene.host.once()
            #expect(carried.exitCode == 0, "\(carried)")
            #expect(try scene.server.must("SELECT login FROM trust.signature", database: "fleet") == "\(role)\n")
        }
    }

    @Test("a settings string with anything else is refused (64), and nothing is made")
    func refused() throws {
        try Scene.run { scene in
            let console = ["--console", "h1"]
            for (words, said) in [
                (console + ["--database", scene.place + " password=secret"], "password cannot be set here"),
                (console + ["--database", scene.place + " sslmode=disable"], "sslmode cannot be set here"),
                (console + ["--database", scene.place + "\nkey=/root/x"], "dbname takes letters"),
                (console + ["--database", scene.place + " user=console_other"], "user=console_other is another host"),
                (["--member", "h1", "--database", scene.place + " user=console_h1"], "user=console_h1 is another host"),
                (["--member", "H1@x", "--database", scene.place], "cannot be a login's name"),
                (["--database", scene.place], "a console has a name of its own"),
                (console, "go with --database"),
                (["--member", "h1"] + console + ["--database", scene.place], "only one of --member and --console"),
            ] {
                let run = try scene.join(words)
                #expect(run.exitCode == 64 && run.errors.contains(said), "\(words) \(run)")
            }
            #expect(!File.exists(scene.host("etc/fleet.conf")) && !File.exists(scene.host("etc/fleet")))
        }
    }

    @Test("the attack: another host's certificate, another key's, a private key as the authority")
    func foreign() throws {
        try Scene.run { scene in
            let words = ["--console", "h1", "--database", scene.place]
            _ = try scene.join(words).done()
            let key = try scene.read("client.key")
            for (name, subject, said) in [
                ("other", "/O=trust fleet/OU=consoles/CN=h2", "and not CN=h1,OU=consoles,O=trust fleet's"),
                ("foreign", "/O=trust fleet/OU=consoles/CN=h1", "is not for "),
            ] {
                try DatabasePapers.openssl(
                    ["req"] + DatabasePapers.curve + [
                        "-subj", subject, "-keyout", scene.papers("\(name).key"), "-out", scene.papers("\(name).csr"),
                    ])
                try scene.papers.sign(scene.papers("\(name).csr"), as: scene.papers("\(name).pem"))
                let run = try scene.join(words + ["--database-certificate", scene.papers("\(name).pem")])
                #expect(run.exitCode == 65 && run.errors.contains(said), "\(run)")
            }
            let leaked = try scene.join(words + ["--database-ca", scene.papers("ca.key")])
            #expect(leaked.exitCode == 65 && leaked.errors.contains("or holds a private key"), "\(leaked)")
            #expect(!File.exists(scene.host("etc/fleet/client.pem")) && !File.exists(scene.host("etc/fleet/ca.pem")))
            #expect(try scene.read("client.key") == key)
        }
    }
}
