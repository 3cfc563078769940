import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// The texts for other mail programs, with the real programs: the mail arrives at the relay, and at no impostor.
@Suite("A client that is not Exim")
struct ClientSnippetTests {
    private func text(_ program: String, _ scene: RelayScene) throws -> String {
        let outcome = try ProgramRun.run(
            BuiltPrograms.trustctl,
            ["client", "setup", "localhost:\(scene.exim.port)", "--for", program, "--dir", scene.folder("client")])
        #expect(outcome.exitCode == 0, "\(outcome)")
        return outcome.output
    }

    /// The client is approved by its fingerprint, or has a certificate of the CA for its key.
    private static let ways = [EximConfiguration.Rules.fingerprints, .authority]

    /// A relay that trusts the client, and the client's folder.
    private func withRelay(_ rules: EximConfiguration.Rules = .fingerprints, _ body: (RelayScene) throws -> Void) throws {
        var configuration = EximConfiguration()
        configuration.rules = rules
        try RelayScene.run(configuration) { scene in
            let own = try ClientCertificate("clients/relay", host: "localhost", in: scene.folder)
            try scene.folder.write("server.pem", File.read(own.certificate))
            try scene.folder.write("server.key", File.read(own.key), mode: 0o640, owner: .exim)
            try scene.exim.reload()
            let dir = ["--dir", scene.folder("client")]
            let made = try ProgramRun.run(BuiltPrograms.trustctl, ["client", "new", "--name", "alice.laptop"] + dir)
            #expect(made.exitCode == 0, "\(made)")
            let pinned = try ProgramRun.run(
                BuiltPrograms.trustctl,
                ["client", "pin", "localhost:\(scene.exim.port)", "--fingerprint", "\(own.fingerprint)"] + dir)
            #expect(pinned.exitCode == 0, "\(pinned)")
            if rules == .authority {
                let issued = try scene.authority.issue("clients/issued", to: scene.folder("client/client.key"))
                try scene.folder.write("client/client.pem", File.read(issued.certificate))
            } else {
                let fingerprint = try ClientCertificate.fingerprint(of: scene.folder("client/client.pem"))
                let approved = try scene.trustctl("approve", "\(fingerprint)", "--yes")
                #expect(approved.exitCode == 0, "\(approved)")
            }
            try body(scene)
        }
    }

    /// Sends to the relay, and then to impostors in its place.
    private func tryOut(_ scene: RelayScene, _ send: (_ subject: String) throws -> Void) throws {
        try send("to the relay")
        try scene.waitForMail("to the relay")
        try scene.exim.stop()
        let mine = try ClientCertificate("clients/mine", host: "localhost", in: scene.folder)
        for (name, tls) in [("impostor", OtherServer.TLS.with(mine, asks: true)), ("stripped", .none)] {
            let mallory = try OtherServer(name, tls, port: scene.exim.port, in: scene.folder)
            try send("secret")
            #expect(mallory.inbox.isEmpty && !mallory.exim.logText.contains("=>"), "\(name): \(mallory.exim.logText)")
            try mallory.exim.stop()
        }
    }

    @Test("the swaks command mails only to the relay", arguments: ways) func swaks(way: EximConfiguration.Rules) throws {
        try withRelay(way) { scene in
            let command = try text("swaks", scene)
            try tryOut(scene) { subject in
                _ = try ProgramRun.run("sh", ["-c", command.dropLast() + " --header 'Subject: \(subject)'"])
            }
        }
    }

    @Test("the msmtp text mails only to the relay", arguments: ways) func msmtp(way: EximConfiguration.Rules) throws {
        try withRelay(way) { scene in
            let packages = try unpack(["msmtp", "libgsasl18", "libsecret-1-0", "libgssglue1", "libntlm0"], scene)
            try scene.folder.write("msmtprc", text("msmtp", scene), mode: 0o600)
            try tryOut(scene) { subject in
                _ = try ProgramRun.run(
                    packages.root + "/usr/bin/msmtp",
                    ["-C", scene.folder("msmtprc"), "--from", "alice@client.example", "bob@remote.example"],
                    environment: ["LD_LIBRARY_PATH": packages.root + "/usr/lib/x86_64-linux-gnu"],
                    input: "Subject: \(subject)\n\nfrom a test\n")
            }
        }
    }

    @Test("the Postfix text mails only to the relay", arguments: ways) func postfix(way: EximConfiguration.Rules) throws {
        try withRelay(way) { scene in
            let packages = try unpack(["postfix"], scene)
            let folder = scene.folder("postfix")
            let port = try LoopbackPort.free()
            let programs = packages.root + "/usr/sbin"
            let libraries = packages.root + "/usr/lib/postfix"
            for part in ["", "/etc", "/spool", "/data"] { try scene.folder.makeFolder("postfix" + part) }
            try scene.folder.write(
                "postfix/etc/main.cf",
                """
                compatibility_level = 3.6
                queue_directory = \(folder)/spool
                data_directory = \(folder)/data
                daemon_directory = \(libraries)/sbin
                command_directory = \(programs)
                shlib_directory = \(libraries)
                meta_directory = \(folder)/etc
                mail_owner = postfix
                setgid_group = postdrop
                myhostname = client.example
                mydestination =
                inet_interfaces = 127.0.0.1
                mynetworks = 127.0.0.0/8
                smtp_host_lookup = native
                default_destination_concurrency_failed_cohort_limit = 100
                alias_maps =
                alias_database =
                maillog_file = \(folder)/log
                maillog_file_prefixes = \(folder)
                import_environment = MAIL_CONFIG LD_LIBRARY_PATH
                export_environment = LD_LIBRARY_PATH
                smtp_tls_chain_files = /nonexistent/other.pem
                \(try text("postfix", scene))
                """)
            try scene.folder.write(
                "postfix/start",
                """
                set -e
                cp /etc/passwd /etc/group '\(folder)'
                echo 'postfix:x:64881:64881::/:/usr/sbin/nologin' >>'\(folder)/passwd'
                printf 'postfix:x:64881:\\npostdrop:x:64884:\\n' >>'\(folder)/group'
                mount --bind '\(folder)/passwd' /etc/passwd
                mount --bind '\(folder)/group' /etc/group
                chown postfix '\(folder)/data'
                cp \(packages.root)/etc/postfix/postfix-files \(packages.root)/etc/postfix/post-install \(packages.root)/etc/postfix/postfix-script '\(folder)/etc'
                sed -e '/^smtp  *inet/d' -e 's/^\\(\\S\\+\\s\\+\\S\\+\\s\\+\\S\\+\\s\\+\\S\\+\\s\\+\\)y/\\1n/' \
                \(packages.root)/usr/share/postfix/master.cf.dist >'\(folder)/etc/master.cf'
                echo '127.0.0.1:\(port) inet n - n - - smtpd' >>'\(folder)/etc/master.cf'
                mkdir -p '\(folder)/spool/pid'
                exec env LD_LIBRARY_PATH='\(libraries)' MAIL_CONFIG='\(folder)/etc' '\(libraries)/sbin/master' -c '\(folder)/etc' -d
                """)
            // As the package would install it: its own script makes its folders.
            let made = try ProgramRun.run(
                "unshare",
                [
                    "--mount", "--propagation", "private", "sh", "-c",
                    "sed '/^exec/d' '\(folder)/start' >'\(folder)/prepare' && . '\(folder)/prepare' && LD_LIBRARY_PATH='\(libraries)'"
                        + " MAIL_CONFIG='\(folder)/etc' '\(programs)/postfix' -c '\(folder)/etc' check",
                ])
            let master = try ProgramRun(starting: "unshare", ["--mount", "--propagation", "private", "sh", folder + "/start"])
            defer {
                master.send(15)
                _ = try? master.wait(timeout: .seconds(60))
            }
            try waitUntil("postfix greets: \(made) \(master.errorsSoFar)") { LoopbackPort.greets(port) }
            var count = 0
            try tryOut(scene) { subject in
                _ = try ProgramRun.run(
                    "swaks",
                    [
                        "--server", "127.0.0.1:\(port)", "--from", "alice@client.example", "--to", "bob@remote.example", "--header",
                        "Subject: \(subject)",
                    ])
                count += 1
                let wanted = count
                try waitUntil("postfix has tried: \((try? File.read(folder + "/log")) ?? "")") {
                    let log = (try? File.read(folder + "/log")) ?? ""
                    return log.split(separator: "\n").count { $0.contains("postfix/smtp[") && $0.contains("status=") } >= wanted
                }
                // Deferred for the impostors, never bounced.
                #expect(
                    (try? File.read(folder + "/log"))?.contains(subject == "secret" ? "status=deferred" : "status=sent") == true,
                    "\((try? File.read(folder + "/log")) ?? "")")
            }
        }
    }

    @Test("the router and transport for another Exim mail only to the relay", arguments: ways, ["GnuTLS", "OpenSSL"])
    func exim(way: EximConfiguration.Rules, library: String) throws {
        if library == "OpenSSL", let obstacle = OpenSSLExim.obstacle { try Skipping.skip(because: obstacle) }
        try withRelay(way) { scene in
            let program = library == "OpenSSL" ? scene.folder("sender-exim") : PrivateExim.binary
            if library == "OpenSSL" { try OpenSSLExim.install(as: program) }
            let text = try text("exim", scene)
            let cut = try #require(text.range(of: "# Anywhere among the transports"))
            // Both are this host; without this Exim would notice, and deliver locally.
            let router = text[..<cut.lowerBound].replacing(" byname\n", with: " byname\n  self = send\n")
            for part in ["", "/spool", "/log"] { try scene.folder.makeFolder("sender" + part, mode: 0o755, owner: .exim) }
            try scene.folder.write(
                "sender.conf",
                """
                primary_hostname = client.example
                domainlist local_domains = client.example
                exim_path = \(program)
                keep_environment =
                notifier_socket =
                spool_directory = \(scene.folder("sender/spool"))
                log_file_path = \(scene.folder("sender/log"))/%slog
                begin routers
                \(router)
                begin transports
                \(text[cut.lowerBound...])
                begin retry
                *  *  F,1d,1s

                """)
            try tryOut(scene) { subject in
                let sent = try ProgramRun.run(
                    program,
                    ["-C", scene.folder("sender.conf"), "-odf", "-f", "alice@client.example", "bob@remote.example"],
                    input: "Subject: \(subject)\n\nfrom a test\n")
                #expect(sent.exitCode == 0, "\(sent)")
            }
            let log = try scene.folder.read("sender/log/mainlog")
            let words = ["not the pinned certificate", "certificate verification failed", "certificate verify failed"]
            #expect(words.contains { log.contains($0) }, "\(log)")
            #expect(try ProgramRun.run(program, ["-C", scene.folder("sender.conf"), "-bpc"]).output == "2\n", "\(log)")
        }
    }

    /// Delivery was tried by hand with OpenSMTPD 6.8.0p2 of Debian 12: it verifies the relay, and then fails to use its own key ("rsa
    /// routines::missing private key", and the same with an EC key), because its key process does not work with OpenSSL 3.
    @Test("OpenSMTPD accepts the text") func opensmtpd() throws {
        try withRelay { scene in
            let packages = try unpack(["opensmtpd"], scene)
            try scene.folder.write("smtpd.conf", text("opensmtpd", scene))
            try scene.folder.write(
                "check",
                """
                cp /etc/passwd /etc/group '\(scene.folder.path)'
                printf 'opensmtpd:x:64882:64882::/:/bin/false\\nopensmtpq:x:64883:64883::/:/bin/false\\n' >>'\(scene.folder("passwd"))'
                printf 'opensmtpd:x:64882:\\nopensmtpq:x:64883:\\n' >>'\(scene.folder("group"))'
                mount --bind '\(scene.folder("passwd"))' /etc/passwd && mount --bind '\(scene.folder("group"))' /etc/group &&
                '\(packages.root)/usr/sbin/smtpd' -n -f '\(scene.folder("smtpd.conf"))'

                """)
            let checked = try ProgramRun.run("unshare", ["--mount", "--propagation", "private", "sh", scene.folder("check")])
            #expect(checked.exitCode == 0 && checked.errors.contains("configuration OK"), "\(checked)")
        }
    }

    /// Skips the test if the packages cannot be fetched.
    private func unpack(_ names: [String], _ scene: RelayScene) throws -> UnpackedPackages {
        do { return try UnpackedPackages(names, in: scene.folder) } catch let missing as UnpackedPackages.Missing {
            try Skipping.skip(because: "the package \(names[0]) cannot be fetched: \(missing.reason)")
        }
    }
}
