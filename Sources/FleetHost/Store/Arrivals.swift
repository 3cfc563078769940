import Certificates
import Fleet
import FleetCarrier
import TrustCore

/// What somebody brings, record by record: which of it are decisions of this fleet, and new. It is hostile input until then.
package struct Arrivals {
    /// New here, each with a signature of a key that some decision names; until they are taken.
    private var new: [(record: PackRecord, decision: SignedDecision)] = []
    /// Bytes of these.
    private(set) var size = 0
    /// How many are here already.
    private(set) var known = 0
    /// What says that it is a receipt, and in which pack. Checked later: a new decision may name its member.
    private(set) var receipts: [(record: PackRecord, pack: Int)] = []
    /// What says that it is what waits on a relay, and in which pack. Checked later.
    private(set) var sightings: [(record: PackRecord, pack: Int)] = []
    /// Certificates, as long as they are what they may be: each is kept if the fleet approves it.
    var certificates: [(record: CertificateRecord, pack: Int)] = []
    /// The packs that hold a decision of this fleet, new or known.
    private(set) var sound: Set<Int> = []

    private let genesis: Digest
    /// Those that some decision names.
    private var keys: Set<Digest> = []
    /// By the keys that signed them: who names a key may come later, in the same pack or in another one.
    private var waiting: [Digest: [Waiting]] = [:]
    /// Those that wait, or are not taken yet.
    private var held: Set<Name> = []
    private var left: [Refusal: Int] = [:]

    package enum Refusal: String, CaseIterable, Sendable {
        case noDecision = "no decision, or not signed as one"
        case newer = "for a newer trustctl, which takes them when it is installed here"
        case otherFleet = "of another fleet"
        case unknownKey = "signed by a key that no decision of the fleet names"
        case tooMany = "beyond the 10000 receipts and texts of what waits that are read at once"
    }

    /// The attack: millions of tiny texts that only begin like a receipt, to fill our memory. A fleet has fewer members.
    private static let mostReceipts = 10_000

    /// Bytes of all that is read at once.
    package static let maximumSize = 64 << 20

    private struct Name: Hashable {
        let digest: Digest
        let key: Digest
    }

    private struct Waiting {
        let record: PackRecord
        let decision: SignedDecision
        let pack: Int
    }

    init(knowing decisions: DecisionTable, of genesis: Digest) {
        self.genesis = genesis
        for place in decisions.indices where decisions.isForAdmins(at: place) { keys.formUnion(Self.keys(in: decisions[place])) }
    }

    /// Why others were left out, and how many.
    var refused: [Refusal: Int] {
        let unknown = waiting.values.reduce(0) { $0 + $1.count }
        return unknown == 0 ? left : left.merging([.unknownKey: unknown]) { $1 }
    }

    /// Looks at one more. `decisions`: those that are here, with all that was taken.
    mutating func add(_ record: PackRecord, from pack: Int, knowing decisions: DecisionTable) {
        if record.body.starts(with: Self.receipt) {
            let isTooMuch = receipts.count == Self.mostReceipts
            if isTooMuch { left[.tooMany, default: 0] += 1 } else { receipts.append((record, pack)) }
            return
        }
        if record.body.starts(with: SightingRecord.beginning) {
            let isTooMuch = sightings.count == Self.mostReceipts
            if isTooMuch { left[.tooMany, default: 0] += 1 } else { sightings.append((record, pack)) }
            return
        }
        if let certificate = CertificateRecord(record) {
            certificates.append((certificate, pack))
            return
        }
        guard let one = Self.decision(record), let signer = one.signers.first else {
            left[Self.isNewer(record.body) ? .newer : .noDecision, default: 0] += 1
            return
        }
        // The attack: a pack of another fleet, whose admin the attacker is.
        guard one.decision.fleet.genesis == genesis || one.digest == genesis else {
            left[.otherFleet, default: 0] += 1
            return
        }
        guard !decisions.contains(one.digest, signedBy: signer.key), held.insert(Name(digest: one.digest, key: signer.key)).inserted else {
            known += 1
            sound.insert(pack)
            return
        }
        if one.digest == genesis { keys.formUnion(Self.keys(in: one)) }
        waiting[signer.key, default: []].append(Waiting(record: record, decision: one, pack: pack))
        let named = one.digest == genesis ? Self.keys(in: one) : []
        accept([signer.key] + named)
    }

    /// Takes those that wait for these keys, as far as a decision names them, and for the keys that these name in turn.
    private mutating func accept(_ some: [Digest]) {
        var next = some.filter { keys.contains($0) && waiting[$0] != nil }
        while let key = next.popLast() {
            for one in waiting.removeValue(forKey: key) ?? [] {
                new.append((one.record, one.decision))
                size += one.record.body.count + one.record.signature.count
                sound.insert(one.pack)
                for other in Self.keys(in: one.decision) where keys.insert(other).inserted && waiting[other] != nil { next.append(other) }
            }
        }
    }

    /// What is new, once.
    mutating func take() -> [(record: PackRecord, decision: SignedDecision)] {
        for one in new { for signer in one.decision.signers { held.remove(Name(digest: one.decision.digest, key: signer.key)) } }
        defer { (new, size) = ([], 0) }
        return new
    }

    private static let receipt = Array("trust-receipt ".utf8)

    /// A decision by another grammar than this program's. Nothing is kept that it cannot read: whoever carries them has them.
    private static func isNewer(_ body: [UInt8]) -> Bool {
        body.starts(with: "trust-decision ".utf8) && !body.starts(with: "trust-decision 1\n".utf8)
    }

    private static func decision(_ record: PackRecord) -> SignedDecision? {
        do { return try SignedDecision(body: record.body, signature: record.signature) } catch { return nil }
    }

    /// The keys that a decision gives something to. Whether it counts is not asked: what waits is kept.
    private static func keys(in one: SignedDecision) -> [Digest] {
        one.decision.blocks.compactMap { block in if case .key(let block) = block, block.after != .none { block.key.identity } else { nil }
        }
    }
}
