import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("Clocks of a fleet that are hours wrong decide nothing")
struct FleetClockTests {
    @Test("a relay whose clock was three hours ahead and is set back is heard of at once")
    func setBack() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let record = mx2.folder("ledger/fleet/out/receipt")
            try scene.redate(record, by: 10_800, for: "trust-receipt", with: mx2.folder("ledger/fleet/receipt.key"))
            let ahead = try scene.carry(from: 1, to: 0)
            #expect(ahead.output.contains("1 new receipt"), "\(ahead)")

            let alice = try mx1.makeClient("laptop")
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            try scene.carry(from: 0, to: 1)
            let back = try scene.carry(from: 1, to: 0)
            #expect(back.output.contains("1 new receipt"), "\(back)")
            let status = try mx1.trustctl("fleet", "status")
            #expect(status.exitCode == 0 && status.output.contains("live      2 of 2"), "\(status)")
        }
    }

    @Test("a revocation counts though its console's clock is a day behind the approval's")
    func behind() throws {
        try FleetScene.founded(2) { scene in
            let mx1 = scene.relays[0]
            let alice = try mx1.makeClient("laptop")
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            try scene.carryEverywhere(from: 0)
            #expect(try scene.replies(to: alice) == [250, 250])

            let signed = mx1.folder("signed.pack")
            _ = try scene.decide(1, "revoke", "\(alice.fingerprint)", "--output", signed).done()
            let key = String(scene.key("alice@example.org").dropLast(".pub".count))
            try scene.redate(signed, by: -86_400, for: "trust-decision", with: key)
            for relay in scene.relays { _ = try relay.trustctl("fleet", "import", signed).done() }
            #expect(try scene.replies(to: alice) == [550, 550])

            // One whose clock is a day ahead gives it back, since it knows of the revocation.
            let again = mx1.folder("again.pack")
            _ = try scene.decide(1, "approve", "\(alice.fingerprint)", "--output", again).done()
            try scene.redate(again, by: 86_400, for: "trust-decision", with: key)
            for relay in scene.relays { _ = try relay.trustctl("fleet", "import", again).done() }
            #expect(try scene.replies(to: alice) == [250, 250])
            #expect(try mx1.trustctl("fleet", "verify").exitCode == 0)
        }
    }
}

extension FleetScene {
    /// Signs the first record of a pack anew, with the clock that many seconds off; ssh-keygen(1) signs.
    func redate(_ pack: String, by seconds: Int64, for namespace: String, with key: String) throws {
        var lines = try File.read(pack).split(separator: "\n", omittingEmptySubsequences: false).dropFirst().map(String.init)
        lines = Array(lines[..<(try #require(lines.firstIndex { $0.hasPrefix("-----BEGIN SSH SIGNATURE") }))])
        let number = try #require(lines.firstIndex { $0.hasPrefix("Time: ") })
        let fraction = namespace == "trust-receipt" ? ".000" : ""
        let moment = Timestamp(seconds: Timestamp.now.seconds + seconds).description.dropLast()
        lines[number] = "Time: \(moment)\(fraction)Z"
        let body = lines.joined(separator: "\n") + "\n"
        let file = relays[0].folder("redated")
        try relays[0].folder.write("redated", body)
        unlink(file + ".sig")
        _ = try ProgramRun.run("ssh-keygen", ["-q", "-Y", "sign", "-f", key, "-n", namespace, file]).done()
        let signature = try File.read(file + ".sig")
        try File.write(pack, "trust-record \(body.utf8.count) \(signature.utf8.count)\n\(body)\(signature)")
    }
}
