import Testing
import TrustTestSupport

@Suite("trustctl killed while it approves a renewal, or makes the client's next certificate", .skipped(by: Stepper.obstacle))
struct RenewalFaultTests {
    @Test("admit killed at any change: the renewal is approved once, and never lost")
    func admit() throws {
        try RelayScene.run(settings: "renew = same-key\n") { scene in
            var random = Randomness("renewal")
            func prepare(_ round: Int) throws -> (old: ClientCertificate, next: ClientCertificate) {
                let old = try scene.makeClient("laptop\(round)", .expiring)
                try scene.approve(shown: old, "laptop\(round)")
                let next = try scene.successor(of: old, "laptop\(round)")
                try scene.folder.queue(next)
                return (old, next)
            }
            func check(_ pair: (old: ClientCertificate, next: ClientCertificate), _ label: String, _ told: String) throws {
                let looked = try scene.trustctl("list", "--state", "approved")
                #expect(looked.exitCode == 0 && !File.exists(scene.folder("ledger/journal")), "\(told)\(looked)")
                #expect(scene.standing(of: "\(pair.old.fingerprint)").isApproved, "\(told)")
                let again = try scene.trustctl("admit")
                #expect(again.exitCode == 0 && scene.standing(of: "\(pair.next.fingerprint)").isApproved, "\(told)\(again)")
                let lines = try scene.ledgerLines.filter { $0.contains("\"renews\":\"\(pair.old.fingerprint)\"") }
                #expect(lines.count == 1 && lines[0].contains("\"since\":\"20"), "\(told)\(lines)")
                let labelled = try scene.operator.entries("approved").filter { $0.label == label }.map(\.fingerprint)
                #expect(labelled == ["\(pair.next.fingerprint)"], "\(told)")
                #expect(try scene.trustctl("history", "--verify").exitCode == 0, "\(told)")
            }
            let first = try prepare(0)
            let whole = try scene.operator.step(.count, ["admit"], in: scene.folder)
            #expect(whole.outcome.exitCode == 0, "\(whole)")
            try check(first, "laptop0", "\(whole)")
            for (round, moment) in FaultSweep.choose(5, of: whole.changes, by: &random).enumerated() {
                let prepared = try prepare(round + 1)
                let run = try scene.operator.step(.killBeforeChange(moment), ["admit"], in: scene.folder)
                #expect(run.outcome.exitCode == 137 || run.outcome.exitCode == 0, "\(run)")
                try check(prepared, "laptop\(round + 1)", "\(run)")
            }
        }
    }

    @Test("client renew --signed, killed at any change, leaves all whole, and the next run goes on")
    func renew() throws {
        try RelayScene.run { scene in
            var random = Randomness("client renew")
            func renew(_ name: String) -> [String] { ["client", "renew", "--signed", "--dir", scene.folder(name)] }
            _ = try scene.makeMachine("whole", days: 20)
            let whole = try scene.operator.step(.count, renew("whole"), in: scene.folder)
            #expect(whole.outcome.exitCode == 10, "\(whole)")
            for (round, moment) in FaultSweep.choose(5, of: whole.changes, by: &random).enumerated() {
                let name = "round\(round)"
                let current = try scene.makeMachine(name, days: 20)
                let run = try scene.operator.step(.killBeforeChange(moment), renew(name), in: scene.folder)
                #expect(run.outcome.exitCode == 137 || run.outcome.exitCode == 10, "\(run)")
                #expect(try ClientCertificate.fingerprint(of: scene.folder("\(name)/client.pem")) == current.fingerprint, "\(run)")
                let again = try scene.operator.start(renew(name)).wait()
                #expect(again.exitCode == 10, "\(run)\(again)")
                let next = scene.folder("\(name)/next")
                let key = try ProgramRun.run("openssl", ["pkey", "-in", "\(next)/client.key", "-pubout"])
                let certificate = try ProgramRun.run("openssl", ["x509", "-in", "\(next)/client.pem", "-noout", "-pubkey"])
                #expect(key.exitCode == 0 && key.output == certificate.output, "\(run)\(again)")
            }
        }
    }
}
