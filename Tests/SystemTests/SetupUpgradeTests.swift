import Foundation
import Testing
import TrustTestSupport

/// An installation that `trustctl setup` of version 0.1 has made, and this version's doctor and setup.
@Suite("Setup on top of version 0.1's")
struct SetupUpgradeTests {
    /// What version 0.1 wrote in the places of this version's texts.
    private static func older(_ text: String) -> String {
        let end = "${certextract{notafter,int}{$tls_in_peercert}}"
        let beginning = "${certextract{notbefore,int}{$tls_in_peercert}}"
        return text.replacing("TRUSTD_RULES = 2\n", with: "").replacing("/etc/certs/\n", with: "/etc/certs\n")
            .replacing("or{{>{\(end)}{$tod_epoch}}{<{\(end)}{\(beginning)}}}", with: ">{\(end)}{$tod_epoch}")
            .replacing("and{{bool{$tls_in_certificate_verified}}{TRUSTD_CERT_IN_DATE}}", with: "bool{$tls_in_certificate_verified}")
    }

    /// The ACL of the one file trusted by directory had no conditions for the dates.
    private static func olderDirectory(_ text: String) -> String {
        older(text).split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !text.contains("verify     = certificate") || !$0.contains("certextract") }.joined(separator: "\n")
    }

    /// Makes `files`, and the record of them, those of version 0.1.
    private static func downgrade(_ files: [String], _ scene: some TrustScene) throws {
        var record = try scene.folder.read("ledger/setup")
        for file in files {
            let now = try File.read(file)
            let then = olderDirectory(now)
            #expect(now != then, "\(file)")
            func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
            #expect(record.contains(base64(now)), "\(file)")
            record = record.replacing(base64(now), with: base64(then))
            try File.write(file, then)
        }
        record = record.replacing("TRUSTD_RULES = 2\\n", with: "").replacing("/etc/certs/\\n", with: "/etc/certs\\n")
        try scene.folder.write("ledger/setup", record)
    }

    private static func upgrade(_ scene: some TrustScene, _ files: [String], trust: String, update: () throws -> Void) throws {
        let now = try files.map { try File.read($0) }
        try downgrade(files, scene)
        try update()
        try scene.exim.reload()
        let alice = try scene.makeClient("alice")
        let late = try scene.makeClient("late", .late)
        #expect(try scene.trustctl("approve", "--certificate", alice.certificate, "--yes").exitCode == 0)
        #expect(try scene.reply(to: alice) == 250)
        let approved = try scene.trustctl("approve", "--certificate", late.certificate, "--yes")
        let isRefused = trust == "fingerprint"
        #expect(approved.exitCode == 0 && approved.errors.contains("ends after 2106") == isRefused, "\(approved)")
        #expect(try scene.reply(to: late) == (isRefused ? 550 : 250))
        let found = try scene.trustctl("doctor")
        #expect(found.output.contains("[rules-outdated]") && found.output.contains("`trustctl setup`"), "\(found)")
        #expect(!found.output.contains("[resumed-dates-not-checked]") && !found.output.contains("[other-directory]"), "\(found)")

        let setup = try scene.trustctl("setup", "--yes")
        #expect(setup.exitCode == 0 && setup.text.contains("Exim trusts by \(trust)"), "\(setup)")
        #expect(try files.map { try File.read($0) } == now)
        for client in [alice, late] { #expect(try scene.reply(to: client) == 250) }
        let well = try scene.trustctl("doctor")
        #expect(!well.output.contains("rules-outdated"), "\(well)")
        let again = try scene.trustctl("setup", "--yes")
        #expect(again.exitCode == 0 && again.errors.contains("already"), "\(again)")
        for client in [alice, late] { #expect(try scene.trustctl("revoke", "\(client.fingerprint)", "--yes").exitCode == 0) }
    }

    @Test(
        "on Debian the doctor names old rules, setup brings the new ones, and --remove takes all back",
        arguments: ["fingerprint", "directory"])
    func debian(trust: String) throws {
        var options = DebianScene.Options()
        options.isBare = true
        try DebianScene.run(options) { scene in
            let before = try scene.configurationFiles()
            #expect(try scene.trustctl("setup", "--trust", trust, "--yes").exitCode == 0)
            let macros = scene.folder("etc/exim/debian/macros_\(trust == "directory" ? "certificates" : "fingerprints")")
            try Self.upgrade(scene, [macros], trust: trust, update: scene.update)
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try scene.configurationFiles() == before)
        }
    }

    @Test(
        "in one file the doctor names old rules, setup brings the new ones, and --remove takes all back",
        arguments: ["fingerprint", "directory"])
    func oneFile(trust: String) throws {
        let bare = { (scene: RelayScene) in
            var configuration = EximConfiguration()
            configuration.rules = .fingerprints
            return configuration.text(in: scene.folder, port: scene.exim.port).split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.contains(".include") }.joined(separator: "\n")
        }
        try SetupOneFileTests.run(bare) { scene in
            let before = try scene.folder.read("exim.conf")
            #expect(try scene.trustctl("setup", "--trust", trust, "--yes").exitCode == 0)
            let acl = scene.folder("etc/exim/one-file/acl_\(trust == "directory" ? "certificates" : "fingerprints")")
            try Self.upgrade(scene, [scene.folder("exim.conf"), acl], trust: trust) {}
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try scene.folder.read("exim.conf") == before)
        }
    }
}
