import Testing
import TrustCore
import TrustTestSupport

/// The real postconf and msmtp say what they would do, from configurations made with our texts.
@Suite("client check asks Postfix and msmtp")
struct ClientPostfixTests {
    private struct Scene {
        let relay: RelayScene
        let packages: UnpackedPackages
        var folder: SceneFolder { relay.folder }
        var name: String { "localhost:\(relay.exim.port)" }

        /// `trustctl client …` where the two programs are in /usr/local.
        func client(_ words: String...) throws -> ProgramRun.Outcome {
            let command = ([BuiltPrograms.trustctl, "client"] + words + ["--dir", folder("client")]).map { "'\($0)'" }.joined(
                separator: " ")
            return try ProgramRun.run(
                "unshare",
                [
                    "--mount", "--propagation", "private", "sh", "-c",
                    "mount --bind '\(folder("sbin"))' /usr/local/sbin && mount --bind '\(folder("bin"))' /usr/local/bin && exec \(command)",
                ], environment: ["HOME": folder("home")])
        }

        func postconf(_ words: String...) throws {
            let changed = try ProgramRun.run(folder("sbin/postconf"), words)
            guard changed.exitCode == 0 else { throw NothingCame(description: "\(changed)") }
        }

        func check() throws -> (exit: Int32, answer: CheckAnswer) {
            let read = try client("check", name, "--json")
            return (read.exitCode, try CheckAnswer(read.output))
        }
    }

    private func withPrograms(_ names: [String], _ body: (Scene) throws -> Void) throws {
        try RelayScene.run { relay in
            let packages: UnpackedPackages
            do { packages = try UnpackedPackages(names, in: relay.folder) } catch let missing as UnpackedPackages.Missing {
                try Skipping.skip(because: "the package \(names[0]) cannot be fetched: \(missing.reason)")
            }
            let scene = Scene(relay: relay, packages: packages)
            let folder = relay.folder
            for part in ["sbin", "bin", "home", "postfix"] { try folder.makeFolder(part) }
            let root = packages.root
            try folder.write(
                "sbin/postconf",
                "#!/bin/sh\nMAIL_CONFIG='\(folder("postfix"))' LD_LIBRARY_PATH='\(root)/usr/lib/postfix' exec '\(root)/usr/sbin/postconf' \"$@\"\n",
                mode: 0o755)
            try folder.write(
                "bin/msmtp",
                "#!/bin/sh\nLD_LIBRARY_PATH='\(root)/usr/lib/x86_64-linux-gnu' exec '\(root)/usr/bin/msmtp' \"$@\"\n", mode: 0o755)
            try folder.write("postfix/main.cf", "compatibility_level = 3.6\n")
            try folder.write("postfix/master.cf", "")
            let server = try ClientCertificate.fingerprint(of: folder("server.pem"))
            #expect(try scene.client("new", "--name", "alice").exitCode == 0)
            #expect(try scene.client("pin", scene.name, "--fingerprint", "\(server)").exitCode == 0)
            let own = try ClientCertificate.fingerprint(of: folder("client/client.pem"))
            #expect(try relay.trustctl("approve", "\(own)", "--yes").exitCode == 0)
            try body(scene)
        }
    }

    @Test("Postfix: our text is the pin; chain files, another level or another fingerprint are 17") func postfix() throws {
        try withPrograms(["postfix"]) { scene in
            try ProgramRun.run("rm", [scene.folder("bin/msmtp")])
            #expect(try scene.check().answer.mail == "elsewhere")
            let text = try scene.client("setup", scene.name, "--for", "postfix")
            try scene.folder.write("postfix/main.cf", "compatibility_level = 3.6\n" + text.output)
            let (exit, answer) = try scene.check()
            #expect(exit == 0 && answer.mail == "uses_pin" && answer.route.contains("relayhost"), "\(answer)")

            let other = try ClientCertificate("clients/other", in: scene.folder)
            try scene.postconf("-e", "smtp_tls_chain_files=\(other.key), \(other.certificate)")
            let chain = try scene.client("check", scene.name)
            #expect(chain.exitCode == 17 && chain.output.contains("ignores smtp_tls_cert_file"), "\(chain)")
            #expect(chain.errors.contains("postconf -e smtp_tls_chain_files="), "\(chain)")
            let own = scene.folder("client")
            try scene.postconf("-e", "smtp_tls_chain_files=\(own)/client.key, \(own)/client.pem")
            #expect(try scene.check().exit == 0)
            try scene.postconf("-e", "smtp_tls_chain_files=")
            #expect(try scene.check().exit == 0)

            for change in [
                "smtp_tls_security_level=may", "smtp_tls_fingerprint_digest=md5", "smtp_tls_cert_file=\(other.certificate)",
                "smtp_tls_fingerprint_cert_match=\(String(repeating: "AB:", count: 31))AB", "relayhost=[mail.provider.example]:25",
            ] {
                try scene.folder.write("postfix/main.cf", "compatibility_level = 3.6\n" + text.output)
                try scene.postconf("-e", change)
                let (exit, answer) = try scene.check()
                #expect(exit == 17 && answer.mail == "pin_not_used", "\(change): \(answer)")
            }
        }
    }

    @Test("msmtp: our text is the pin; without it, or with another one, check says 17") func msmtp() throws {
        try withPrograms(["msmtp", "libgsasl18", "libsecret-1-0", "libgssglue1", "libntlm0"]) { scene in
            try ProgramRun.run("rm", [scene.folder("sbin/postconf")])
            let text = try scene.client("setup", scene.name, "--for", "msmtp").output
            func account(_ text: String) throws -> (exit: Int32, answer: CheckAnswer) {
                try scene.folder.write("home/.msmtprc", text, mode: 0o600)
                return try scene.check()
            }
            let (exit, answer) = try account(text)
            #expect(exit == 0 && answer.mail == "uses_pin", "\(answer)")
            let lines = text.split(separator: "\n").map(String.init)
            for name in ["tls_fingerprint", "tls_cert_file"] {
                let less = lines.filter { !$0.hasPrefix(name) && !(name == "tls_cert_file" && $0.hasPrefix("tls_key_file")) }
                let (exit, answer) = try account(less.joined(separator: "\n") + "\n")
                #expect(exit == 17, "\(name): \(answer)")
            }
            #expect(try account(text.replacing("host localhost", with: "host mail.provider.example")).answer.mail == "elsewhere")
        }
    }
}
