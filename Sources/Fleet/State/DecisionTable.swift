package import FleetCarrier
import TrustCore

/// Signed decisions, each in some fifty bytes where the value takes a kilobyte: a fleet may have a hundred thousand. The value is made anew
/// when it is asked for, exactly as it was added.
package struct DecisionTable: Sendable {
    /// Whatever decisions bear or name: their own digests, of parents, certificates and keys, and of what they replace.
    private(set) var digests = Numbered<Digest>()
    private var names = Numbered<String>()
    private var fleets = Numbered<FleetIdentity>()
    /// Of which blocks speak. There are few.
    private var keys: [NamedKey] = []
    private var rows: [Row] = []
    private var packed = PackedBytes()
    /// By the digests' numbers, where the decision of that digest stands.
    private var places: [Int32] = []
    /// Where it stands again, since it came with several signatures.
    private var others: [Int32: [Int32]] = [:]

    private static var nowhere: Int32 { -1 }

    /// What is asked of each decision again and again; the rest is packed, from `start` on.
    private struct Row {
        let digest: Int32
        let signer: Int32
        let fleet: Int32
        let flaw: VoidReason?
        let isForAdmins: Bool
        let start: Int
    }

    package init() {}

    package init(_ decisions: some Sequence<SignedDecision>) { for one in decisions { append(one) } }

    package mutating func append(_ one: SignedDecision) {
        let decision = one.decision
        let digest = digests.add(one.digest)
        let row = Row(
            digest: digest, signer: names.add(decision.signer), fleet: fleets.add(decision.fleet), flaw: one.flaw,
            isForAdmins: decision.isForAdmins, start: packed.count)
        packed.add(one.signers.count)
        for signer in one.signers {
            packed.add(digests.add(signer.key))
            packed.add(signer.isTouched ? 1 : 0)
        }
        pack(decision.parents)
        pack(decision.serial)
        packed.add(decision.time.seconds)
        packed.add(decision.reason)
        packed.add(decision.blocks.count)
        for block in decision.blocks { pack(block) }
        places += repeatElement(Self.nowhere, count: digests.values.count - places.count)
        let number = Int32(rows.count)
        if places[Int(digest)] == Self.nowhere { places[Int(digest)] = number } else { others[digest, default: []].append(number) }
        rows.append(row)
    }

    // MARK: - Without making the whole value

    func digestNumber(at place: Int) -> Int32 { rows[place].digest }
    package func digest(at place: Int) -> Digest { digests[rows[place].digest] }
    func signer(at place: Int) -> String { names[rows[place].signer] }
    func fleet(at place: Int) -> FleetIdentity { fleets[rows[place].fleet] }
    package func isForAdmins(at place: Int) -> Bool { rows[place].isForAdmins }
    func flaw(at place: Int) -> VoidReason? { rows[place].flaw }

    func signers(at place: Int) -> [SignedDecision.Signer] {
        var reader = packed.reader(at: rows[place].start)
        return signers(&reader)
    }

    /// The numbers of its parents' digests.
    func parents(at place: Int) -> [Int32] {
        var reader = readerBehindSigners(at: place)
        return numbers(&reader)
    }

    func serial(at place: Int) -> Serial {
        var reader = readerBehindParents(at: place)
        return serial(&reader)
    }

    package func heading(at place: Int) -> DecisionHeading {
        var reader = readerBehindParents(at: place)
        return heading(&reader, of: place)
    }

    /// Each with where it begins in the decision.
    func blocks(at place: Int) -> [(start: Int, block: DecisionBlock)] {
        var reader = readerBehindParents(at: place)
        _ = heading(&reader, of: place)
        let start = rows[place].start
        return (0..<reader.number()).map { _ in (reader.place - start, block(&reader)) }
    }

    func block(_ start: Int, at place: Int) -> DecisionBlock {
        var reader = packed.reader(at: rows[place].start + start)
        return block(&reader)
    }

    /// Where the decision of that digest stands, each time with other signatures.
    func places(ofDigest number: Int32) -> [Int] {
        places[Int(number)] == Self.nowhere ? [] : [Int(places[Int(number)])] + (others[number] ?? []).map { Int($0) }
    }

    /// The numbers of the digests that stand in several places.
    var repeated: some Collection<Int32> { others.keys }

    /// Where it stands first; nil when it is not here.
    func firstPlace(ofDigest number: Int32) -> Int? { places[Int(number)] == Self.nowhere ? nil : Int(places[Int(number)]) }

    package func contains(_ digest: Digest) -> Bool { digests.number(of: digest).map { firstPlace(ofDigest: $0) != nil } ?? false }

    /// Whether the decision is here with a signature by this key.
    package func contains(_ digest: Digest, signedBy key: Digest) -> Bool {
        guard let number = digests.number(of: digest) else { return false }
        return places(ofDigest: number).contains { place in signers(at: place).contains { $0.key == key } }
    }
}

extension DecisionTable: RandomAccessCollection {
    package var startIndex: Int { 0 }
    package var endIndex: Int { rows.count }

    package subscript(place: Int) -> SignedDecision {
        var reader = packed.reader(at: rows[place].start)
        let signers = signers(&reader)
        let parents = numbers(&reader).map { digests[$0] }
        let heading = heading(&reader, of: place)
        let blocks = (0..<reader.number()).map { _ in block(&reader) }
        let decision = Decision(
            fleet: fleet(at: place), serial: heading.serial, parents: parents, time: heading.time, signer: heading.signer,
            reason: heading.reason, blocks: blocks)
        return SignedDecision(digest: digest(at: place), decision: decision, flaw: flaw(at: place), signers: signers)
    }

    private func heading(_ reader: inout PackedBytes.Reader, of place: Int) -> DecisionHeading {
        DecisionHeading(
            serial: serial(&reader), time: Timestamp(anySeconds: Int64(reader.number())), signer: signer(at: place), reason: reader.text())
    }

    private func readerBehindSigners(at place: Int) -> PackedBytes.Reader {
        var reader = packed.reader(at: rows[place].start)
        for _ in 0..<(2 * reader.number()) { _ = reader.number() }
        return reader
    }

    private func readerBehindParents(at place: Int) -> PackedBytes.Reader {
        var reader = readerBehindSigners(at: place)
        for _ in 0..<reader.number() { _ = reader.number() }
        return reader
    }

    private func signers(_ reader: inout PackedBytes.Reader) -> [SignedDecision.Signer] {
        (0..<reader.number()).map { _ in
            let key = digests[Int32(reader.number())]
            return SignedDecision.Signer(key: key, isTouched: reader.number() == 1)
        }
    }
}

// MARK: - How the parts of a text are packed

extension DecisionTable {
    private mutating func pack(_ some: [Digest]) {
        packed.add(some.count)
        for digest in some { packed.add(digests.add(digest)) }
    }

    private func numbers(_ reader: inout PackedBytes.Reader) -> [Int32] { (0..<reader.number()).map { _ in Int32(reader.number()) } }

    /// One with more than ten digits is no number.
    private mutating func pack(_ serial: Serial) {
        packed.add(serial.number == nil ? serial.description : nil)
        if let number = serial.number { packed.add(number) }
    }

    private func serial(_ reader: inout PackedBytes.Reader) -> Serial {
        if let text = reader.text() { return Serial(long: text) }
        return Serial(reader.number())
    }

    private mutating func pack(_ block: DecisionBlock) {
        switch block {
        case .fingerprint(let block):
            packed.add(0)
            packed.add(digests.add(block.digest))
            packed.add(block.after.severity)
            packed.add(block.label)
            packed.add(block.until == nil ? 0 : 1)
            if let until = block.until { packed.add(until.seconds) }
            packed.add(block.note)
        case .key(let block):
            packed.add(block.requiresTouch ? 2 : 1)
            pack(block.key)
            packed.add(block.after.severity)
        case .member(let block):
            packed.add(3)
            pack(block.key)
            packed.add(block.after.severity)
        }
        pack(block.replaces)
    }

    private mutating func pack(_ key: NamedKey) {
        packed.add(keys.count)
        keys.append(key)
        digests.add(key.identity)
    }

    private func block(_ reader: inout PackedBytes.Reader) -> DecisionBlock {
        let kind = reader.number()
        let about = reader.number()
        let severity = reader.number()
        switch kind {
        case 0:
            let label = reader.text()
            let until = reader.number() == 1 ? Timestamp(anySeconds: Int64(reader.number())) : nil
            let note = reader.text()
            let replaces = numbers(&reader).map { digests[$0] }
            return .fingerprint(
                FingerprintBlock(
                    digests[Int32(about)], FingerprintPower(severity: severity), label: label, until: until, note: note, replaces: replaces)
            )
        case 3: return .member(MemberBlock(keys[about], MemberPower(severity: severity), replaces: numbers(&reader).map { digests[$0] }))
        default:
            return .key(
                KeyBlock(
                    keys[about], KeyPower(severity: severity), requiresTouch: kind == 2, replaces: numbers(&reader).map { digests[$0] }))
        }
    }
}
