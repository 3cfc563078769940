import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// `trustctl show --own`, asked of a real Exim.
@Suite("show --own: the certificate that clients of this relay see")
struct OwnCertificateTests {
    @Test("it is what Exim shows, in digits and in words") func shown() throws {
        try RelayScene.run { scene in
            let own = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            let shown = try scene.trustctl("show", "--own")
            #expect(shown.exitCode == 0 && shown.errors.isEmpty, "\(shown)")
            for line in own.grouped { #expect(shown.output.contains(line), "\(shown)") }
            #expect(
                shown.output.contains("words of the   ") && shown.output.contains("shown at       127.0.0.1:\(scene.exim.port)"), "\(shown)"
            )
            let json = try scene.trustctl("show", "--own", "--json")
            let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
            #expect(document["fingerprint"] as? String == "\(own)" && document["version"] as? Int == 1)
            #expect((document["words"] as? String)?.split(separator: " ").count == 32)
            #expect(document["place"] as? String == "127.0.0.1:\(scene.exim.port)")
            #expect((document["certificate"] as? [String: Any])?["subject"] as? String == "CN=server")
        }
    }

    @Test("an Exim that waits for a name server before it greets is waited for") func slowGreeting() throws {
        var configuration = EximConfiguration()
        configuration.after = "acl_smtp_connect = ${if exists{$spool_directory/slow}{accept delay = 7s}{accept}}"
        try RelayScene.run(configuration) { scene in
            let own = try ClientCertificate.fingerprint(of: scene.folder("server.pem"))
            try scene.folder.write("spool/slow", "")
            let shown = try scene.trustctl("show", "--own", "--json")
            #expect(shown.exitCode == 0 && shown.output.contains("\(own)"), "\(shown)")
        }
    }

    @Test("without a running Exim it fails, and it takes no fingerprint beside --own") func refused() throws {
        try RelayScene.run { scene in
            #expect(try scene.trustctl("show", "--own", "alice").exitCode == 64)
            #expect(try scene.trustctl("show").exitCode == 64)
            try scene.exim.stop()
            let shown = try scene.trustctl("show", "--own")
            #expect(shown.exitCode == 69 && shown.errors.contains("exim does not run with this configuration"), "\(shown)")
        }
    }

    @Test("setup prints it at its end") func setup() throws {
        var options = DebianScene.Options()
        options.isBare = true
        try DebianScene.run(options) { scene in
            let done = try scene.trustctl("setup", "--yes")
            #expect(done.exitCode == 0, "\(done)")
            let shown = try scene.trustctl("show", "--own", "--json")
            let document = try #require(try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [String: Any], "\(shown)")
            let own = try #require(document["fingerprint"] as? String)
            #expect(done.errors.contains("clients pin this relay's certificate: \(own)\n"), "\(done)")
        }
    }
}
