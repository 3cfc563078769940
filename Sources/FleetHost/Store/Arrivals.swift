import Certificates
package import Fleet
package import FleetCarrier
import TrustCore

/// What somebody brings: which of it are decisions of this fleet, and new. It is hostile input until then.
package struct Arrivals {
    /// New here, each with a signature of a key that some decision names.
    package private(set) var new: [PackRecord] = []
    package private(set) var decisions: [SignedDecision] = []
    /// How many are here already.
    package private(set) var known = 0
    /// What says that it is a receipt, and in which pack. Checked later: a new decision may name its member.
    package private(set) var receipts: [(record: PackRecord, pack: Int)] = []
    /// What says that it is what waits on a relay, and in which pack. Checked later.
    package private(set) var sightings: [(record: PackRecord, pack: Int)] = []
    /// Certificates, as long as they are what they may be: each is kept if the fleet approves it.
    package private(set) var certificates: [(record: CertificateRecord, pack: Int)] = []
    /// Why others were left out, and how many.
    package private(set) var refused: [Refusal: Int] = [:]
    /// Why the rest of a pack was not read.
    package private(set) var rests: [Int: String] = [:]
    /// The packs that hold a decision of this fleet, new or known.
    package private(set) var sound: Set<Int> = []

    package enum Refusal: String, CaseIterable, Sendable {
        case noDecision = "no decision, or not signed as one"
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

    /// What is in several packs, as if they were one.
    package init(_ packs: [[UInt8]], known store: DecisionStore.Content, of genesis: Digest) {
        var seen: Set<Name> = []
        var keys: Set<Digest> = []
        for one in store.decisions {
            for signer in one.signers { seen.insert(Name(digest: one.digest, key: signer.key)) }
            keys.formUnion(Self.keys(in: one))
        }
        // By the keys that signed them: who names a key may come later, in the same pack or in another one.
        var waiting: [Digest: [Waiting]] = [:]
        for (pack, bytes) in packs.enumerated() {
            do throws(PackReader.Fault) {
                var reader = try PackReader(bytes, limit: Self.maximumSize)
                while let record = try reader.next() {
                    if record.body.starts(with: Self.receipt) {
                        let isTooMuch = receipts.count == Self.mostReceipts
                        if isTooMuch { refused[.tooMany, default: 0] += 1 } else { receipts.append((record, pack)) }
                        continue
                    }
                    if record.body.starts(with: SightingRecord.beginning) {
                        let isTooMuch = sightings.count == Self.mostReceipts
                        if isTooMuch { refused[.tooMany, default: 0] += 1 } else { sightings.append((record, pack)) }
                        continue
                    }
                    if let certificate = CertificateRecord(record) {
                        certificates.append((certificate, pack))
                        continue
                    }
                    guard let one = Self.decision(record), let signer = one.signers.first else {
                        refused[.noDecision, default: 0] += 1
                        continue
                    }
                    // The attack: a pack of another fleet, whose admin the attacker is.
                    guard one.decision.fleet.genesis == genesis || one.digest == genesis else {
                        refused[.otherFleet, default: 0] += 1
                        continue
                    }
                    guard seen.insert(Name(digest: one.digest, key: signer.key)).inserted else {
                        known += 1
                        sound.insert(pack)
                        continue
                    }
                    if one.digest == genesis { keys.formUnion(Self.keys(in: one)) }
                    waiting[signer.key, default: []].append(Waiting(record: record, decision: one, pack: pack))
                }
            } catch { rests[pack] = error.description }
        }
        take(&waiting, keys)
        let left = waiting.values.reduce(0) { $0 + $1.count }
        if left > 0 { refused[.unknownKey] = left }
    }

    private mutating func take(_ waiting: inout [Digest: [Waiting]], _ known: Set<Digest>) {
        var keys = known
        var next = waiting.keys.filter(keys.contains).sorted()
        while let key = next.popLast() {
            for one in waiting.removeValue(forKey: key) ?? [] {
                new.append(one.record)
                decisions.append(one.decision)
                sound.insert(one.pack)
                for other in Self.keys(in: one.decision) where keys.insert(other).inserted && waiting[other] != nil { next.append(other) }
            }
        }
    }

    private static let receipt = Array("trust-receipt ".utf8)

    private static func decision(_ record: PackRecord) -> SignedDecision? {
        do { return try SignedDecision(body: record.body, signature: record.signature) } catch { return nil }
    }

    /// The keys that a decision gives something to. Whether it counts is not asked: what waits is kept.
    private static func keys(in one: SignedDecision) -> [Digest] {
        one.decision.blocks.compactMap { block in if case .key(let block) = block, block.after != .none { block.key.identity } else { nil }
        }
    }
}
