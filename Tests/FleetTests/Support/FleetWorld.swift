import Certificates
import TrustCore

@testable import Fleet
@testable import FleetCarrier

/// Decisions made in memory, without texts and signatures: their digests are random numbers, which is what digests are.
struct FleetWorld {
    private(set) var all: [Digest: SignedDecision] = [:]
    let genesis: Digest
    private var bits: RandomBits

    static let name = "example-mail"
    static let time = Timestamp(seconds: 1_795_831_207)
    static let end = Timestamp(seconds: 1_900_000_000)

    /// A fleet whose first decision makes `root` its admin, and these others.
    init(seed: Int = 1, admins: [String] = ["ann"], operators: [String] = ["alice", "bob"], signer: String = "root") {
        bits = RandomBits(seed: seed)
        genesis = Self.digest(&bits)
        let blocks = (["root"] + admins).map { Self.key($0, .admin) } + operators.map { Self.key($0, .operator) }
        let decision = Decision(
            fleet: FleetIdentity(name: Self.name, genesis: nil), serial: Serial(1), parents: [], time: Self.time, signer: signer,
            blocks: blocks)
        add(SignedDecision(digest: genesis, decision: decision, signers: [.init(key: Self.identity(signer))]))
    }

    var state: FleetState? { FleetState(all.values, genesis: genesis) }

    func state(without some: Digest...) -> FleetState? { FleetState(all.values.filter { !some.contains($0.digest) }, genesis: genesis) }

    mutating func add(_ one: SignedDecision) { all[one.digest] = one }

    /// A decision on these parents, in its place unless another serial is given; `in` is only what its signer knows.
    @discardableResult mutating func decide(
        _ signer: String, on parents: [Digest], _ blocks: [DecisionBlock], serial: Int? = nil, fleet: String = name,
        with key: String? = nil, isTouched: Bool = false
    ) -> Digest {
        let follows = 1 + (parents.compactMap { all[$0]?.decision.serial.number }.max() ?? 0)
        let decision = Decision(
            fleet: FleetIdentity(name: fleet, genesis: genesis), serial: Serial(serial ?? follows), parents: parents, time: Self.time,
            signer: signer, blocks: blocks)
        let one = SignedDecision(
            digest: Self.digest(&bits), decision: decision, signers: [.init(key: Self.identity(key ?? signer), isTouched: isTouched)])
        add(one)
        return one.digest
    }

    static func digest(_ bits: inout RandomBits) -> Digest {
        let words = (0..<4).map { _ in bits.next() }
        guard let digest = Digest(bytes: words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }) else {
            preconditionFailure("32 bytes")
        }
        return digest
    }
}

/// Keys and blocks of people in tests. Whose name begins with `sk` has a security key.
extension FleetWorld {
    private static let people =
        ["root", "ann", "alice", "bob", "thief", "carol", "sk-dora"] + (0..<40).map { "n\($0)" } + (0..<40).map { "mx\($0)" }
    private static let known = Dictionary(uniqueKeysWithValues: people.map { ($0, makeKey($0)) })

    static let everybody = Array(known.values)

    static func named(_ name: String) -> NamedKey { known[name] ?? makeKey(name) }
    static func identity(_ name: String) -> Digest { named(name).identity }

    private static func makeKey(_ name: String) -> NamedKey {
        let kind = name.hasPrefix("sk") ? SSHKey.Kind.securityEd25519 : .ed25519
        let wire = SSHWire.string(kind.rawValue.utf8) + SSHWire.string(SHA256.digest(of: Array(name.utf8)))
        let whole = kind.isSecurityKey ? wire + SSHWire.string("ssh:".utf8) : wire
        guard let key = NamedKey(name: name, type: kind.rawValue, wire: whole) else { preconditionFailure("a name and a key") }
        return key
    }

    static func key(_ name: String, _ after: KeyPower, touch: Bool = false, replaces: [Digest] = []) -> DecisionBlock {
        .key(KeyBlock(named(name), after, requiresTouch: touch, replaces: replaces.sorted()))
    }

    static func member(_ name: String, _ after: MemberPower, replaces: [Digest] = []) -> DecisionBlock {
        .member(MemberBlock(named(name), after, replaces: replaces.sorted()))
    }

    private static let certificates = Dictionary(
        uniqueKeysWithValues: "ABCDEF".compactMap { letter in Digest(hex: String(repeating: letter, count: 64)).map { (String(letter), $0) }
        })

    static func certificate(_ letter: String) -> Digest {
        guard let digest = certificates[letter] else { preconditionFailure("A to F") }
        return digest
    }

    static func fingerprint(
        _ letter: String, _ after: FingerprintPower, label: String? = nil, until: Timestamp? = nil, note: String? = nil,
        replaces: [Digest] = []
    ) -> DecisionBlock {
        .fingerprint(FingerprintBlock(certificate(letter), after, label: label, until: until, note: note, replaces: replaces.sorted()))
    }
}

extension FleetState {
    /// What the fleet decided about one certificate of a test.
    func after(_ letter: String) -> FingerprintPower? { fingerprints[FleetWorld.certificate(letter)]?.after }
    func bars(_ letter: String) -> Bool { fingerprints[FleetWorld.certificate(letter)]?.barsKey ?? false }
    func power(_ name: String) -> KeyPower? { keys.first { $0.key.name == name }?.power }
}
