import Testing
import TrustCore
import TrustTestSupport

@Suite("trustctl interrupted while our CA signs or revokes", .skipped(by: Stepper.obstacle))
struct SigningFaultTests {
    /// What is on the disk of the certificate for `shown` outside of root's own journal: what somebody could have fetched, or will.
    private func handedOver(_ scene: RelayScene, _ shown: ClientCertificate) -> String? {
        try? scene.folder.read("etc/issued/\(shown.fingerprint)")
    }

    /// The one certificate that the ledger says was signed for `shown`; nil when none was.
    private func signed(_ scene: RelayScene, _ shown: ClientCertificate, _ told: String) throws -> String? {
        let lines = try scene.ledgerLines.filter { $0.hasPrefix("{\"action\":\"sign\"") && $0.contains("\(shown.fingerprint)") }
        #expect(lines.count <= 1, "\(told)")
        return lines.first?.firstMatch(of: /"certificate":"([^"]+)"/).map { String($0.output.1) }
    }

    /// A certificate that was signed is in the ledger, or does not exist.
    private func check(_ scene: RelayScene, _ shown: ClientCertificate, _ printed: String, _ told: String) throws {
        func body(_ pem: String) -> String { pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined() }
        let before = try signed(scene, shown, told)
        // Right after the interruption, before any repair.
        if let text = handedOver(scene, shown) { #expect(before == body(text), "somebody could fetch what no ledger knows: \(told)") }
        if !printed.isEmpty { #expect(before == body(printed), "\(told)") }
        let next = try scene.trustctl("list")
        #expect(next.exitCode == 0 && !File.exists(scene.folder("ledger/journal")), "\(told)\(next)")
        let after = try signed(scene, shown, told)
        #expect(after == before || before == nil && after == nil, "\(told)\(next)")
        #expect(handedOver(scene, shown).map(body) == after, "\(told)\(next)")
        #expect(!File.names(in: scene.folder("etc/issued")).contains { $0.hasPrefix(".") }, "\(told)\(next)")
        let verified = try scene.trustctl("history", "--verify")
        #expect(verified.exitCode == 0, "\(verified)\(told)")
    }

    private func arguments(_ shown: ClientCertificate) -> [String] { ["ca", "sign", "\(shown.fingerprint)", "--yes"] }

    private func waiting(_ scene: RelayScene, _ name: String) throws -> ClientCertificate {
        let client = try scene.makeClient(name)
        try scene.folder.queue(client)
        return client
    }

    @Test("killed at any change, what was signed is in the ledger or does not exist")
    func killed() throws {
        try RelayScene.withOwnAuthority { scene in
            var random = Randomness("sign")
            let first = try waiting(scene, "first")
            let whole = try scene.operator.step(.count, arguments(first), in: scene.folder)
            #expect(whole.outcome.exitCode == 0, "\(whole)")
            try check(scene, first, whole.outcome.output, "\(whole)")
            let moments = FaultSweep.choose(12, of: whole.changes, by: &random)
            for (round, moment) in moments.enumerated() {
                let shown = try waiting(scene, "client\(round)")
                let run = try scene.operator.step(.killBeforeChange(moment), arguments(shown), in: scene.folder)
                #expect(run.outcome.exitCode == 137 || run.outcome.exitCode == 0, "\(run)")
                try check(scene, shown, run.outcome.output, "\(run)")
            }
            print("ca sign: killed \(moments.count) times, of \(whole.changes) changes")
        }
    }

    @Test("with a failing disk it says what came of it, and the ledger has what was signed", arguments: SystemFault.allCases)
    func failing(fault: SystemFault) throws {
        try RelayScene.withOwnAuthority { scene in
            var random = Randomness("sign \(fault.rawValue)")
            let first = try waiting(scene, "first")
            let whole = try scene.operator.step(.count, arguments(first), in: scene.folder)
            let places = FaultSweep.choose(3, orEachOf: 24, of: whole.calls(thatCanReturn: fault), by: &random)
            for (round, place) in places.enumerated() {
                for stays in [false, true] {
                    let shown = try waiting(scene, "client\(round)\(stays)")
                    let run = try scene.operator.step(.fail(fault, at: place, stays: stays), arguments(shown), in: scene.folder)
                    let code = run.outcome.exitCode
                    #expect([0, 65, 66, 69, 70, 75, 77, 78].contains(code), "\(run)")
                    #expect(try (signed(scene, shown, "\(run)") != nil) == !run.outcome.output.isEmpty || code == 70, "\(run)")
                    try check(scene, shown, run.outcome.output, "\(run)")
                }
            }
            print("ca sign, \(fault.rawValue): \(places.count) places of \(whole.calls(thatCanReturn: fault))")
        }
    }

    @Test("`ca revoke` killed at any change: all certificates of the key are revoked, or none is")
    func revoking() throws {
        try RelayScene.withOwnAuthority { scene in
            var random = Randomness("ca revoke")
            func prepare(_ name: String) throws -> [ClientCertificate] {
                let shown = try waiting(scene, name)
                return [try scene.sign(shown), try scene.sign(shown, "--days", "9")]
            }
            func arguments(_ pair: [ClientCertificate]) -> [String] { ["ca", "revoke", "\(pair[0].fingerprint)", "--yes"] }
            let first = try prepare("first")
            let whole = try scene.operator.step(.count, arguments(first), in: scene.folder)
            #expect(whole.outcome.exitCode == 0, "\(whole)")
            for (round, moment) in FaultSweep.choose(8, of: whole.changes, by: &random).enumerated() {
                let pair = try prepare("client\(round)")
                let run = try scene.operator.step(.killBeforeChange(moment), arguments(pair), in: scene.folder)
                let hadJournal = File.exists(scene.folder("ledger/journal"))
                #expect(try scene.trustctl("list").exitCode == 0, "\(run)")
                let revoked = Set(File.names(in: scene.folder("etc/revoked")))
                let count = pair.count { revoked.contains("\($0.fingerprint)") }
                // What has begun is finished: a stolen key must not come back by an accident.
                #expect(count == (hadJournal || run.outcome.exitCode == 0 ? 2 : 0) || count == 2, "\(run)")
                let again = try scene.operator.start(arguments(pair)).wait()
                #expect(again.exitCode == 0, "\(again)")
                for client in pair { #expect(try scene.reply(to: client) == 550) }
            }
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
        }
    }
}
