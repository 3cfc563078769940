import Foundation
import Testing
import TrustTestSupport

/// Certificates travel with the decisions about them, so that a relay that has never seen one can show it, and trust it by directory.
@Suite("Certificates that travel with a fleet's decisions")
struct FleetCertificateTests {
    @Test(
        "a relay that has never seen the client shows its certificate, and lets it relay",
        arguments: [EximConfiguration.Rules.fingerprints, .certificates])
    func travels(rules: EximConfiguration.Rules) throws {
        var configuration = EximConfiguration()
        configuration.rules = rules
        try FleetScene.founded(2, configuration) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let laptop = try mx1.makeClient("laptop")
            try mx1.folder.queue(laptop)
            _ = try scene.decide(0, "approve", "\(laptop.fingerprint)", "--label", "laptop").done()
            #expect(try mx1.reply(to: laptop) == 250)
            try scene.carry(from: 0, to: 1)
            #expect(try mx2.reply(to: laptop) == 250)
            let shown = try mx2.trustctl("show", "laptop").done()
            #expect(shown.output.contains("CN=laptop"), "\(shown)")
            if rules == .certificates {
                #expect(File.names(in: mx2.folder("etc/certs")).contains { $0.contains("\(laptop.fingerprint)".prefix(16)) })
            }
            // And on from there.
            let verified = try mx2.trustctl("fleet", "verify")
            #expect(verified.exitCode == 0, "\(verified)")
            _ = try scene.decide(1, "revoke", "laptop").done()
            try scene.carry(from: 1, to: 0)
            #expect(try scene.replies(to: laptop) == [550, 550])
        }
    }

    @Test("what an operator without root has signed into a file brings the certificate with it")
    func file() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let laptop = try mx1.makeClient("laptop")
            let pack = mx1.folder("signed.pack")
            let signed = try scene.decide(0, "approve", "--certificate", laptop.certificate, "--output", pack).done()
            #expect(signed.errors.contains("it counts nowhere yet") && signed.output.isEmpty, "\(signed)")
            #expect(try mx1.reply(to: laptop) == 550)
            _ = try mx1.trustctl("fleet", "import", pack).done()
            #expect(try mx1.reply(to: laptop) == 250)
            #expect(try mx1.trustctl("show", "\(laptop.fingerprint)").output.contains("CN=laptop"))
        }
    }

    @Test("whom a CA lets in is refused on every relay once the fleet has taken that away")
    func authority() throws {
        var configuration = EximConfiguration()
        configuration.rules = .authority
        try FleetScene.founded(2, configuration) { scene in
            let mx2 = scene.relays[1]
            // Each relay of the scene has a CA of its own: the fleet decides by the certificate's digest, whoever has issued it.
            let issued = try mx2.authority.issue("clients/issued")
            #expect(try mx2.reply(to: issued) == 250)
            for action in ["revoke", "deny"] {
                let decided = try scene.decide(0, action, "\(issued.fingerprint)").done()
                try scene.carry(from: 0, to: 1)
                #expect(try mx2.reply(to: issued) == 550, "\(decided)")
                let verified = try mx2.trustctl("fleet", "verify")
                #expect(verified.exitCode == 0, "\(verified)")
                _ = try mx2.trustctl("fleet", "apply").done()
                #expect(try mx2.reply(to: issued) == 550)
            }
            _ = try scene.decide(0, "approve", "\(issued.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            #expect(try mx2.reply(to: issued) == 250)
        }
    }

    @Test("a pack full of certificates that the fleet does not approve leaves none behind")
    func foreign() throws {
        try FleetScene.founded(1) { scene in
            let mx1 = scene.relays[0]
            let stranger = try mx1.makeClient("stranger")
            let der = try ProgramRun.run(
                "openssl", ["x509", "-in", stranger.certificate, "-outform", "DER", "-out", mx1.folder("der")]
            ).done()
            #expect(der.exitCode == 0)
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: mx1.folder("der"))))
            let heading = Array("trust-certificate 1\n".utf8)
            let record = Array("trust-record \(heading.count + bytes.count) 0\n".utf8) + heading + bytes
            try File.write(mx1.folder("strangers.pack"), bytes: (0..<500).flatMap { _ in record })
            let imported = try mx1.trustctl("fleet", "import", mx1.folder("strangers.pack")).done()
            #expect(imported.output.contains("kept: 0 new decisions"), "\(imported)")
            #expect(File.names(in: mx1.folder("ledger/known")).isEmpty)
            #expect(try mx1.reply(to: stranger) == 550)
        }
    }
}
