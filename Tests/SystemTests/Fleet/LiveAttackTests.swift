import Glibc
import Testing
import TrustTestSupport

@Suite("Nobody but a relay's own root says that it is live") struct LiveAttackTests {
    @Test("the attack: a superuser, or another member's root, forges a receipt: it does not count")
    func forged() throws {
        try CarriedFleet.run { fleet in
            let mx1 = fleet.scene.relays[0]
            let bob = try mx1.makeClient("bob")
            #expect(try fleet.decide("approve", "\(bob.fingerprint)").exitCode == 0)
            try fleet.stop("mx3")
            let revoked = try fleet.decide("revoke", "\(bob.fingerprint)", "--wait-fleet", "2")
            #expect(revoked.exitCode == 70, "\(revoked)")
            try waitUntil("the others are live") { try fleet.status().output.contains("live      2 of 3") }
            // The text that mx3 would sign now.
            let parts = try mx1.folder.read("ledger/fleet/out/receipt").split(separator: "\n", omittingEmptySubsequences: false)
            let armour = try #require(parts.firstIndex { $0.hasPrefix("-----BEGIN SSH SIGNATURE") })
            let own = parts[1..<armour].joined(separator: "\n") + "\n"
            let text = own.replacing("Member: mx1\n", with: "Member: mx3\n")
            #expect(text != own)
            let true1 = parts[armour...].joined(separator: "\n")
            let file = mx1.folder("forged")
            func signed(_ text: String, by key: String) throws -> String {
                try mx1.folder.write("forged", text)
                unlink(file + ".sig")
                try ProgramRun.run("ssh-keygen", ["-q", "-Y", "sign", "-f", key, "-n", "trust-receipt", file]).done()
                return try File.read(file + ".sig")
            }
            let forgeries = [
                // Another member's root, with the only key that it has; an operator's key; mx1's true signature over another text; mx1's own
                // true receipt, as if mx3 had given it; no signature at all.
                (text, try signed(text, by: mx1.folder("ledger/fleet/receipt.key"))),
                (text, try signed(text, by: fleet.key)), (text, true1), (own, true1), (text, "-----BEGIN SSH SIGNATURE-----\n"),
            ]
            for (body, signature) in forgeries {
                try fleet.server.must(
                    """
                    UPDATE trust.receipt SET body = convert_to('\(body)', 'UTF8'), signature = convert_to('\(signature)', 'UTF8')
                        WHERE relay = 'mx3'
                    """, database: "fleet")
                try waitUntil("it comes to the console") {
                    try fleet.console.packs.contains { try File.read(fleet.console("trustsync/inbox/\($0)")).contains(body) }
                }
                let applied = try fleet.console.operator.trustctl("fleet", "apply")
                #expect(applied.output.contains("0 new receipts"), "\(applied)")
                let status = try fleet.status()
                #expect(status.exitCode == 70 && status.output.contains("live      2 of 3"), "\(status)")
                #expect(status.errors.contains("\(bob.fingerprint) may be STILL TRUSTED on mx3"), "\(status)")
            }
            // And while somebody waits.
            let again = try fleet.decide("deny", "\(bob.fingerprint)", "--wait-fleet", "2")
            #expect(again.exitCode == 69 && again.errors.contains("mx3: not heard since "), "\(again)")
            // Its own word counts.
            try fleet.start(2)
            try fleet.waitUntilLive()
            #expect(try fleet.scene.replies(to: bob) == [550, 550, 550])
        }
    }
}
