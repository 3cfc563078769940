import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host
@testable import Trust

/// Deciding without a terminal and without a program: with a real Exim.
@Suite("Decider")
struct DeciderTests {
    private let a: Fingerprint
    private let b: Fingerprint

    init() throws {
        a = try Some.fingerprint("A1")
        b = try Some.fingerprint("B2")
    }

    /// A decider in a scene whose list trusts nobody.
    private func decide(_ body: (Decider, RelayScene) throws -> Void) throws {
        try RelayScene.run { scene in
            try body(Decider(try LocalTrust(config: scene.operator.settings)), scene)
        }
    }

    private func request(_ action: Decision.Action, _ fingerprints: [Fingerprint], _ after: TrustState) -> Request {
        Request(action, reason: nil) { _ in fingerprints.map { .init(fingerprint: $0, after: after) } }
    }

    private func approve(_ fingerprints: [Fingerprint], _ decider: Decider) throws {
        let proposal = try decider.propose(request(.approve, fingerprints, .approved), by: .current)
        #expect(try decider.carryOut(proposal, by: .current, waiting: 0).plan?.fingerprints == fingerprints)
    }

    @Test("a proposal says what would change, and changes nothing")
    func proposing() throws {
        try decide { decider, scene in
            let list = scene.listText
            let proposal = try decider.propose(request(.approve, [a, b], .approved), by: .current)
            #expect(proposal.plan?.fingerprints == [a, b])
            #expect(proposal.plan?.meant == .listed([a, b]))
            #expect(scene.listText == list)
            #expect(File.names(in: scene.folder("ledger")) == ["denied"])
        }
    }

    @Test("what was proposed is carried out, with its number in the ledger")
    func carriedOut() throws {
        try decide { decider, scene in
            let proposal = try decider.propose(request(.approve, [a], .approved), by: .current)
            let outcome = try decider.carryOut(proposal, by: .current, waiting: 0)
            #expect(outcome.plan?.entry.number == 1 && outcome.notes.isEmpty)
            #expect(try scene.trusted == [Some.a])
            #expect(try scene.exim.remembers(Some.a) != false)
            #expect(try decider.local.ledger.read().entries.map(\.decision.action) == [.approve])
            #expect(!File.exists(scene.folder("ledger/journal")))
        }
    }

    @Test("where there is nothing to do, nothing is written to the ledger")
    func nothingToDo() throws {
        try decide { decider, scene in
            try approve([a], decider)
            for (action, fingerprint, after) in [(Decision.Action.approve, a, TrustState.approved), (.revoke, b, .none)] {
                let proposal = try decider.propose(request(action, [fingerprint], after), by: .current)
                #expect(proposal.plan == nil)
                let outcome = try decider.carryOut(proposal, by: .current, waiting: 0)
                #expect(outcome.plan == nil && outcome.notes.isEmpty)
            }
            #expect(try decider.local.ledger.read().lines.count == 1)
            #expect(try scene.trusted == [Some.a])
        }
    }

    @Test("more than was agreed to is refused, and nothing changes")
    func moreThanAgreed() throws {
        try decide { decider, scene in
            // What somebody else does between the question and the answer.
            var wanted = [a]
            let growing = Request(.approve, reason: nil) { _ in wanted.map { .init(fingerprint: $0, after: .approved) } }
            let proposal = try decider.propose(growing, by: .current)
            wanted = [a, b]
            let failure = #expect(throws: Failure.self) { try decider.carryOut(proposal, by: .current, waiting: 0) }
            #expect(failure?.exit == .busy)
            #expect(try scene.trusted.isEmpty)
            #expect(try decider.local.ledger.read().lines.isEmpty)
        }
    }

    @Test("less than was agreed to is carried out")
    func lessThanAgreed() throws {
        try decide { decider, scene in
            let proposal = try decider.propose(request(.approve, [a, b], .approved), by: .current)
            try approve([a], decider)
            let outcome = try decider.carryOut(proposal, by: .current, waiting: 0)
            #expect(outcome.plan?.fingerprints == [b])
            #expect(try scene.trusted == [Some.a, Some.b])
        }
    }

    @Test("a revocation that fails names the certificate that is STILL TRUSTED")
    func stillTrusted() throws {
        try decide { decider, scene in
            try approve([a], decider)
            let proposal = try decider.propose(request(.revoke, [a], .none), by: .current)
            let configuration = try scene.folder.read("exim.conf")
            try scene.folder.write("exim.conf", "nonsense\n" + configuration)
            let failure = #expect(throws: Failure.self) { try decider.carryOut(proposal, by: .current, waiting: 0) }
            #expect(failure?.messages.last == "\(a) is STILL TRUSTED")
            #expect(failure?.exit == .refused)
            try scene.folder.write("exim.conf", configuration)
            #expect(try scene.trusted == [Some.a])
        }
    }

    @Test("when the list cannot be read, a failed revocation says that all are STILL TRUSTED")
    func unknown() throws {
        try decide { decider, scene in
            try approve([a], decider)
            try scene.folder.write("etc/relay_from_certs", "nonsense\n")
            let revoked = #expect(throws: Failure.self) { try decider.propose(request(.revoke, [a], .none), by: .current) }
            #expect(revoked?.messages.last?.hasSuffix("every certificate that was trusted is STILL TRUSTED") == true)
            let approved = #expect(throws: Failure.self) { try decider.propose(request(.approve, [b], .approved), by: .current) }
            #expect(approved?.messages.contains { $0.contains("STILL TRUSTED") } == false)
        }
    }

    @Test("while another process holds the lock, nothing changes")
    func locked() throws {
        try decide { decider, scene in
            let proposal = try decider.propose(request(.approve, [a], .approved), by: .current)
            let failure = try decider.local.locked(waiting: 0) { () throws(Failure) in
                #expect(throws: Failure.self) { try decider.carryOut(proposal, by: .current, waiting: 0) }
            }
            #expect(failure?.exit == .busy)
            #expect(try scene.trusted.isEmpty)
        }
    }
}
