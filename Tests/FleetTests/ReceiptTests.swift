import Foundation
import Testing
import TrustCore
import TrustTestSupport

@testable import Fleet
@testable import FleetCarrier

@Suite("A relay's receipt has one spelling, and is its root's own word") struct ReceiptTests {
    private static let genesis = String(repeating: "A", count: 64)
    static let whole = """
        trust-receipt 1
        Fleet: example-mail \(genesis)
        Member: mx1.example.org
        Time: 2026-11-28T02:00:07.412Z
        Head: \(String(repeating: "B", count: 64))
        Head: \(String(repeating: "C", count: 64))
        Decisions: 2
        Waiting: 0
        Trusted: 1 91357D669B1CC36E1A14AB409AF2694084970290308DAEF2651D1C96A1EDE5CC
        Local: 0
        Outcome: refused exim refused the candidate: /etc/exim4/exim4.conf:14: no
        Version: 0.2.0

        """

    private func reads(_ text: String) -> Bool {
        do {
            let receipt = try Receipt(Array(text.utf8))
            #expect(receipt.encoded == Array(text.utf8))
            return true
        } catch { return false }
    }

    @Test("a receipt of a clock that was set back is a millisecond later than the last one") func setBack() {
        func time(_ second: Int64, _ milliseconds: Int) -> ReceiptTime {
            ReceiptTime(Timestamp(seconds: second), milliseconds: milliseconds)
        }
        #expect(time(100, 5).later(than: nil) == time(100, 5))
        #expect(time(100, 5).later(than: time(100, 4)) == time(100, 5))
        #expect(time(100, 5).later(than: time(100, 5)) == time(100, 6))
        #expect(time(100, 5).later(than: time(11_000, 7)) == time(11_000, 8))
        #expect(time(100, 5).later(than: time(11_000, 999)) == time(11_001, 0))
    }

    @Test("it reads back, and every line is needed once in its place") func spelling() throws {
        #expect(reads(Self.whole))
        let lines = Self.whole.split(separator: "\n").map(String.init)
        for (index, line) in lines.enumerated() {
            var (without, twice, late) = (lines, lines, lines)
            without.remove(at: index)
            twice.insert(line, at: index)
            #expect(reads(without.joined(separator: "\n") + "\n") == line.hasPrefix("Head: "), "without \(line)")
            #expect(!reads(twice.joined(separator: "\n") + "\n"), "twice: \(line)")
            guard index + 1 < lines.count else { continue }
            late.swapAt(index, index + 1)
            #expect(!reads(late.joined(separator: "\n") + "\n"), "late: \(line)")
        }
        func changed(_ old: String, _ new: String) -> String { Self.whole.replacingOccurrences(of: old, with: new) }
        let reason = "refused exim refused the candidate: /etc/exim4/exim4.conf:14: no"
        for outcome in ["live", "undone x", "stuck x", "refused \(String(repeating: "x", count: 500))"] {
            #expect(reads(changed(reason, outcome)))
        }
        for outcome in ["live x", "refused", "refused ", "Live", "done", "refused \(String(repeating: "x", count: 501))", "refused  x"] {
            #expect(!reads(changed(reason, outcome)), "\(outcome)")
        }
        for (old, new) in [
            (".412Z", "Z"), (".412Z", ".4120Z"), (".412Z", ".41Z"), ("Decisions: 2", "Decisions: 02"), ("Waiting: 0", "Waiting: -1"),
            (" \(Self.genesis)\n", " -\n"), ("Version: 0.2.0", "Version: 0.2.0 x"), ("Trusted: 1 ", "Trusted: 01 "),
        ] { #expect(!reads(changed(old, new)), "\(new)") }
        #expect(!reads(Self.whole + "\n") && !reads(Self.whole + "More: x\n") && !reads(String(Self.whole.dropLast())))
    }

    @Test("the trusted ones are counted and digested as sha256sum does it") func trusted() throws {
        let some = try ["C1", "0A", "B2"].map { try Fingerprint(String(repeating: $0, count: 32)) }
        let sorted = ["0A", "B2", "C1"].map { String(repeating: $0, count: 32) + "\n" }.joined()
        let sum = try ProgramRun.run("sha256sum", input: sorted).output.prefix(64).uppercased()
        #expect(Receipt.TrustedSet(some)?.description == "3 \(sum)")
        #expect(Receipt.TrustedSet([Fingerprint]())?.description == "0 \(Fingerprint.digestOfNothing)")
    }

    @Test("only the member's own key signs it, and it is live with what its heads rest on") func signed()
        throws
    {
        let folder = try SceneFolder()
        defer { folder.remove() }
        for name in ["mx1", "mx2"] { try ProgramRun.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", folder(name)]) }
        func named(_ name: String) throws -> NamedKey {
            try #require(
                NamedKey(
                    "\(name) \(try folder.read("\(name).pub").trimmed.split(separator: " ").prefix(2).joined(separator: " ").split(separator: "\n")[0])"
                ))
        }
        var world = FleetWorld()
        let joined = world.decide("root", on: [world.genesis], try ["mx1", "mx2"].map { .member(MemberBlock(try named($0), .member)) })
        let later = world.decide("alice", on: [joined], [FleetWorld.fingerprint("A", .approved)])
        let state = try #require(world.state)
        let trusted = try #require(Receipt.TrustedSet(state.trusted))
        func receipt(_ member: String, _ head: Digest, _ outcome: Receipt.Outcome = .live, genesis: Digest) -> Receipt {
            Receipt(
                fleet: FleetIdentity(name: FleetWorld.name, genesis: genesis), member: member,
                time: ReceiptTime(Timestamp(seconds: 1_795_831_207), milliseconds: 7), heads: [head], decisions: 3, waiting: 0,
                trusted: trusted, local: 0, outcome: outcome, version: Version.current)
        }
        func read(_ receipt: Receipt, by key: String, for purpose: String = Receipt.namespace) throws -> Receipt? {
            try folder.write("text", String(decoding: receipt.encoded, as: UTF8.self))
            try ProgramRun.run("ssh-keygen", ["-q", "-Y", "sign", "-f", folder(key), "-n", purpose, folder("text")])
            let signature = Array(try folder.read("text.sig").utf8)
            try ProgramRun.run("rm", [folder("text.sig")])
            return Receipt.signed(receipt.encoded, signature: signature, in: state)
        }
        let good = receipt("mx1", later, genesis: world.genesis)
        #expect(try read(good, by: "mx1") == good)
        #expect(try read(good, by: "mx2") == nil, "the attack: mx2 says of mx1 that it is live")
        #expect(try read(good, by: "mx1", for: SignedDecision.namespace) == nil)
        #expect(try read(receipt("mx1", later, genesis: joined), by: "mx1") == nil)
        #expect(good.isLive(with: later, in: state) && good.isLive(with: joined, in: state))
        #expect(!receipt("mx1", joined, genesis: world.genesis).isLive(with: later, in: state), "an old receipt")
        #expect(!receipt("mx1", later, .refused("no"), genesis: world.genesis).isLive(with: later, in: state))
        world.decide("root", on: [later], [.member(MemberBlock(try named("mx1"), .none, replaces: [joined]))])
        let after = try #require(world.state)
        #expect(after.members.values.filter { $0.power == .member }.map(\.key.name) == ["mx2"])
    }
}
