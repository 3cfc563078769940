import FoundationEssentials
import Glibc
import SystemPackage
import Testing
import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Trust

/// The most important test: every step fails once, and each time Exim must run with what the disk holds.
@Suite("A change of trust")
struct TrustChangeTests {
    static let list: FilePath = "/etc/trustd/relay_from_certs"
    static let folder: FilePath = "/var/lib/trustctl"
    static let friend = fingerprint("AB")
    static let newcomer = fingerprint("CD")

    private static func fingerprint(_ digits: String) -> Fingerprint {
        do { return try Fingerprint(String(repeating: digits, count: 32)) } catch { preconditionFailure("\(error)") }
    }

    static func file(_ fingerprints: [Fingerprint]) -> [UInt8] {
        let empty = ListForm.macro.emptyFile
        guard let definition = try? MacroDefinition(in: empty, file: list) else { return [] }
        var next = definition.list
        for fingerprint in fingerprints {
            next = next.approving(fingerprint, note: ListNote(label: nil, day: "2026-11-22", by: "alice"))
        }
        return definition.file(with: next)
    }

    static var old: [UInt8] { file([friend]) }

    enum Kind: String, CaseIterable {
        case approve, revoke, deny
    }

    static func plan(_ kind: Kind) -> TrustPlan {
        let (fingerprint, before, after): (Fingerprint, TrustState, TrustState) =
            switch kind {
            case .approve: (newcomer, .denied, .approved)
            case .revoke: (friend, .approved, .none)
            case .deny: (friend, .approved, .denied)
            }
        let left = kind == .approve ? [friend, newcomer] : []
        var plan = TrustPlan(
            Decision(
                id: "one", time: "2026-11-22T17:41:59Z", action: kind == .approve ? .approve : kind == .deny ? .deny : .revoke,
                operator: Operator(uid: 0), subjects: [Decision.Subject(fingerprint: fingerprint, before: before, after: after)]))
        if kind == .deny { plan.deny = [friend] }
        if kind == .approve { plan.allow = [newcomer] }
        plan.list = TrustPlan.ListEdit(path: list.string, before: Data(old), after: Data(file(left)), meant: left)
        let item = DirectoryEdit.Item(fingerprint: fingerprint, der: Data(fingerprint.description.utf8), subjectHash: hash)
        plan.directory = DirectoryEdit(path: certs.string, install: kind == .approve ? [item] : [], remove: kind == .approve ? [] : [item])
        return plan
    }

    static let certs: FilePath = "/etc/trustd/certs"
    /// All certificates have this subject hash, so their links are numbered.
    static let hash = "9d04f354"
    static let others = ["other.pem", "third.pem"]

    static func disk(failing: Int? = nil, dying: Bool = false, code: CInt = EIO) -> FaultyDisk {
        var files = [list: old, folder.appending("denied").appending(newcomer.description): []]
        for (number, name) in ["\(friend).pem", others[0], others[1]].enumerated() {
            files[certs.appending(name)] = number == 0 ? PEM.certificate(Array(friend.description.utf8)) : [1]
            files[certs.appending("\(hash).\(number)")] = Array("-> \(name)".utf8)
        }
        return FaultyDisk(files, failing: failing, dying: dying, code: code)
    }

    /// The files that OpenSSL finds in the trust directory: it counts up from 0 and stops at the first missing number.
    static func reachable(_ disk: FaultyDisk) -> [String] {
        var names: [String] = []
        while let link = disk.files[certs.appending("\(hash).\(names.count)")] {
            names.append(String(decoding: link.dropFirst(3), as: UTF8.self))
        }
        return names
    }

    /// A listed client's certificate is in the directory, complete and found by its hash; an unlisted one's is not; the others always are.
    func expectDirectory(_ disk: FaultyDisk, _ comment: Comment) {
        let live = String(decoding: disk.files[Self.list] ?? [], as: UTF8.self)
        for name in [Self.friend, Self.newcomer].map(\.description) {
            let file = disk.files[Self.certs.appending("\(name).pem")]
            #expect(file == (live.contains(name) ? PEM.certificate(Array(name.utf8)) : nil), comment)
            #expect(Self.reachable(disk).contains("\(name).pem") == live.contains(name), comment)
        }
        #expect(Set(Self.others).isSubset(of: Self.reachable(disk)), comment)
        let names = disk.files.keys.filter { $0.starts(with: Self.certs) }.compactMap { $0.lastComponent?.string }
        #expect(names.filter { $0.hasSuffix(".trustctl") }.isEmpty && names.count == 2 * Self.reachable(disk).count, comment)
    }

    static func change(_ disk: FaultyDisk, _ exim: ScriptedExim) -> TrustChange {
        TrustChange(places: .init(folder: folder), files: disk) { exim }
    }

    /// What must hold after any failure, unless the change was reported as stuck.
    func expectSound(_ disk: FaultyDisk, _ exim: ScriptedExim, _ plan: TrustPlan, _ comment: Comment) {
        let live = disk.files[Self.list]
        #expect(exim.running == live, comment)
        let after = plan.list.map { Array($0.after) }
        #expect(live == Self.old || live == after, comment)
        #expect(Ledger(disk.files[Self.folder.appending("ledger")] ?? []).holds("one") == (live == after), comment)
        expectDirectory(disk, comment)
    }

    @Test("after a change, list, denials, ledger and Exim agree, and no temporary file is left", arguments: Kind.allCases)
    func done(kind: Kind) throws {
        let disk = Self.disk()
        let exim = ScriptedExim(disk, list: Self.list)
        let plan = Self.plan(kind)
        let notes = try Self.change(disk, exim).apply(plan).notes
        #expect(notes.isEmpty)
        #expect(disk.files[Self.list] == plan.list.map { Array($0.after) })
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
                do throws(TrustChangeError) {
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
                        // A revocation stays live even if the ledger's disk is full.
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
            let error = try #require(throws: TrustChangeError.self) { try Self.change(disk, exim).apply(plan) }
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
            do throws(TrustChangeError) {
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

    @Test("after a kill at any step, the next command undoes an approve and finishes a revoke or deny", arguments: Kind.allCases)
    func killedAtEveryStep(kind: Kind) throws {
        let plan = Self.plan(kind)
        let good = Self.disk()
        _ = try Self.change(good, ScriptedExim(good, list: Self.list)).apply(plan)
        var recovered: Set<String> = []
        for step in 1...good.steps {
            let disk = Self.disk(failing: step, dying: true)
            let exim = ScriptedExim(disk, list: Self.list)
            _ = Result { () throws(TrustChangeError) in try Self.change(disk, exim).apply(plan) }
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
            // Every third step, with a different offset each time: all pairs would take a minute.
            for second in stride(from: 1 + step % 3, through: 24, by: 3) {
                let disk = Self.disk(failing: step, dying: true)
                let exim = ScriptedExim(disk, list: Self.list)
                _ = Result { () throws(TrustChangeError) in try Self.change(disk, exim).apply(plan) }
                let again = FaultyDisk(disk.files, failing: second, dying: true)
                let after = ScriptedExim(again, list: Self.list, running: exim.running)
                _ = Result { () throws(TrustChangeError) in try Self.change(again, after).recover(list: Self.list) }
                try expectRecovery(again, after, plan, Comment("\(kind), killed at step \(step), then at step \(second) of the recovery"))
            }
        }
    }

    /// Recovers on a working disk. Then all agrees, no journal is left, and the ledger has at most one line.
    @discardableResult
    func expectRecovery(_ broken: FaultyDisk, _ was: ScriptedExim, _ plan: TrustPlan, _ comment: Comment) throws -> String {
        let disk = FaultyDisk(broken.files)
        let exim = ScriptedExim(disk, list: Self.list, running: was.running)
        let hadJournal = disk.files[Self.folder.appending("journal")] != nil
        let recovered = try Self.change(disk, exim).recover(list: Self.list)
        #expect(exim.running == disk.files[Self.list], comment)
        #expect((recovered != nil) == hadJournal, comment)
        expectDirectory(disk, comment)
        #expect(disk.files[Self.folder.appending("journal")] == nil, comment)
        let live = disk.files[Self.list]
        let after = plan.list.map { Array($0.after) }
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
        _ = Result { () throws(TrustChangeError) in try Self.change(broken, ScriptedExim(broken, list: Self.list)).apply(plan) }
        let steps = FaultyDisk(broken.files)
        #expect(try Self.change(steps, ScriptedExim(steps, list: Self.list)).recover(list: Self.list) == .finished(plan.summary, []))
        let disk = FaultyDisk(broken.files, failing: 1 + (try #require(steps.calls.lastIndex(of: "remove"))), code: EIO)
        let recovered = try Self.change(disk, ScriptedExim(disk, list: Self.list)).recover(list: Self.list)
        let journal = Self.folder.appending("journal")
        #expect(recovered == .finished(plan.summary, [.journalNotRemoved(SystemError("remove", journal, code: EIO))]))
        #expect(disk.files[journal] != nil)
    }

    @Test("a list that somebody edits between reading and renaming is not overwritten")
    func editedMeanwhile() throws {
        let theirs = Self.file([Self.friend, Self.fingerprint("12")])
        let disk = Self.disk()
        disk.meanwhile = ("exchange", Self.list, { $0.put(Self.list, theirs) })
        let exim = ScriptedExim(disk, list: Self.list)
        let error = #expect(throws: TrustChangeError.self) { try Self.change(disk, exim).apply(Self.plan(.approve)) }
        guard case .refused(let cause) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(cause.exit == .busy)
        #expect(disk.files[Self.list] == theirs)
        #expect(disk.files[Self.folder.appending("ledger")] == nil)
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
            _ = Result { () throws(TrustChangeError) in try Self.change(disk, ScriptedExim(disk, list: Self.list)).apply(plan) }
            guard disk.meanwhile == nil else { continue }
            let healthy = FaultyDisk(disk.files)
            let exim = ScriptedExim(healthy, list: Self.list)
            let recovered = try Self.change(healthy, exim).recover(list: Self.list)
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

    @Test("a change is refused if Exim would trust more, less or others than intended")
    func notWhatIsMeant() throws {
        for meant in [[Self.friend], [Self.friend, Self.newcomer, Self.fingerprint("12")], []] {
            let disk = Self.disk()
            let exim = ScriptedExim(disk, list: Self.list)
            var plan = Self.plan(.approve)
            plan.list = plan.list.map { .init(path: $0.path, before: $0.before, after: $0.after, meant: meant) }
            let error = #expect(throws: TrustChangeError.self) { try Self.change(disk, exim).apply(plan) }
            guard case .refused(let cause) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
            #expect(cause.exit == .refused)
            expectSound(disk, exim, plan, "meant \(meant)")
        }
    }
}
