import Testing
import TrustTestSupport

@Suite("Renewals with a new key, which the old one has signed")
struct SignedRenewalTests {
    private func succession(in certificate: String) throws -> String {
        let text = try ProgramRun.run("openssl", ["x509", "-in", certificate, "-noout", "-text"]).output
        return String(try #require(text.firstMatch(of: /URI:(trustd-renewal:[^, \n]+)/)?.1))
    }

    @Test("client renew --signed is approved by admit, put in use, and revoked with its predecessor")
    func wholeWay() throws {
        try RelayScene.run(settings: "renew = same-key\n") { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeMachine("laptop", days: 40)
            try scene.approve(shown: laptop, "laptop")
            #expect(try scene.reply(to: laptop) == 250)
            try ProgramRun.run("cp", ["-a", scene.folder("laptop"), scene.folder("thief")])
            let both = try scene.client("laptop", "renew", "--signed", "--same-key")
            #expect(both.exitCode == 64, "\(both)")
            let waits = try scene.client("laptop", "renew", "--signed")
            #expect(waits.exitCode == 10, "\(waits)")
            let next = try scene.next("laptop")
            #expect(try scene.folder.read("laptop/next/client.key") != scene.folder.read("laptop/client.key"))
            #expect(try scene.trustctl("list").output.contains("renews laptop (signed by its key, ends "))
            let refused = try scene.trustctl("admit")
            #expect(refused.output == "" && refused.errors.contains("renew = same-key takes no new key"), "\(refused)")

            try scene.writeSettings("renew = signed\n")
            let done = try scene.trustctl("admit")
            #expect(done.output.contains("done: approve \(next.fingerprint) (laptop), which renews laptop"), "\(done)")
            let switched = try scene.client("laptop", "renew", "--signed")
            #expect(switched.exitCode == 0 && switched.output.contains("in use: \(next.fingerprint)"), "\(switched)")
            #expect(try scene.client("laptop", "check", scene.relayName).exitCode == 0)

            // The attack: a thief with the old key names his own as its successor, later.
            #expect(try scene.client("thief", "renew", "--signed").exitCode == 10)
            let stolen = try scene.next("thief")
            let theft = /two certificates claim to follow laptop until 20[0-9-]{8}: its key may be stolen/
            let second = try scene.trustctl("admit")
            #expect(second.output == "" && second.errors.contains(theft), "\(second)")
            #expect(try scene.warnings(of: stolen.fingerprint).contains { $0.contains(theft) })
            #expect(try scene.trusted == ["\(laptop.fingerprint)", "\(next.fingerprint)"])

            // What the owner makes next keeps the subject, and has its own time.
            #expect(try scene.client("laptop", "renew", "--signed").exitCode == 10)
            let third = try scene.next("laptop")
            let early = try scene.trustctl("admit")
            #expect(early.errors.contains("\(third.fingerprint) renews laptop, but you must decide: ") && early.output == "", "\(early)")

            let unsaid = try scene.trustctl("revoke", "\(laptop.fingerprint)", "--yes")
            #expect(unsaid.exitCode == 64 && unsaid.errors.contains("\(next.fingerprint) (laptop)"), "\(unsaid)")
            #expect(unsaid.errors.contains("the same key or follow it"), "\(unsaid)")
            #expect(try scene.trustctl("revoke", "\(laptop.fingerprint)", "--key", "--yes").exitCode == 0)
            #expect(try scene.trusted.isEmpty)
            #expect(File.names(in: scene.folder("ledger/denied-keys")).count == 2)
            #expect(try scene.trustctl("admit").output == "")
        }
    }

    @Test("the attack: a signature that was copied, or is about another certificate")
    func replay() throws {
        try RelayScene.run(settings: "renew = signed\n") { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeMachine("laptop", days: 40)
            let other = try scene.makeMachine("other", days: 40)
            try scene.approve(shown: laptop, "laptop")
            try scene.approve(shown: other, "other")
            #expect(try scene.client("laptop", "renew", "--signed").exitCode == 10)
            let next = try scene.next("laptop")
            let uri = try succession(in: next.certificate)
            let renamed = uri.replacing("\(laptop.fingerprint)", with: "\(other.fingerprint)")
            for (place, text) in [("copied", uri), ("renamed", renamed), ("cut", String(uri.dropLast(4)))] {
                try scene.folder.makeFolder("clients/\(place)")
                let thief = try ClientCertificate(
                    "clients/\(place)/laptop.example", saying: "subjectAltName = URI:\(text)", in: scene.folder)
                try scene.folder.queue(thief)
                if place == "cut" { continue }
                let warnings = try scene.warnings(of: thief.fingerprint)
                #expect(warnings.contains { $0.contains("does not show that it comes from") }, "\(place): \(warnings)")
            }
            // They are no second claim: only the owner's own comes in.
            let done = try scene.trustctl("admit")
            #expect(done.output.contains("done: approve \(next.fingerprint)"), "\(done)")
            #expect(try scene.trusted == ["\(laptop.fingerprint)", "\(other.fingerprint)", "\(next.fingerprint)"])
        }
    }
}
