import Testing
import TrustTestSupport

/// What `trustctl setup` prints where it leaves the edit to the operator, followed to the letter.
@Suite("Setup's instructions for a configuration that it does not change")
struct SetupInstructionsTests {
    /// A new client is refused and queued, and relays when it is approved; nobody relays without a certificate.
    private func enrol(in scene: RelayScene) throws {
        let daemon = try scene.startDaemon()
        let alice = try ClientCertificate("clients/alice", in: scene.folder)
        #expect(try scene.reply(to: alice) == 550)
        try scene.operator.waitUntilPending(alice)
        try scene.approve(alice)
        #expect(try scene.reply(to: alice) == 250)
        #expect(try scene.reply(to: nil) == 550)
        try daemon.stop()
    }

    @Test(
        "an ACL that is not understood stays as it is, and the printed instructions work",
        arguments: ["fingerprint", "directory", "ca"])
    func byHand(trust: String) throws {
        try SetupOneFileTests.run({ scene in
            EximConfiguration().text(in: scene.folder, port: scene.exim.port)
                .replacing("\n.include \(scene.folder("etc/exim/one-file/main_fingerprints"))", with: "")
                .replacing("\n.include \(scene.folder("etc/exim/one-file/acl_fingerprints"))", with: "\n  # here")
                .replacing("require message = relay not permitted", with: "deny    message = relay not permitted")
                .replacing("        domains = +local", with: "       !domains = +local")
        }) { scene in
            let before = try scene.folder.read("exim.conf")
            let authority = try CertificateAuthority("clients/ca", in: scene.folder)
            let way = ["setup", "--trust", trust, "--yes"] + (trust == "ca" ? ["--ca", authority.certificate] : [])
            let refused = try scene.operator.start(way).wait()
            #expect(refused.exitCode == 78, "\(refused)")
            #expect(try scene.folder.read("exim.conf") == before)
            let document = try scene.operator.start(way + ["--json"]).wait()
            #expect(document.exitCode == 78 && document.output.contains("\"outcome\" : \"by-hand\""), "\(document)")
            #expect(File.names(in: scene.folder("ledger")) == ["denied", "ledger", "lock"])

            let text = try SetupInstructions(refused, count: 2)
            try text.type()
            try scene.folder.write(
                "exim.conf", before.replacing("begin acl", with: text.texts[0] + "\nbegin acl").replacing("  # here", with: text.texts[1]))
            #expect(try scene.exim.check().exitCode == 0)
            let setup = try scene.operator.start(way).wait()
            #expect(setup.exitCode == 78, "the list is in exim.conf, and trustd.conf says elsewhere: \(setup)")
            try scene.writeSettings("list = \(scene.folder("exim.conf"))\n")
            let adopted = try scene.operator.start(way).wait()
            #expect(adopted.exitCode == 0, "\(adopted)")
            try scene.exim.reload()

            try enrol(in: scene)
            if trust == "ca" {
                #expect(try scene.reply(to: authority.issue("clients/issued")) == 250)
                let found = try scene.findings().map(\.id).filter { $0.hasPrefix("ca-") || $0.contains("revoked") || $0.contains("issued") }
                #expect(found.isEmpty)
            }
        }
    }

    @Test(
        "the instructions name only domain lists that Exim has; a second look quotes Exim",
        arguments: [["local_domains", "relay_domains"], ["local_domains"], []])
    func otherLists(lists: [String]) throws {
        try SetupOneFileTests.run({ scene in
            let accept =
                lists.isEmpty ? "accept domains = relay.example" : "accept domains = " + lists.map { "+\($0)" }.joined(separator: " : ")
            return EximConfiguration().text(in: scene.folder, port: scene.exim.port)
                .replacing("\n.include \(scene.folder("etc/exim/one-file/main_fingerprints"))", with: "")
                .replacing("\n.include \(scene.folder("etc/exim/one-file/acl_fingerprints"))", with: "\n  # here")
                .replacing(
                    "domainlist local_domains = relay.example\n", with: lists.isEmpty ? "" : "domainlist local_domains = relay.example\n"
                )
                .replacing("domainlist relay_to_domains =", with: lists.count == 2 ? "domainlist relay_domains = other.example" : "")
                .replacing(
                    "require message = relay not permitted\n          domains = +local_domains : +relay_to_domains\n  accept",
                    with: "\(accept)\n  deny message = relay not permitted"
                ).replacing("domains = +local_domains\n", with: "domains = relay.example\n")
        }) { scene in
            let before = try scene.folder.read("exim.conf")
            let refused = try scene.trustctl("setup", "--trust", "fingerprint", "--yes")
            #expect(refused.exitCode == 78, "\(refused)")
            let text = try SetupInstructions(refused, count: 2)
            try scene.writeSettings("list = \(scene.folder("exim.conf"))\n")
            try text.type()
            func write(_ acl: String) throws {
                try scene.folder.write(
                    "exim.conf", before.replacing("begin acl", with: text.texts[0] + "\nbegin acl").replacing("  # here", with: acl))
                try scene.exim.reload()
            }

            // As somebody writes who takes the lists of Exim's default configuration.
            let domains = try #require(text.texts[1].split(separator: "\n").first { $0.contains(" domains ") })
            try write(text.texts[1].replacing(domains, with: "        domains = !+local_domains : !+relay_to_domains"))
            let second = try scene.trustctl("setup", "--trust", "fingerprint", "--yes")
            #expect(second.exitCode == 78 && second.errors.contains("unknown named domain list"), "\(second)")
            #expect(!second.output.contains("TRUSTD_TRUST"))
            #expect(try SetupInstructions(second, count: 1).texts == [text.texts[1]], "\(second)")

            try write(text.texts[1])
            let adopted = try scene.trustctl("setup", "--trust", "fingerprint", "--yes")
            #expect(adopted.exitCode == 0, "\(adopted)")
            try enrol(in: scene)
        }
    }

    @Test("where Exim verifies against a file of authorities, setup names the line to replace and why")
    func bundle() throws {
        try SetupOneFileTests.run({ scene in
            EximConfiguration().text(in: scene.folder, port: scene.exim.port)
                .replacing(
                    ".include \(scene.folder("etc/exim/one-file/main_fingerprints"))",
                    with: "tls_verify_certificates = /etc/ssl/certs/ca-certificates.crt"
                ).replacing(".include \(scene.folder("etc/exim/one-file/acl_fingerprints"))", with: "")
        }) { scene in
            let before = try scene.folder.read("exim.conf")
            let refused = try scene.trustctl("setup", "--trust", "directory", "--yes")
            #expect(refused.exitCode == 78, "\(refused)")
            let number =
                try #require(before.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.hasPrefix("tls_verify") }) + 1
            #expect(
                refused.errors.contains(
                    "\(scene.folder("exim.conf")):\(number) says tls_verify_certificates = /etc/ssl/certs/ca-certificates.crt"))
            let text = try SetupInstructions(refused, count: 1)
            try text.type()
            try scene.folder.write(
                "exim.conf", before.replacing("tls_verify_certificates = /etc/ssl/certs/ca-certificates.crt\n", with: text.texts[0]))
            let setup = try scene.trustctl("setup", "--trust", "directory", "--yes")
            #expect(setup.exitCode == 0, "\(setup)")
            try enrol(in: scene)
        }
    }
}
