import Glibc
import Testing
import TrustTestSupport

/// Faults in the trust list, in the ledger, and in what the running Exim has loaded.
@Suite("trustctl doctor: the list")
struct DoctorListTests {
    static let poison = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
    static let nothing = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
    static let word = "6B9F26466C6D021338352B7F97670E356F5FD4A0D47434CE9622BDFE4CC3E118"
    static let hash = String(repeating: "A1", count: 32)
    static let other = String(repeating: "B2", count: 32)
    private static let colons = Array(repeating: "a1", count: 32).joined(separator: ":")

    @Test(
        "the doctor finds list items that never match or must not be trusted, and mends them",
        arguments: [
            ("digest-of-no-certificate", poison, ""), ("digest-of-no-certificate", nothing.lowercased(), ""),
            ("digest-of-no-certificate", word, ""),
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

    @Test("the doctor finds a list that is not in effect, or redefined further on")
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

    @Test("the doctor reports a list that trustctl cannot rewrite, with the line")
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
        "the doctor finds an Exim that has not loaded a change of the list, and HUP mends it",
        arguments: [true, false])
    func notReloaded(isDebian: Bool) throws {
        func check(_ scene: some TrustScene) throws {
            try scene.waitUntilWell()
            let client = try scene.makeClient("alice")
            let name = "\(client.fingerprint)"
            for (list, problem, before, after) in [(name, "does not know \(name) yet", 550, 250), ("", "STILL TRUSTS \(name)", 250, 550)] {
                try File.write(scene.listOnDisk, "RELAY_FROM_CERTS = \(list)\n")
                let finding = try scene.finding("exim-not-reloaded")
                #expect(finding.problem.contains(problem))
                #expect(try scene.reply(to: client) == before)
                try scene.apply(finding)
                try scene.waitUntilWell()
                #expect(try scene.reply(to: client) == after)
            }
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

    @Test("the doctor finds a generated configuration older than its sources, and mends it")
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

    @Test("the doctor reports a hand edit of the list and does not overwrite it")
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
            // Two ways out: the hash is removed, or it stays and is recorded.
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
        "the doctor finds an interrupted change, and root's next command ends it",
        .skipped(by: Stepper.obstacle))
    func interrupted() throws {
        try RelayScene.well { scene in
            let alice = try scene.makeClient("alice")
            // The journal exists from before the first change until after the ledger's line.
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
