import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// What administrators and Debian's packages do to a relay after `trustctl setup`.
@Suite("A relay some time after setup")
struct SetupLaterTests {
    private static func options(split: Bool) -> DebianScene.Options {
        var options = DebianScene.Options()
        options.split = split
        options.isBare = true
        return options
    }

    @Test("after dpkg-reconfigure has split or joined Debian's configuration, `trustctl setup` mends it", arguments: [true, false])
    func toggled(split: Bool) throws {
        try DebianScene.run(Self.options(split: split)) { scene in
            #expect(try scene.trustctl("setup", "--yes").exitCode == 0)
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            #expect(try scene.reply(to: alice) == 250)
            try scene.waitUntilWell()

            let settings = scene.folder("fs/etc-exim4/update-exim4.conf.conf")
            let text = try File.read(settings)
            let (before, after) = ("dc_use_split_config='\(split)'", "dc_use_split_config='\(!split)'")
            try #require(text.contains(before), "\(text)")
            try File.write(settings, text.replacing(before, with: after))
            try scene.update()
            try scene.exim.reload()
            #expect(try scene.reply(to: alice) == 550)

            let found = try scene.findings()
            let finding = try #require(found.first)
            #expect(found.filter { $0.severity == "error" }.map(\.id) == ["setup-not-in-effect"], "\(found)")
            #expect(finding.problem.contains(split ? "is not split any more" : "is split now"), "\(finding)")
            #expect(finding.quoted == ["trustctl setup"])
            try scene.apply(finding)
            #expect(try scene.reply(to: alice) == 250)
            try scene.waitUntilWell()
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
        }
    }

    @Test("on another server, with our folders restored, `trustctl setup` is the mend", arguments: [true, false])
    func moved(split: Bool) throws {
        try DebianScene.run(Self.options(split: split)) { scene in
            let before = try scene.configurationFiles()
            let local = scene.folder("fs/etc-exim4/" + (split ? "conf.d/main/00_trustd" : "exim4.conf.localmacros"))
            #expect(try scene.trustctl("setup", "--yes").exitCode == 0)
            let daemon = try scene.startDaemon()
            defer { try? daemon.stop() }
            let alice = try scene.makeClient("alice")
            try scene.approve(alice)
            // The new server has Debian's own configuration.
            unlink(local)
            try scene.update()
            try scene.exim.reload()
            let finding = try scene.finding("setup-not-in-effect")
            #expect(finding.problem.contains("is missing") && finding.quoted == ["trustctl setup"], "\(finding)")
            try scene.apply(finding)
            #expect(try scene.reply(to: alice) == 250)
            try scene.waitUntilWell()
            #expect(try scene.trustctl("revoke", "\(alice.fingerprint)", "--yes").exitCode == 0)
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            // exim4.conf.localmacros was there before, and the new server has none.
            if split { #expect(try scene.configurationFiles() == before) }
            #expect(!File.exists(local))
        }
    }

    @Test("an administrator's own server certificate in the place of ours stays, in setup and in its removal", arguments: [true, false])
    func ownCertificate(withKey: Bool) throws {
        try DebianScene.run(Self.options(split: true)) { scene in
            #expect(try scene.trustctl("setup", "--yes").exitCode == 0)
            let (certificate, key) = (scene.folder("etc/exim/server.crt"), scene.folder("etc/exim/server.key"))
            try #require(File.exists(certificate))
            let own = try ClientCertificate("clients/own", in: scene.folder)
            if withKey {
                try File.write(certificate, File.read(own.certificate))
                let group = try ProgramRun.run("stat", ["--format=%g", key]).output
                try File.write(key, File.read(own.key), mode: 0o640)
                try ProgramRun.run("chgrp", [group.split(separator: "\n").joined(), key])
            } else {
                // Another certificate for the same key, as an authority issues one.
                let made = try ProgramRun.run(
                    "openssl", ["req", "-x509", "-key", key, "-subj", "/CN=relay.example", "-days", "9", "-out", certificate])
                #expect(made.exitCode == 0, "\(made)")
            }
            let files = try [certificate, key].map(File.read)
            try scene.exim.reload()

            let again = try scene.trustctl("setup", "--trust", "directory", "--yes")
            #expect(again.exitCode == 0, "\(again)")
            #expect(try [certificate, key].map(File.read) == files)
            let alice = try scene.makeClient("alice")
            let approved = try scene.trustctl("approve", "\(alice.fingerprint)", "--certificate", alice.certificate, "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)

            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try [certificate, key].map(File.read) == files)
        }
    }
}
