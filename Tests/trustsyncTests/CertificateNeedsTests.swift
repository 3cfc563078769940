import FleetCarrier
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import trustsync

@Suite("Which certificates a host asks for, holds and lets go") struct CertificateNeedsTests {
    private func fingerprint(_ number: Int) throws -> Fingerprint {
        let digits = String(number)
        return try Fingerprint(String(repeating: "C", count: 64 - digits.count) + digits)
    }

    private func decision(_ serial: Int, _ blocks: [(Int, String)]) throws -> DecisionSayings {
        let text = try blocks.map { "\nFingerprint: \(try fingerprint($0.0))\nAfter: \($0.1)\nLabel: x\n" }.joined()
        return DecisionSayings(Array("trust-decision 1\nFleet: a -\nSerial: \(serial)\nReason: After: approved\n\(text)".utf8))
    }

    @Test("what a decision says is read, and what is none says nothing") func sayings() throws {
        let read = try decision(7, [(1, "approved"), (2, "none"), (3, "denied"), (4, "approved")])
        #expect(read.serial == 7)
        #expect(try read.approved == [fingerprint(1), fingerprint(4)])
        #expect(try read.taken == [fingerprint(2), fingerprint(3)])
        for other in ["", "trust-receipt 1\nFingerprint: \(try fingerprint(1))\nAfter: approved\n", "trust-decision 1\nFingerprint: 12\n"] {
            let none = DecisionSayings(Array(other.utf8))
            #expect(none.approved.isEmpty && none.taken.isEmpty && none.serial == 0, "\(other)")
        }
    }

    @Test("the largest serial says last, in whatever order they come; of two, the one that takes away") func decided() throws {
        let all = [
            try decision(2, [(1, "approved"), (2, "approved")]), try decision(3, [(1, "none")]), try decision(4, [(2, "denied")]),
            try decision(4, [(2, "approved")]), try decision(5, [(3, "approved")]),
        ]
        for turn in all.indices {
            var decided = DecidedCertificates()
            for one in all[turn...] + all[..<turn] { decided.take(one) }
            #expect(try (1...4).map { decided.isApproved(try fingerprint($0)) } == [false, false, true, false])
        }
    }

    @Test("what is missing is asked for in turns; what was taken away is let go") func needs() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try folder.makeFolder("known")
        var needs = CertificateNeeds(FilePath(folder("known")))
        var decided = DecidedCertificates()
        decided.take(try decision(2, (1...4_500).map { ($0, "approved") }))
        needs.accepted(decided.newly(), decided)
        func asked() -> Set<Fingerprint> {
            var all: Set<Fingerprint> = []
            while needs.isAsking { all.formUnion(needs.next(atMost: 200)) }
            return all
        }
        #expect(asked().count == CertificateNeeds.mostAtOnce && !needs.isAsking)
        var seen: Set<Fingerprint> = []
        for count in [2_000, 2_000, 500] {
            needs.askAgain()
            let some = asked()
            #expect(some.count == count && seen.isDisjoint(with: some))
            seen.formUnion(some)
        }
        // One that root has got is not asked for any more, nor one that was handed over.
        try folder.write("known/\(try fingerprint(1))", "")
        needs.handedOver(try fingerprint(2))
        needs.begin()
        seen = asked()
        needs.handedOver(try fingerprint(3))
        for _ in 1...3 {
            needs.askAgain()
            seen.formUnion(asked())
        }
        let (one, two) = (try fingerprint(1), try fingerprint(2))
        #expect(!seen.contains(one) && seen.contains(two))
        needs.coming([try fingerprint(1), try fingerprint(9_999)])
        #expect(try asked() == [fingerprint(9_999)])
        // Let go, but for what waits here.
        #expect(needs.releasing(atMost: 10) { _ in false }.isEmpty)
        needs.holds(try fingerprint(5))
        decided.take(try decision(3, [(5, "none"), (6, "denied")]))
        needs.accepted(decided.newly(), decided)
        let queued = try fingerprint(6)
        #expect(try needs.releasing(atMost: 10) { $0 == queued } == [fingerprint(5)])
        needs.restReleasing()
        #expect(needs.releasing(atMost: 10) { _ in false }.isEmpty)
        needs.askAgain()
        #expect(needs.releasing(atMost: 10) { $0 == queued }.count == 1)
        needs.releasedSome(atMost: 10)
        #expect(needs.releasing(atMost: 10) { _ in false }.isEmpty && needs.held.isEmpty)
    }

    @Test("root's copy is taken only under its own digest") func copies() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try folder.makeFolder("known")
        let der = [UInt8](repeating: 0x30, count: 300)
        let name = try Fingerprint(digest: ContentDigest.of(der).bytes)
        let base64 = String(repeating: "MDAw", count: 100)
        let text = "-----BEGIN CERTIFICATE-----\n\(base64)\n-----END CERTIFICATE-----\n"
        try folder.write("known/\(name)", text)
        try folder.write("known/\(try fingerprint(1))", text)
        let needs = CertificateNeeds(FilePath(folder("known")))
        #expect(needs.der(name) == der)
        for number in 1...2 { #expect(needs.der(try fingerprint(number)) == nil) }
    }
}
