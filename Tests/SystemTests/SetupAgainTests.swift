import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// Setup with files that an administrator had before, changes that he makes afterwards, and repeated setup.
@Suite("Setup among an administrator's files")
struct SetupAgainTests {
    static func options(split: Bool, _ administrator: String? = "") -> DebianScene.Options {
        var options = DebianScene.Options()
        options.split = split
        options.isBare = true
        options.administrator = administrator
        return options
    }

    @Test(
        "setup works with existing local macros, also if they end in a backslash or no newline",
        arguments: [
            (true, "OURS = a : \\"), (true, "OURS = a : \\\\\n"), (false, "MAIN_TLS_ENABLE = yes\nMAIN_TLS_TRY_VERIFY_HOSTS = *\n"),
            (false, "OURS = a : \\\n"), (false, "OURS = a : \\\\"), (false, ".ifdef NOTHING\nMAIN_TLS_ENABLE = yes\n.endif\n# no newline"),
        ])
    func existing(split: Bool, administrator: String) throws {
        try DebianScene.run(Self.options(split: split, administrator)) { scene in
            let before = try scene.configurationFiles()
            let setup = try scene.trustctl("setup", "--yes")
            #expect(setup.exitCode == 0, "\(setup)")
            #expect(try scene.exim.ask("-bP", "macro", "TRUSTD_TRUST").output == "TRUSTD_TRUST=fingerprint\n")
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try scene.configurationFiles() == before)
        }
    }

    @Test(
        "setup overrides no macro of the administrator's, and says what to put where",
        arguments: [
            (true, "MAIN_ACL_CHECK_RCPT = my_acl"), (false, "MAIN_TLS_VERIFY_CERTIFICATES = /etc/ssl/certs/ca-certificates.crt"),
            (true, "MAIN_TLS_TRY_VERIFY_HOSTS = 10.0.0.0/8"), (false, "MAIN_TLS_CERTIFICATE = /nowhere"),
        ])
    func own(split: Bool, line: String) throws {
        try DebianScene.run(Self.options(split: split, "MAIN_TLS_ENABLE = yes\n\(line)\n")) { scene in
            let before = try scene.configurationFiles()
            let setup = try scene.trustctl("setup", "--yes")
            #expect(setup.exitCode == 78, "\(setup)")
            #expect(setup.output.contains("localmacros"), "\(setup)")
            let lines = try File.read(scene.localMacros).split(separator: "\n", omittingEmptySubsequences: false)
            let place = try #require(lines.firstIndex { $0 == line }) + 1
            #expect(setup.errors.contains("localmacros:\(place) "), "\(setup)")
            #expect(try scene.configurationFiles() == before)
            #expect(File.names(in: scene.folder("etc")) == ["trustd.conf"])
        }
    }

    @Test("the instructions for an administrator's own ACL work if followed literally", arguments: [true, false])
    func ownACL(split: Bool) throws {
        try DebianScene.run(Self.options(split: split, "MAIN_ACL_CHECK_RCPT = my_acl\n")) { scene in
            // The server's own certificate is not under test here.
            try File.append(
                scene.localMacros,
                "MAIN_TLS_CERTIFICATE = \(scene.folder("server.pem"))\nMAIN_TLS_PRIVATEKEY = \(scene.folder("server.key"))\n")
            let acl = scene.folder("fs/etc-exim4/" + (split ? "conf.d/acl/35_mine" : "exim4.conf.template"))
            let mine =
                "\nmy_acl:\n  accept hosts = 127.0.0.1\n  # here\n  require domains = +local_domains : +relay_to_domains\n  accept\n\n"
            let template = split ? "" : try File.read(acl)
            func writeACL(_ text: String) throws {
                try File.write(acl, split ? text : template.replacing("\nbegin acl\n", with: "\nbegin acl\n" + text))
            }
            try writeACL(mine)
            try scene.update()
            let refused = try scene.trustctl("setup", "--yes")
            #expect(refused.exitCode == 78, "\(refused)")
            let text = try SetupInstructions(refused, count: 2)
            try text.type()
            try File.append(scene.localMacros, text.texts[0])
            try writeACL(mine.replacing("  # here\n", with: text.texts[1] + "\n"))
            try scene.folder.write(
                "etc/trustd.conf",
                scene.folder.read("etc/trustd.conf").split(separator: "\n").filter { !$0.hasPrefix("list") }.joined(separator: "\n") + "\n")
            try scene.update()
            try scene.exim.reload()
            let adopted = try scene.trustctl("setup", "--yes")
            #expect(adopted.exitCode == 0, "\(adopted)")
            let daemon = try scene.startDaemon()
            let alice = try scene.refusedClient("alice")
            try scene.approve(alice)
            #expect(try scene.reply(to: alice) == 250)
            try daemon.stop()
        }
    }

    @Test("setup is idempotent, switches the way of trust on demand, and can be removed", arguments: [true, false])
    func again(split: Bool) throws {
        try DebianScene.run(Self.options(split: split)) { scene in
            let before = try scene.configurationFiles()
            #expect(try scene.trustctl("setup", "--yes").exitCode == 0)
            let first = try scene.configurationFiles()
            let again = try scene.trustctl("setup", "--yes")
            #expect(again.exitCode == 0 && again.errors.contains("already"), "\(again)")
            #expect(try scene.configurationFiles() == first)

            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            #expect(try scene.reply(to: alice) == 250)
            let bob = try scene.makeClient("bob")
            let known = try scene.trustctl("approve", "\(bob.fingerprint)", "--certificate", bob.certificate, "--yes")
            #expect(known.exitCode == 0, "\(known)")
            #expect(File.names(in: scene.folder("etc/certs")).isEmpty)
            let switched = try scene.trustctl("setup", "--trust", "directory", "--yes", "--json")
            #expect(switched.exitCode == 0 && switched.output.contains("\"trust\" : \"directory\""), "\(switched)")
            // Alice was approved without a certificate, and setup says so; bob's certificate is installed.
            #expect(switched.errors.contains("\(alice.fingerprint)"), "\(switched)")
            #expect(try scene.reply(to: alice) == 550)
            #expect(try scene.reply(to: bob) == 250)
            #expect(!File.names(in: scene.folder("etc/exim/debian")).contains("macros_fingerprints"))
            let back = try scene.trustctl("setup", "--trust", "fingerprint", "--yes")
            #expect(back.exitCode == 0, "\(back)")
            #expect(try scene.configurationFiles() == first)
            #expect(try scene.reply(to: alice) == 250)

            let undo = try scene.trustctl("undo", "1", "--yes")
            #expect(undo.exitCode == 65 && undo.errors.contains("setup --remove"), "\(undo)")
            #expect(try scene.trustctl("history").output.contains("macros_certificates"))
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "\(bob.fingerprint)", "--yes").exitCode == 0)
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try scene.configurationFiles() == before)
            #expect(File.names(in: scene.folder("etc")) == ["trustd.conf"])
            let nothing = try scene.trustctl("setup", "--remove", "--yes")
            #expect(nothing.exitCode == 0, "\(nothing)")
            // There is no list any more.
            let list = try scene.trustctl("list", "--state", "approved")
            #expect(list.exitCode == 0 && list.errors.isEmpty, "\(list)")
        }
    }

    @Test("setup --remove keeps later additions, and refuses if our lines were changed")
    func edited() throws {
        try DebianScene.run(Self.options(split: false, "MINE = 1")) { scene in
            let mine = try File.read(scene.localMacros)
            #expect(try scene.trustctl("setup", "--yes").exitCode == 0)
            let ours = try File.read(scene.localMacros)
            try File.write(scene.localMacros, "FIRST = 1\n" + ours + "LAST = 1\n")
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try File.read(scene.localMacros) == "FIRST = 1\n\(mine)\nLAST = 1\n")

            #expect(try scene.trustctl("setup", "--yes").exitCode == 0)
            let again = try File.read(scene.localMacros)
            try File.write(scene.localMacros, again.replacing("# Which certificates", with: "# which certificates"))
            let all = try scene.configurationFiles()
            let refused = try scene.trustctl("setup", "--remove", "--yes")
            #expect(refused.exitCode == 78 && refused.errors.contains("exim4.conf.localmacros"), "\(refused)")
            #expect(refused.errors.contains(".include "), "\(refused)")
            #expect(try scene.configurationFiles() == all)
            // Removed by hand, as the message said.
            let rest = try File.read(scene.localMacros).split(separator: "\n").filter {
                !$0.hasPrefix(".include") && !$0.contains("hich certificates")
            }
            try File.write(scene.localMacros, rest.joined(separator: "\n") + "\n")
            let done = try scene.trustctl("setup", "--remove", "--yes")
            #expect(done.exitCode == 0, "\(done)")
            #expect(File.names(in: scene.folder("etc")) == ["trustd.conf"])
        }
    }

    @Test("setup --remove works without Exim", arguments: [true, false])
    func gone(split: Bool) throws {
        try DebianScene.run(Self.options(split: split, "MINE = 1\n")) { scene in
            let before = try scene.configurationFiles()
            #expect(try scene.trustctl("setup", "--yes").exitCode == 0)
            try scene.exim.stop()
            try File.append(scene.folder("etc/trustd.conf"), "exim = /nowhere/exim4\n")
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0 && removed.errors.contains("no exim found"), "\(removed)")
            #expect(try scene.configurationFiles() == before)
            #expect(File.names(in: scene.folder("etc")) == ["trustd.conf"])
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            for words in [["setup"], ["client", "setup"]] {
                let nothing = try scene.operator.start(words + ["--remove", "--yes"]).wait()
                #expect(nothing.exitCode == 0 && (nothing.output + nothing.errors).contains("has changed nothing here"), "\(nothing)")
            }
            // Setup itself needs an Exim.
            let refused = try scene.trustctl("setup", "--yes")
            #expect(refused.exitCode == 78 && refused.errors.contains("no exim at /nowhere/exim4"), "\(refused)")
        }
    }
}
