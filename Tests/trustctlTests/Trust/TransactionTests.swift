import FoundationEssentials
import Glibc
import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Trust

/// The centre-piece: every step fails once, and each time what Exim runs with equals what the disk holds.
@Suite("A change of trust")
struct TransactionTests {
    @Test("after a change, list, denials, ledger and Exim agree, and no temporary file is left", arguments: Kind.allCases)
    func done(kind: Kind) throws {
        let disk = Self.disk()
        let exim = ScriptedExim(disk, list: Self.list)
        let plan = Self.plan(kind)
        let notes = try Self.change(disk, exim).apply(plan).notes
        #expect(notes.isEmpty)
        #expect(disk.files[Self.list] == plan.list?.after.bytes)
        expectSound(disk, exim, plan, "done")
        let denied = Self.folder.appending("denied")
        #expect((disk.files[denied.appending(Self.friend.description)] != nil) == (kind == .deny))
        #expect((disk.files[denied.appending(Self.newcomer.description)] != nil) == (kind != .approve))
        #expect(
            Set(disk.files.keys.filter { !$0.starts(with: Self.certs) }).isSubset(of: [
                Self.list, Self.folder.appending("ledger"), Self.folder.appending("lock"),
                denied.appending(Self.friend.description), denied.appending(Self.newcomer.description),
            ]))
    }

    @Test("after a failed disk step, Exim runs with the list on disk, and recovery completes", arguments: Kind.allCases)
    func everyFileSystemStep(kind: Kind) throws {
        let plan = Self.plan(kind)
        let good = Self.disk()
        _ = try Self.change(good, ScriptedExim(good, list: Self.list)).apply(plan)
        #expect(good.steps >= 10)
        var outcomes: Set<String> = []
        for step in 1...good.steps {
            for code in [EIO, ENOSPC, EROFS] {
                let disk = Self.disk(failing: step, code: code)
                let exim = ScriptedExim(disk, list: Self.list)
                let comment = Comment("\(kind), step \(step)")
                do throws(TransactionError) {
                    _ = try Self.change(disk, exim).apply(plan)
                    outcomes.insert("done")
                    expectSound(disk, exim, plan, comment)
                } catch {
                    switch error {
                    case .refused, .undone:
                        outcomes.insert("refused or undone")
                        #expect(disk.files[Self.list] == Self.old, comment)
                        expectSound(disk, exim, plan, comment)
                        #expect(disk.files[Self.folder.appending("journal")] == nil, comment)
                        #expect(disk.files[Self.folder.appending("denied").appending(Self.newcomer.description)] != nil, comment)
                        #expect(disk.files[Self.folder.appending("denied").appending(Self.friend.description)] == nil, comment)
                    case .unfinished:
                        // A revocation stays live although the ledger's disk is full.
                        outcomes.insert("unfinished")
                        #expect(kind != .approve, comment)
                        #expect(disk.files[Self.list] != Self.old && exim.running == disk.files[Self.list], comment)
                    case .stuck: outcomes.insert("stuck")
                    }
                }
                try expectRecovery(disk, exim, plan, comment)
            }
        }
        #expect(outcomes.contains("done") && outcomes.contains("refused or undone"))
        #expect(outcomes.contains("unfinished") == (kind != .approve))
    }

    @Test("a ledger line written despite a disk error is removed, or the change is stuck until later")
    func appendedAfterAll() throws {
        let plan = Self.plan(.approve)
        let good = Self.disk()
        _ = try Self.change(good, ScriptedExim(good, list: Self.list)).apply(plan)
        let ledger = Self.folder.appending("ledger")
        let step = 1 + (try #require(good.calls.firstIndex(of: "append")))
        let line = try #require(good.files[ledger])
        for (dying, code) in [(false, EIO), (true, EIO)] {
            let disk = Self.disk(failing: step, dying: dying, code: code)
            disk.meanwhile = ("append", ledger, { $0.put(ledger, line) })
            let exim = ScriptedExim(disk, list: Self.list)
            let error = try #require(throws: TransactionError.self) { try Self.change(disk, exim).apply(plan) }
            switch error {
            case .undone where !dying: #expect(disk.files[ledger] == [] && disk.files[Self.list] == Self.old)
            case .stuck(let cause, _) where dying: #expect(cause.reason.contains("shorten"), "\(cause)")
            default: Issue.record("\(error)")
            }
            #expect(try expectRecovery(disk, exim, plan, "\(dying)") == (dying ? "finished" : "nothing"))
        }
    }

    @Test("after a failed Exim step, Exim runs with the list on disk", arguments: Kind.allCases, ScriptedExim.Failure.allCases)
    func everyEximStep(kind: Kind, way: ScriptedExim.Failure) throws {
        let plan = Self.plan(kind)
        for step in 1...4 {
            let disk = Self.disk()
            let exim = ScriptedExim(disk, list: Self.list, failing: step, way: way)
            let comment = Comment("\(kind), \(way) at step \(step)")
            do throws(TransactionError) {
                _ = try Self.change(disk, exim).apply(plan)
                Issue.record("step \(step) did not fail")
            } catch {
                switch error {
                case .refused:
                    #expect(step < 3 && disk.files[Self.list] == Self.old, comment)
                    #expect(disk.files[Self.folder.appending("journal")] == nil, comment)
                case .undone:
                    #expect(step >= 3 && way != .weDie, comment)
                    expectSound(disk, exim, plan, comment)
                case .stuck: #expect(way == .weDie, comment)
                case .unfinished: Issue.record("\(comment)")
                }
            }
        }
    }

    @Test("a list that somebody edits between reading and renaming is not overwritten")
    func editedMeanwhile() throws {
        let theirs = Self.file([Self.friend, Self.fingerprint("12")])
        let disk = Self.disk()
        disk.meanwhile = ("exchange", Self.list, { $0.put(Self.list, theirs) })
        let exim = ScriptedExim(disk, list: Self.list)
        let error = #expect(throws: TransactionError.self) { try Self.change(disk, exim).apply(Self.plan(.approve)) }
        guard case .refused(let cause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.exit == .busy)
        #expect(disk.files[Self.list] == theirs)
        #expect(disk.files[Self.folder.appending("ledger")] == nil)
    }

    @Test("a change is refused if Exim would trust more, less or others than intended")
    func notWhatIsMeant() throws {
        for meant in [[Self.friend], [Self.friend, Self.newcomer, Self.fingerprint("12")], []] {
            let disk = Self.disk()
            let exim = ScriptedExim(disk, list: Self.list)
            var plan = Self.plan(.approve)
            plan.list = plan.list.map { .init(path: $0.path, before: $0.before.bytes ?? [], after: $0.after.bytes ?? [], meant: meant) }
            let error = #expect(throws: TransactionError.self) { try Self.change(disk, exim).apply(plan) }
            guard case .refused(let cause) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(cause.exit == .refused)
            expectSound(disk, exim, plan, "meant \(meant)")
        }
    }
}
