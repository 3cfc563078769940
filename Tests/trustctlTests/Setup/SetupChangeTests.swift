import FoundationEssentials
import Glibc
import SystemPackage
import Testing
import TrustCore

@testable import EximControl
@testable import Host
@testable import Trust

/// A change of several files, as setup makes it: a new file in a new folder, and an edited file; and its removal.
@Suite("A change of several files")
struct SetupChangeTests {
    static let macros: FilePath = "/etc/exim4/exim4.conf.localmacros"
    static let acl: FilePath = "/etc/trustd/exim/allow"
    static let folder = TransactionTests.folder
    static let mine = Array("# mine\n".utf8)
    static let ours = Array("# mine\nRELAY_FROM_CERTS =\n".utf8)
    static let text = Array("accept\n".utf8)

    enum Direction: CaseIterable {
        case there, back
    }

    static func plan(_ direction: Direction) -> TrustPlan {
        var plan = TrustPlan(
            Decision(
                id: "one", time: "2026-11-22T17:41:59Z", action: .approve, operator: Operator(uid: 0), subjects: []))
        let edits = [
            FileEdit(path: acl.string, before: nil, after: Data(text)),
            FileEdit(path: macros.string, before: Data(mine), after: Data(ours)),
        ]
        plan.files = direction == .there ? edits : edits.reversed().map(\.reversed)
        plan.folders = ["/etc/trustd/exim"]
        plan.trusted = direction == .there ? .init(before: nil, after: .listed([])) : .init(before: .listed([]), after: nil)
        return plan
    }

    static func disk(_ direction: Direction, failing: Int? = nil, dying: Bool = false) -> FaultyDisk {
        FaultyDisk(direction == .there ? [macros: mine] : [macros: ours, acl: text], failing: failing, dying: dying)
    }

    /// All files are old, or all are new; Exim has read them; no temporary file is left.
    func expectWhole(_ disk: FaultyDisk, _ exim: ScriptedExim, _ comment: Comment) {
        let configuration = disk.files.filter { !$0.key.starts(with: Self.folder) && !$0.key.string.hasSuffix(".trustctl") }
        let isOld = configuration == [Self.macros: Self.mine]
        #expect(isOld || configuration == [Self.macros: Self.ours, Self.acl: Self.text], comment)
        #expect(exim.running == disk.files[Self.macros], comment)
    }

    func change(_ disk: FaultyDisk, _ exim: ScriptedExim) -> Transaction {
        Transaction(in: Self.folder, ledger: LedgerFile(in: Self.folder, files: disk), files: disk) { exim }
    }

    @Test("a change of several files is made, and can be taken back", arguments: Direction.allCases) func done(direction: Direction) throws
    {
        let disk = Self.disk(direction)
        let exim = ScriptedExim(disk, list: Self.macros)
        #expect(try change(disk, exim).apply(Self.plan(direction)).notes.isEmpty)
        expectWhole(disk, exim, "done")
        #expect((disk.files[Self.acl] != nil) == (direction == .there))
        #expect(disk.folders.contains("/etc/trustd/exim") == (direction == .there))
    }

    @Test(
        "after a failure or death at any disk step, recovery makes all or none of the change", arguments: Direction.allCases,
        [false, true])
    func everyStep(direction: Direction, dying: Bool) throws {
        let good = Self.disk(direction)
        _ = try change(good, ScriptedExim(good, list: Self.macros)).apply(Self.plan(direction))
        #expect(good.steps > 15)
        for step in 1...good.steps {
            let comment = Comment("\(direction), step \(step), \(dying ? "killed" : "failed")")
            let disk = Self.disk(direction, failing: step, dying: dying)
            let exim = ScriptedExim(disk, list: Self.macros)
            let result = Result { () throws(TransactionError) in try change(disk, exim).apply(Self.plan(direction)) }
            if case .failure(.refused) = result, !dying { expectWhole(disk, exim, comment) }
            if case .failure(.undone) = result, !dying { expectWhole(disk, exim, comment) }
            let again = FaultyDisk(disk.files)
            let after = ScriptedExim(again, list: Self.macros, running: exim.running)
            _ = try Recovery(transaction: change(again, after), list: nil).run()
            expectWhole(again, after, comment)
        }
    }

    @Test(
        "after a failure or death at any Exim step, recovery makes all or none of the change", arguments: Direction.allCases,
        ScriptedExim.Failure.allCases)
    func everyEximStep(direction: Direction, way: ScriptedExim.Failure) throws {
        for step in 1...4 {
            let disk = Self.disk(direction)
            let exim = ScriptedExim(disk, list: Self.macros, failing: step, way: way)
            #expect(throws: TransactionError.self) { try change(disk, exim).apply(Self.plan(direction)) }
            let again = FaultyDisk(disk.files)
            let after = ScriptedExim(again, list: Self.macros, running: exim.running)
            _ = try Recovery(transaction: change(again, after), list: nil).run()
            if step >= 3 || way != .dies { expectWhole(again, after, "\(direction), \(way) at step \(step)") }
            #expect(again.files[Self.macros] == (direction == .there ? Self.mine : Self.ours))
        }
    }

    @Test("without Exim, a change is finished or undone, with a note that it was not checked")
    func withoutExim() throws {
        func alone(_ disk: FaultyDisk) -> Transaction {
            Transaction(in: Self.folder, ledger: LedgerFile(in: Self.folder, files: disk), files: disk) { nil }
        }
        let disk = Self.disk(.back)
        #expect(try alone(disk).apply(Self.plan(.back)).notes == [.noExim])
        let steps = disk.steps
        for (direction, step) in Direction.allCases.flatMap({ direction in (1...steps).map { (direction, $0) } }) {
            let disk = Self.disk(direction, failing: step, dying: true)
            _ = Result { () throws(TransactionError) in
                try change(disk, ScriptedExim(disk, list: Self.macros)).apply(Self.plan(direction))
            }
            let again = FaultyDisk(disk.files)
            _ = try Recovery(transaction: alone(again), list: nil).run()
            expectWhole(again, ScriptedExim(again, list: Self.macros), "\(direction), killed at step \(step)")
            #expect(again.files[Self.folder.appending("journal")] == nil)
        }
    }

    @Test("a file that somebody creates meanwhile stays, and nothing is changed") func madeMeanwhile() throws {
        let disk = Self.disk(.there)
        disk.meanwhile = ("rename", Self.acl, { $0.put(Self.acl, Array("his\n".utf8)) })
        let exim = ScriptedExim(disk, list: Self.macros)
        let error = #expect(throws: TransactionError.self) { try change(disk, exim).apply(Self.plan(.there)) }
        guard case .refused(let cause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.exit == .busy)
        #expect(disk.files[Self.acl] == Array("his\n".utf8) && disk.files[Self.macros] == Self.mine)
    }

    @Test("a file that somebody edits meanwhile stays as edited, and the other files are restored") func editedMeanwhile() throws {
        let disk = Self.disk(.there)
        disk.meanwhile = ("exchange", Self.macros, { $0.put(Self.macros, Array("# mine, and more\n".utf8)) })
        let exim = ScriptedExim(disk, list: Self.macros)
        #expect(throws: TransactionError.self) { try change(disk, exim).apply(Self.plan(.there)) }
        #expect(disk.files[Self.macros] == Array("# mine, and more\n".utf8) && disk.files[Self.acl] == nil)
    }
}
