import Testing
import TrustTestSupport

/// Changes that would not have the effect that the operator means: refused, and the old list stays live, byte for byte.
@Suite("A change that would not take effect as meant")
struct RefusedChangeTests {
    /// Approving a stranger must end in an error, with nothing changed, the friend still trusted, and the daemon alive.
    private func expectRefusal(
        _ scene: some TrustScene, friend: ClientCertificate, stranger: ClientCertificate? = nil, code: Set<Int32>,
        saying words: String? = nil
    ) throws {
        let stranger = try stranger ?? scene.makeClient("stranger")
        let before = scene.listText
        let folder = scene.settingsFolder
        let pid = scene.exim.pid
        let outcome = try scene.trustctl("approve", "\(stranger.fingerprint)", "--yes")
        #expect(code.contains(outcome.exitCode), "\(outcome)")
        if let words { #expect(outcome.errors.contains(words), "\(outcome)") }
        #expect(scene.listText == before)
        #expect(scene.settingsFolder == folder)
        #expect(scene.exim.pid == pid)
        #expect(try scene.reply(to: friend) == 250)
        #expect(try scene.reply(to: stranger) == 550)
    }

    private func runWithFriend(
        _ configuration: EximConfiguration = EximConfiguration(), _ body: (RelayScene, ClientCertificate) throws -> Void
    ) throws {
        try RelayScene.run(configuration) { scene in
            let friend = try scene.makeClient("friend")
            try scene.approve(friend)
            try body(scene, friend)
        }
    }

    /// Debian's configuration with an approved friend; `macros` is the file with our macros.
    private func runOnDebian(split: Bool, _ body: (_ scene: DebianScene, _ macros: String, _ friend: ClientCertificate) throws -> Void)
        throws
    {
        var options = DebianScene.Options()
        options.split = split
        try DebianScene.run(options) { scene in
            let friend = try scene.makeClient("friend")
            try scene.approve(friend)
            try body(scene, split ? "fs/etc-exim4/conf.d/main/00_trustd" : "fs/etc-exim4/exim4.conf.localmacros", friend)
        }
    }

    @Test("a change is refused if Exim refuses the main configuration", arguments: EximConfiguration.List.allCases)
    func brokenMain(list: EximConfiguration.List) throws {
        var configuration = EximConfiguration()
        configuration.list = list
        try runWithFriend(configuration) { scene, friend in
            let text = try scene.folder.read("exim.conf")
            try scene.folder.write("exim.conf", text.replacing("begin acl", with: "no_such_option = 1\n\nbegin acl"))
            try expectRefusal(scene, friend: friend, code: [65], saying: "no_such_option")
        }
    }

    @Test("a change is refused if the macro is defined again after the include")
    func overridden() throws {
        try runWithFriend { scene, friend in
            let text = try scene.folder.read("exim.conf")
            try scene.folder.write(
                "exim.conf", text.replacing("acl_smtp_rcpt =", with: "RELAY_FROM_CERTS == \(friend.fingerprint)\nacl_smtp_rcpt ="))
            try expectRefusal(scene, friend: friend, code: [65, 78])
        }
    }

    @Test("a change is refused if a macro's name is part of the new digits", arguments: EximConfiguration.List.allCases)
    func digitsAreAMacro(list: EximConfiguration.List) throws {
        var configuration = EximConfiguration()
        configuration.list = list
        try runWithFriend(configuration) { scene, friend in
            let stranger = try scene.makeClient("stranger")
            let name = "\(stranger.fingerprint)".drop { $0.isNumber }.prefix(6)
            try scene.folder.write("exim.conf", "\(name) = 000000\n" + scene.folder.read("exim.conf"))
            try expectRefusal(scene, friend: friend, stranger: stranger, code: [65, 78])
        }
    }

    @Test("a change is refused if the list is not included")
    func notIncluded() throws {
        try runWithFriend { scene, friend in
            try scene.folder.write("etc/elsewhere", "RELAY_FROM_CERTS =\n")
            try scene.writeSettings("list = \(scene.folder("etc/elsewhere"))")
            try expectRefusal(scene, friend: friend, code: [65, 78])
            #expect(try scene.folder.read("etc/elsewhere") == "RELAY_FROM_CERTS =\n")
        }
    }

    @Test("on Debian a change is refused if the macro is defined again after the include", arguments: [true, false])
    func overriddenOnDebian(split: Bool) throws {
        try runOnDebian(split: split) { scene, macros, friend in
            let late = split ? "fs/etc-exim4/conf.d/main/zz_late" : macros
            let text = (try? scene.folder.read(late)) ?? ""
            try scene.folder.write(late, text + "RELAY_FROM_CERTS == \(friend.fingerprint)\n")
            try expectRefusal(scene, friend: friend, code: [65, 78])
        }
    }

    @Test("on Debian a change is refused if our macros are no longer in the sources", arguments: [true, false])
    func notIncludedOnDebian(split: Bool) throws {
        try runOnDebian(split: split) { scene, macros, friend in
            // The generated and running configuration still has them: only a new one shows that the change would be lost.
            try scene.folder.write(macros, "MAIN_TLS_ENABLE = true\n")
            try expectRefusal(scene, friend: friend, code: [65, 78])
        }
    }

    @Test("on Debian a change is refused if Exim refuses the sources", arguments: [true, false])
    func brokenDebian(split: Bool) throws {
        try runOnDebian(split: split) { scene, macros, friend in
            try scene.folder.write(macros, scene.folder.read(macros) + "no_such_option = 1\n")
            try expectRefusal(scene, friend: friend, code: [65], saying: "no_such_option")
        }
    }

    @Test("on Debian the generated file is refused as list")
    func generatedFile() throws {
        try DebianScene.run { scene in
            let settings = try scene.folder.read("etc/trustd.conf")
            try scene.folder.write(
                "etc/trustd.conf", settings.replacing(scene.listPath, with: "/var/lib/exim4/config.autogenerated"))
            let outcome = try scene.trustctl("approve", String(repeating: "AB", count: 32), "--yes")
            #expect(outcome.exitCode == 78, "\(outcome)")
        }
    }

    @Test("a client seen, approved and revoked is not called never seen")
    func seenBefore() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let alice = "\(try scene.refusedClient("alice").fingerprint)"
            for command in ["approve", "revoke", "approve"] {
                let outcome = try scene.trustctl(command, alice, "--yes")
                #expect(outcome.exitCode == 0 && !outcome.errors.contains("never been seen"), "\(outcome)")
            }
            try daemon.stop()
        }
    }

    @Test("an unseen fingerprint needs all its digits, and brings a warning")
    func unknownBeginning() throws {
        try RelayScene.run { (scene) throws in
            #expect(try scene.trustctl("approve", String(repeating: "AB", count: 9), "--yes").exitCode == 66)
            #expect(try scene.trustctl("approve", "ABCDEF01", "--yes").exitCode != 0)
            #expect(try scene.trustctl("approve", "nobody", "--yes").exitCode != 0)
            #expect(try scene.trustctl("approve", String(repeating: "AB", count: 32)).exitCode == 64)
            for words in [["deny", "--dry-run"], ["approve", "--dry-run"], ["deny", "--dry-run", "--json"], ["deny", "--yes"]] {
                let outcome = try scene.operator.start(words + [String(repeating: "AB", count: 32)]).wait()
                #expect(outcome.exitCode == 0 && outcome.errors.contains("has never been seen here"), "\(outcome)")
            }
            let lacking = try scene.trustctl("approve", "--certificate", scene.folder("nowhere.pem"), "--yes")
            #expect(lacking.exitCode == 65 && lacking.errors.contains("No such file"), "\(lacking)")
            #expect(try scene.trusted.isEmpty)
        }
    }
}
