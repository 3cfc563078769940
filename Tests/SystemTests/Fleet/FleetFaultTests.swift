import Glibc
import Testing
import TrustTestSupport

@Suite("trustctl fleet killed while it keeps decisions and makes them so", .skipped(by: Stepper.obstacle))
struct FleetFaultTests {
    /// One decision approves one certificate and revokes another; killed anywhere, the next command makes all of it so.
    @Test("killed at a call, import and apply go on where they were", arguments: [false, true])
    func killed(folderList: Bool) throws {
        try FleetScene.founded(2, folderList: folderList) { scene in
            let mx2 = scene.relays[1]
            var random = Randomness("fleet\(folderList)")
            var last: String?
            func prepare() throws -> (old: String?, new: String, pack: String) {
                let new = random.fingerprint()
                _ = try scene.decide(0, "approve", new).done()
                if let old = last { _ = try scene.decide(0, "revoke", old).done() }
                defer { last = new }
                return (last, new, try scene.export(0))
            }
            let first = try prepare()
            let whole = try mx2.operator.step(.count, ["fleet", "import", first.pack], in: mx2.folder)
            #expect(whole.outcome.exitCode == 0, "\(whole)")
            let moments = FaultSweep.choose(6, of: whole.changes, by: &random)
            for moment in moments {
                let (old, new, pack) = try prepare()
                var act = Stepper.Act.killBeforeChange(moment)
                var run = try mx2.operator.step(act, ["fleet", "import", pack], in: mx2.folder)
                while run.outcome.exitCode != 137, let sooner = act.sooner {
                    act = sooner
                    run = try mx2.operator.step(act, ["fleet", "import", pack], in: mx2.folder)
                }
                #expect(try mx2.exim.check().exitCode == 0, "\(run)")
                // What was kept is made so, without the pack; what was not is brought again.
                _ = try mx2.trustctl("fleet", "apply").done()
                let next = try mx2.trustctl("fleet", "import", pack).done()
                let trusted = try mx2.trusted
                #expect(trusted.contains(new) && !(old.map(trusted.contains) ?? false), "\(run)\(next)")
                let verified = try mx2.trustctl("fleet", "verify")
                #expect(verified.exitCode == 0, "\(run)\(next)\(verified)")
                #expect(try mx2.trustctl("history", "--verify").exitCode == 0, "\(run)")
                #expect(scene.store(0).count == scene.store(1).count, "\(run)\(next)")
            }
            print("fleet import: killed \(moments.count) times, of \(whole.changes) changes")
        }
    }

    /// Two packs, one that approves and one that revokes, between garbage.
    @Test("killed at a call, apply loses nothing of the inbox, and the next one makes all of it so")
    func killedInbox() throws {
        try FleetScene.founded(2) { scene in
            let mx2 = scene.relays[1]
            let inbox = try FleetInbox(mx2)
            var random = Randomness("inbox")
            var last: String?
            func prepare() throws -> (old: String?, new: String) {
                let before = try scene.records(0).count
                let new = random.fingerprint()
                _ = try scene.decide(0, "approve", new).done()
                if let old = last { _ = try scene.decide(0, "revoke", old).done() }
                try inbox.put("garbage", as: "0")
                // What is new, with the two receipts and what waits, which are the last ones.
                for (number, record) in try scene.records(0).dropFirst(before - 3).enumerated() {
                    try inbox.put(record, as: "\(number + 1)")
                }
                mkdir(inbox("9"), 0o755)
                defer { last = new }
                return (last, new)
            }
            _ = try prepare()
            let whole = try mx2.operator.step(.count, ["fleet", "apply", "--unit"], in: mx2.folder)
            #expect(whole.outcome.exitCode == 0, "\(whole)")
            let moments = FaultSweep.choose(8, of: whole.changes, by: &random)
            for moment in moments {
                let (old, new) = try prepare()
                var act = Stepper.Act.killBeforeChange(moment)
                var run = try mx2.operator.step(act, ["fleet", "apply", "--unit"], in: mx2.folder)
                while run.outcome.exitCode != 137, let sooner = act.sooner {
                    act = sooner
                    try inbox.put(try scene.pack(0))
                    run = try mx2.operator.step(act, ["fleet", "apply", "--unit"], in: mx2.folder)
                }
                #expect(try mx2.exim.check().exitCode == 0, "\(run)")
                let next = try inbox.apply("--unit").done()
                let trusted = try mx2.trusted
                #expect(trusted.contains(new) && !(old.map(trusted.contains) ?? false), "\(run)\(next)")
                let left = inbox.names
                #expect(left.isEmpty, "\(left)\(run)\(next)")
                let verified = try mx2.trustctl("fleet", "verify")
                #expect(verified.exitCode == 0, "\(run)\(next)\(verified)")
                #expect(scene.store(0).count == scene.store(1).count, "\(run)\(next)")
            }
            print("fleet inbox: killed \(moments.count) times, of \(whole.changes) changes")
        }
    }
}
