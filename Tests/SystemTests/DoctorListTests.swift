import Glibc
import Testing
import TrustTestSupport

/// Faults in the trust list, in the books, and in what the running Exim knows of them.
@Suite("trustctl doctor: the list")
struct DoctorListTests {
    static let poison = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
    static let nothing = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
    static let hash = String(repeating: "A1", count: 32)
    static let other = String(repeating: "B2", count: 32)
    private static let colons = Array(repeating: "a1", count: 32).joined(separator: ":")

    @Test(
        "what never matches, and what nobody may be trusted by, is found whatever its spelling, and its own command mends it",
        arguments: [
            ("digest-of-no-certificate", poison, ""), ("digest-of-no-certificate", nothing.lowercased(), ""),
            ("digest-of-no-certificate", "\(other):\(poison):\(hash)", "\(other): :\(hash)"),
            ("never-matches", hash.lowercased(), hash), ("never-matches", colons, hash), ("never-matches", colons.uppercased(), hash),
            ("never-matches", "\(other) : \(colons) : \(hash)", "\(other) : \(hash) : \(hash)"),
            ("never-matches", "\(other) : \(hash.dropLast())", "\(other) :"), ("never-matches", "\(hash)00 : \(other)", ": \(other)"),
        ])
    func spelling(_ id: String, _ value: String, _ mended: String) throws {
        var configuration = EximConfiguration()
        configuration.list = id == "never-matches" ? .included : .inside
        configuration.hashes = value
        try RelayScene.well(configuration) { scene in
            let finding = try scene.finding(id)
            #expect(finding.severity == "error")
            try scene.apply(finding)
            try scene.waitUntilWell()
            let answer = try scene.exim.ask("-bP", "macro", "RELAY_FROM_CERTS").output
            #expect(answer.dropFirst("RELAY_FROM_CERTS=".count).filter { !$0.isWhitespace } == mended.filter { !$0.isWhitespace })
        }
    }

    @Test("a list that is not in effect, or overridden behind it, is found")
    func effect() throws {
        var configuration = EximConfiguration()
        configuration.after = "RELAY_FROM_CERTS == \(Self.hash)"
        try RelayScene.well(configuration) { scene in
            let finding = try scene.finding("list-overridden")
            #expect(finding.problem.contains("it trusts \(Self.hash), which is not in it"))
            try scene.edit("RELAY_FROM_CERTS == \(Self.hash)", "")
            #expect(try scene.findings().isEmpty)

            try scene.edit(
                scene.mainInclude,
                "tls_try_verify_hosts = *\ntls_verify_certificates = \(scene.folder("etc/certs"))")
            let absent = try scene.finding("list-not-in-effect")
            try scene.edit("tls_try_verify_hosts", "\(absent.quoted[0])\ntls_try_verify_hosts")
            #expect(try scene.findings().isEmpty)

            try scene.edit(".include \(scene.folder("etc/relay_from_certs"))", ".include_if_exists \(scene.folder("etc/relay_from_certs"))")
            unlink(scene.folder("etc/relay_from_certs"))
            let missing = try scene.finding("list-missing")
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS =\n")
            #expect(missing.quoted[0] == "echo 'RELAY_FROM_CERTS =' >\(scene.folder("etc/relay_from_certs"))")
            try scene.exim.reload()
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test("a list that trustctl cannot rewrite is a finding with the line")
    func notUnderstood() throws {
        try RelayScene.well { scene in
            let plain = try scene.folder.read("etc/relay_from_certs")
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS = ${if eq{a}{a}{\(Self.hash)}}\n")
            try scene.exim.reload()
            #expect(try scene.finding("list-not-understood").problem.contains("relay_from_certs:1:"))
            try scene.folder.write("etc/relay_from_certs", plain)
            try scene.exim.reload()
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test(
        "the running Exim that read an older list is found, in both directions, and the HUP that is proposed mends it",
        arguments: [true, false])
    func notReloaded(isDebian: Bool) throws {
        func check(_ scene: some TrustScene) throws {
            try scene.waitUntilWell()
            let client = try scene.makeClient("alice")
            try File.write(scene.listOnDisk, "RELAY_FROM_CERTS = \(client.fingerprint)\n")
            let lacks = try scene.finding("exim-not-reloaded")
            #expect(lacks.problem.contains("does not know \(client.fingerprint) yet"))
            #expect(try scene.reply(to: client) == 550)
            try scene.apply(lacks)
            try scene.waitUntilWell()
            #expect(try scene.reply(to: client) == 250)

            try File.write(scene.listOnDisk, "RELAY_FROM_CERTS =\n")
            let holds = try scene.finding("exim-not-reloaded")
            #expect(holds.problem.contains("STILL TRUSTS \(client.fingerprint)"))
            #expect(try scene.reply(to: client) == 250)
            try scene.apply(holds)
            try scene.waitUntilWell()
            #expect(try scene.reply(to: client) == 550)
        }
        if isDebian {
            try DebianScene.run { scene in
                let daemon = try scene.startDaemon()
                defer { try? daemon.stop() }
                try check(scene)
            }
        } else {
            try RelayScene.well { try check($0) }
        }
    }

    @Test("Debian's generated configuration that is older than its sources is found, and update-exim4.conf mends it")
    func notGenerated() throws {
        var options = DebianScene.Options()
        options.list = .inside
        try DebianScene.run(options) { scene in
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            #expect(try scene.findings().isEmpty)
            let text = try File.read(scene.listOnDisk)
            try File.write(scene.listOnDisk, text.replacing("RELAY_FROM_CERTS = ", with: "RELAY_FROM_CERTS = \(Self.hash)"))
            let finding = try scene.finding("list-overridden")
            #expect(finding.problem.contains("it does not trust \(Self.hash)"))
            try scene.apply(finding)
            try scene.waitUntilWell()
        }
    }

    @Test("what somebody else did to the list is named, and not overwritten")
    func byHand() throws {
        try RelayScene.well { scene in
            let alice = try scene.makeClient("alice")
            let bob = try scene.makeClient("bob")
            try scene.approve(alice)
            #expect(try scene.findings().isEmpty)
            let text = scene.listText
            try File.write(scene.listOnDisk, text.replacing("\(alice.fingerprint)", with: "\(alice.fingerprint) : \(bob.fingerprint)"))
            try scene.exim.reload()
            let added = try scene.finding("list-changed-by-hand")
            #expect(added.problem.contains("\(bob.fingerprint) is in the list, but no decision put it there"))
            #expect(scene.listText.contains("\(bob.fingerprint)"))
            // Two ways out: it goes, or it stays and is written down.
            #expect(try scene.trustctl("revoke", "\(bob.fingerprint)", "--yes").exitCode == 0)
            #expect(try scene.findings().isEmpty)

            try File.write(scene.listOnDisk, "RELAY_FROM_CERTS =\n")
            try scene.exim.reload()
            let removed = try scene.finding("list-changed-by-hand")
            #expect(removed.problem.contains("\(alice.fingerprint) was approved, and somebody removed it from the list"))
            let command = removed.quoted[0].split(separator: " ").dropFirst().map(String.init)
            #expect(try scene.operator.start(command + ["--yes"]).wait().exitCode == 0)
            #expect(try scene.findings().isEmpty)

            let ledger = try scene.folder.read("ledger/ledger")
            try File.write(scene.folder("ledger/ledger"), ledger.replacing("\"approve\"", with: "\"deny\""), mode: 0o640)
            #expect(try scene.finding("ledger-not-whole").severity == "warning")
            try File.write(scene.folder("ledger/ledger"), ledger, mode: 0o640)
            #expect(try scene.findings().isEmpty)
        }
    }

    @Test(
        "an interrupted change is found, and the next command of root ends it",
        .enabled(if: Stepper.isPermitted, "trustctl cannot be stopped in the middle here"))
    func interrupted() throws {
        try RelayScene.well { scene in
            let alice = try scene.makeClient("alice")
            // The journal is there from before the first change until after the ledger's line.
            let run = try scene.operator.step(
                .killBefore("fsync", path: scene.folder("ledger/ledger")), ["approve", "\(alice.fingerprint)", "--yes"], in: scene.folder)
            #expect(run.outcome.exitCode == 137 && File.exists(scene.folder("ledger/journal")), "\(run)")
            let finding = try scene.finding("change-interrupted")
            #expect(finding.quoted == ["trustctl list"])
            #expect(try scene.trustctl("list").exitCode == 0)
            #expect(try scene.findings().isEmpty)
        }
    }
}
