import Foundation
import Testing
import TrustTestSupport

/// What the operator sees of addresses that only another line of the log tells.
@Suite("Observed addresses")
struct ObservedAddressTests {
    @Test("two clients at one moment in a log without pids: list, show and JSON name both addresses")
    func choice() throws {
        try RelayScene.run { scene in
            let daemon = try scene.startDaemon()
            let stamp = "2026-11-22 17:41:59"
            let hashes = ["A1", "B2"].map { String(repeating: $0, count: 32) }
            let attempts = hashes.map {
                "\(stamp) Attempt to relay from a certificate which has not been explicitly allowed: \($0)\n"
            }
            let rejections = [7, 9].map {
                "\(stamp) H=(vm) [192.0.2.\($0)]:33048 I=[127.0.0.1]:2525 X=TLS1.3:ECDHE_X25519__ECDSA_SECP256R1_SHA256__AES_256_GCM:256"
                    + " CV=yes DN=\"CN=a\" F=<a@x.org> rejected RCPT <b@remote.example>: relay not permitted\n"
            }
            try File.append(scene.exim.log, (attempts + rejections).joined())
            let both = "one of 192.0.2.7, 192.0.2.9"
            try waitUntil("both addresses are listed") {
                try scene.trustctl("list").output.components(separatedBy: both).count == 3
            }
            let shown = try scene.trustctl("show", hashes[0])
            #expect(shown.output.contains(both), "\(shown)")
            let json = try scene.trustctl("show", hashes[0], "--json")
            let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
            let entry = try #require((document["entries"] as? [[String: Any]])?.first)
            let observed = try #require(entry["observed"] as? [String: Any])
            #expect(observed["one_of"] as? [String] == ["192.0.2.7", "192.0.2.9"] && observed["address"] is NSNull)
            try daemon.stop()
        }
    }
}
