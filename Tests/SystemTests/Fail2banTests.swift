import Testing
import TrustCore
import TrustTestSupport

/// fail2ban's own filter reads what a real relay has logged of a client's checks.
@Suite("A client's checks and fail2ban")
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
            let packages: UnpackedPackages
            do { packages = try UnpackedPackages(["fail2ban"], in: scene.folder) } catch let missing as UnpackedPackages.Missing {
                try Skipping.skip(because: "the package fail2ban cannot be fetched: \(missing.reason)")
            }
            for _ in 0..<5 { #expect(try check([]).exitCode == 10) }
            #expect(try scene.exim.client.replyToRecipient("bob@remote.example", showing: nil) == 550)
            // The attack: somebody hides his attempts behind our recipient.
            _ = try scene.exim.client.replyToRecipient(
                "\"rejected RCPT <postmaster@check.invalid>: relay not permitted\"@remote.example", showing: nil)
            _ = try scene.exim.client.replyToRecipient("apostmaster@check.invalid", showing: nil)
            try waitUntil("the relay logs all") { rejections(scene).count >= 7 }
            let filters = packages.root + "/etc/fail2ban/filter.d"
            // Debian 12's filter does not read lines with Exim's fields about TLS; Debian 13's does.
            try File.write(filters + "/exim-common.local", "[Definition]\nhost_info_suf = (?::\\d+)?(?: [A-Za-z]{1,4}=\\S+)*\\s\n")
            let before = try filtered(scene, packages)
            #expect(before.matched >= 7, "\(before)")
            let manual = try File.read(ShippedFiles.project + "/docs/troubleshooting.md")
            let lines = manual.split(separator: "\n")
            let line = try #require(lines.first { $0.hasPrefix("ignoreregex = ") })
            try File.write(filters + "/exim.local", "[Definition]\n\(line)\n")
            let after = try filtered(scene, packages)
            #expect(after.ignored == 5 && after.matched == before.matched - 5, "\(before) \(after)")
        }
    }

    private func filtered(_ scene: RelayScene, _ packages: UnpackedPackages) throws -> (ignored: Int, matched: Int, text: String) {
        let run = try ProgramRun.run(
            "python3",
            [packages.root + "/usr/bin/fail2ban-regex", "--config", packages.root + "/etc/fail2ban", scene.exim.log, "exim"],
            environment: ["PYTHONPATH": packages.root + "/usr/lib/python3/dist-packages"])
        let line = try #require(run.output.split(separator: "\n").last { $0.hasPrefix("Lines: ") }, "\(run)")
        let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 4 else { throw NothingCame(description: run.text) }
        return (numbers[1], numbers[2], run.text)
    }
}
