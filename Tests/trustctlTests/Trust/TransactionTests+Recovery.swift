import FoundationEssentials
import Glibc
import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Trust

/// What the next command makes of a change that was interrupted.
extension TransactionTests {
    @Test("after a kill at any step, the next command undoes an approve and finishes a revoke or deny", arguments: Kind.allCases)
    func killedAtEveryStep(kind: Kind) throws {
        let plan = Self.plan(kind)
        let good = Self.disk()
        _ = try Self.change(good, ScriptedExim(good, list: Self.list)).apply(plan)
        var recovered: Set<String> = []
        for step in 1...good.steps {
            let disk = Self.disk(failing: step, dying: true)
            let exim = ScriptedExim(disk, list: Self.list)
            _ = Result { () throws(TransactionError) in try Self.change(disk, exim).apply(plan) }
            #expect(Set(Self.others).isSubset(of: Self.reachable(disk)), "\(kind), killed at step \(step)")
            recovered.insert(try expectRecovery(disk, exim, plan, Comment("\(kind), killed at step \(step)")))
        }
        #expect(recovered == (kind == .approve ? ["nothing", "undone", "finished"] : ["nothing", "finished"]))
    }

    @Test("a recovery killed at any step is completed by the next one", arguments: Kind.allCases)
    func killedInRecovery(kind: Kind) throws {
        let plan = Self.plan(kind)
        let good = Self.disk()
        _ = try Self.change(good, ScriptedExim(good, list: Self.list)).apply(plan)
        for step in 1...good.steps {
            // Every third one, another third at each step: all pairs would take a minute.
            for second in stride(from: 1 + step % 3, through: 24, by: 3) {
                let disk = Self.disk(failing: step, dying: true)
                let exim = ScriptedExim(disk, list: Self.list)
                _ = Result { () throws(TransactionError) in try Self.change(disk, exim).apply(plan) }
                let again = FaultyDisk(disk.files, failing: second, dying: true)
                let after = ScriptedExim(again, list: Self.list, running: exim.running)
                _ = Result { () throws(TransactionError) in try Recovery(transaction: Self.change(again, after), list: Self.list).run() }
                try expectRecovery(again, after, plan, Comment("\(kind), killed at step \(step), then at step \(second) of the recovery"))
            }
        }
    }

    @Test("after a kill, somebody removes what was beside the list: the next command still undoes or finishes", arguments: Kind.allCases)
    func withoutCandidate(kind: Kind) throws {
        let plan = Self.plan(kind)
        let good = Self.disk()
        _ = try Self.change(good, ScriptedExim(good, list: Self.list)).apply(plan)
        for step in 1...good.steps {
            let disk = Self.disk(failing: step, dying: true)
            let exim = ScriptedExim(disk, list: Self.list)
            _ = Result { () throws(TransactionError) in try Self.change(disk, exim).apply(plan) }
            let left = disk.files.filter { !($0.key.lastComponent?.string.hasPrefix(".relay_from_certs") ?? false) }
            try expectRecovery(FaultyDisk(left), exim, plan, Comment("\(kind), killed at step \(step)"))
        }
    }

    @Test("the journal names the digests of the list, and holds no part of it")
    func digests() throws {
        let text = String(decoding: try JSONEncoder().encode(Self.plan(.revoke)), as: UTF8.self)
        #expect(text.contains(Ledger.digest(of: Self.old)) && !text.contains("RELAY_FROM_CERTS"))
        #expect(!text.contains(Data(Self.old).base64EncodedString()))
        let read = try JSONDecoder().decode(TrustPlan.self, from: Data(text.utf8))
        #expect(read.list?.before.matches(Self.old) == true && read.list?.after.matches(Self.old) == false)
    }

    /// Recovers on a disk that works again; then all agrees, nothing is left over, and the same command can be given once more.
    @discardableResult
    func expectRecovery(_ broken: FaultyDisk, _ was: ScriptedExim, _ plan: TrustPlan, _ comment: Comment) throws -> String {
        let disk = FaultyDisk(broken.files)
        let exim = ScriptedExim(disk, list: Self.list, running: was.running)
        let hadJournal = disk.files[Self.folder.appending("journal")] != nil
        let recovered = try Recovery(transaction: Self.change(disk, exim), list: Self.list).run()
        #expect(exim.running == disk.files[Self.list], comment)
        #expect((recovered != nil) == hadJournal, comment)
        expectDirectory(disk, comment)
        #expect(disk.files[Self.folder.appending("journal")] == nil, comment)
        let live = disk.files[Self.list]
        let after = plan.list?.after.bytes
        let isDone = Ledger(disk.files[Self.folder.appending("ledger")] ?? []).holds("one")
        #expect(live == (isDone ? after : Self.old), comment)
        #expect(Ledger(disk.files[Self.folder.appending("ledger")] ?? []).lines.count <= 1, comment)
        switch recovered {
        case nil: return "nothing"
        case .finished:
            #expect(isDone, comment)
            return "finished"
        case .undone:
            #expect(!isDone && !plan.takesTrustAway, comment)
            return "undone"
        }
    }

    @Test("a recovery that cannot remove the journal says so")
    func journalStays() throws {
        let plan = Self.plan(.revoke)
        let good = Self.disk()
        _ = try Self.change(good, ScriptedExim(good, list: Self.list)).apply(plan)
        let broken = Self.disk(failing: 1 + (try #require(good.calls.firstIndex(of: "append"))), dying: true)
        _ = Result { () throws(TransactionError) in try Self.change(broken, ScriptedExim(broken, list: Self.list)).apply(plan) }
        let steps = FaultyDisk(broken.files)
        #expect(
            try Recovery(transaction: Self.change(steps, ScriptedExim(steps, list: Self.list)), list: Self.list).run()
                == .finished(plan.summary, []))
        let disk = FaultyDisk(broken.files, failing: 1 + (try #require(steps.calls.lastIndex(of: "remove"))), code: EIO)
        let recovered = try Recovery(transaction: Self.change(disk, ScriptedExim(disk, list: Self.list)), list: Self.list).run()
        let journal = Self.folder.appending("journal")
        #expect(recovered == .finished(plan.summary, [.journalNotRemoved(SystemError("remove", journal, code: EIO))]))
        #expect(disk.files[journal] != nil)
    }

    @Test("after a kill over somebody's edit, recovery keeps the edit and removes the revoked one")
    func killedOverSomebodysEdit() throws {
        let other = Self.fingerprint("12")
        let theirs = Self.file([Self.friend, other])
        let plan = Self.plan(.revoke)
        let good = Self.disk()
        _ = try Self.change(good, ScriptedExim(good, list: Self.list)).apply(plan)
        var sawTheirs = 0
        for step in 1...good.steps {
            let disk = Self.disk(failing: step, dying: true)
            disk.meanwhile = ("exchange", Self.list, { $0.put(Self.list, theirs) })
            _ = Result { () throws(TransactionError) in try Self.change(disk, ScriptedExim(disk, list: Self.list)).apply(plan) }
            guard disk.meanwhile == nil else { continue }
            let healthy = FaultyDisk(disk.files)
            let exim = ScriptedExim(healthy, list: Self.list)
            let recovered = try Recovery(transaction: Self.change(healthy, exim), list: Self.list).run()
            let live = try #require(healthy.files[Self.list])
            #expect(try MacroDefinition(in: live, file: Self.list).list[other] != nil, "step \(step)")
            if case .finished = recovered {
                sawTheirs += 1
                #expect(try MacroDefinition(in: live, file: Self.list).list[Self.friend] == nil, "step \(step)")
                #expect(exim.running == live)
            }
        }
        #expect(sawTheirs > 0)
    }
}
