import SystemPackage
import Testing
import TrustCore

@testable import EximControl
@testable import Host
@testable import Trust

/// A ledger that is not a file.
final class MemoryLedger: LedgerStore {
    private(set) var bytes: [UInt8] = []
    /// Thrown instead of writing.
    var refusal: Failure?

    func read() -> Ledger { Ledger(bytes) }

    func write(_ entry: LedgerEntry) throws(Failure) -> LedgerSeal {
        if let refusal { throw refusal }
        bytes += read().line(for: entry) ?? []
        return LedgerSeal(number: read().lines.count, digest: "")
    }

    func mend() -> MendedLine? { nil }

    func removeLeftOvers() {}
}

@Suite("A ledger that is not a file")
struct LedgerStoreTests {
    private static let folder = TransactionTests.folder
    private static let list = TransactionTests.list

    /// What a transaction with this ledger did to a disk and an Exim.
    private struct Scene {
        let disk = TransactionTests.disk()
        let exim: ScriptedExim
        let ledger = MemoryLedger()

        init() { exim = ScriptedExim(disk, list: LedgerStoreTests.list) }

        var transaction: Transaction {
            let exim = exim
            return Transaction(in: LedgerStoreTests.folder, ledger: ledger, files: disk) { exim }
        }
        var live: [UInt8]? { disk.files[LedgerStoreTests.list] }
        var hasJournal: Bool { disk.files[LedgerStoreTests.folder.appending("journal")] != nil }
    }

    @Test("a decision is written there and nowhere else", arguments: TransactionTests.Kind.allCases)
    func written(kind: TransactionTests.Kind) throws {
        let scene = Scene()
        let done = try scene.transaction.apply(TransactionTests.plan(kind))
        #expect(done.line.number == 1)
        #expect(scene.ledger.read().holds("one"))
        for name in ["ledger", "lock"] { #expect(scene.disk.files[Self.folder.appending(name)] == nil) }
    }

    @Test("when it refuses, an approval is undone, but a revocation stays live", arguments: TransactionTests.Kind.allCases)
    func refused(kind: TransactionTests.Kind) throws {
        let scene = Scene()
        let refusal = Failure("the database is away", .notReloaded)
        scene.ledger.refusal = refusal
        let error = #expect(throws: TransactionError.self) { try scene.transaction.apply(TransactionTests.plan(kind)) }
        #expect(error == (kind == .approve ? .undone(refusal) : .unfinished(refusal)))
        #expect((scene.live == TransactionTests.old) == (kind == .approve))
        #expect(scene.exim.running == scene.live)
        #expect(scene.hasJournal == (kind != .approve))
    }

    @Test("when it cannot tell whether a line remained, the journal stays for the next command")
    func stuck() throws {
        let scene = Scene()
        let plan = TransactionTests.plan(.approve)
        let refusal = Failure("no answer", .stuck)
        scene.ledger.refusal = refusal
        let error = #expect(throws: TransactionError.self) { try scene.transaction.apply(plan) }
        #expect(error == .stuck(refusal, undoing: refusal))
        scene.ledger.refusal = nil
        // The line is not there: an approval is undone.
        #expect(try Recovery(transaction: scene.transaction, list: Self.list).run() == .undone(plan.summary, []))
        #expect(scene.live == TransactionTests.old && !scene.hasJournal)
    }

    @Test("recovery writes what is missing in it, and nothing that is there")
    func recovery() throws {
        let scene = Scene()
        let plan = TransactionTests.plan(.revoke)
        scene.ledger.refusal = Failure("the database is away", .notReloaded)
        _ = Result { () throws(TransactionError) in try scene.transaction.apply(plan) }
        scene.ledger.refusal = nil
        let journal = scene.disk.files[Self.folder.appending("journal")]
        for _ in 1...2 {
            #expect(try Recovery(transaction: scene.transaction, list: Self.list).run() == .finished(plan.summary, []))
            #expect(scene.ledger.read().lines.count == 1 && scene.ledger.read().holds("one"))
            #expect(scene.live != TransactionTests.old && scene.exim.running == scene.live && !scene.hasJournal)
            // As if the removal of the journal had not come to the disk.
            scene.disk.put(Self.folder.appending("journal"), try #require(journal))
        }
    }
}
