import TrustCore

@testable import Fleet
@testable import FleetCarrier

/// A fleet in which several consoles decide, each seeing a part of what the others have decided: what happens in partitions, while a database
/// withholds, and while somebody uses a stolen key. Also decisions that count for nothing.
struct RandomHistory {
    var world: FleetWorld
    var bits: RandomBits
    /// What each signer's console has.
    private var seen: [String: Set<Digest>] = [:]
    private var made = 0

    static let letters = ["A", "B", "C"]

    init(seed: Int) {
        bits = RandomBits(seed: seed)
        let operators = ["alice", "bob", "sk-dora"]
        world = FleetWorld(seed: seed ^ 0x5EED, operators: operators)
        for name in ["root", "ann"] + operators { seen[name] = [world.genesis] }
        for _ in 0..<(5 + Int(bits.next() % 14)) { step() }
    }

    private mutating func step() {
        let consoles = seen.keys.sorted()
        let console = bits.one(of: consoles)
        if bits.happens(50) {
            let other = bits.one(of: consoles)
            for digest in (seen[other] ?? []).sorted() where bits.happens(85) { seen[console, default: []].insert(digest) }
        }
        let known = (seen[console] ?? []).compactMap { world.all[$0] }
        guard let state = FleetState(known, genesis: world.genesis), let power = state.power(console) else { return }
        // Who is out may know it, and sign nevertheless.
        guard power != .none || bits.happens(40) else { return }
        let (blocks, newcomer) = blocks(in: state, isAdmin: power == .admin)
        // Now and then somebody writes what may not be, or signs on anything.
        let parents = bits.happens(power == .none ? 50 : 92) ? Array(state.heads.prefix(8)) : [bits.one(of: known.map(\.digest).sorted())]
        let digest = world.decide(
            console, on: parents, blocks, serial: bits.happens(2) ? Int(bits.next() % 12) : nil,
            fleet: bits.happens(99) ? FleetWorld.name : "other", with: bits.happens(99) ? nil : bits.one(of: consoles),
            isTouched: bits.happens(60))
        if let newcomer, seen[newcomer] == nil { seen[newcomer] = seen[console] }
        seen[console]?.insert(digest)
        for case .key(let block) in blocks { if seen[block.key.name] != nil { seen[block.key.name]?.insert(digest) } }
    }

    private mutating func blocks(in state: FleetState, isAdmin: Bool) -> ([DecisionBlock], newcomer: String?) {
        guard bits.happens(isAdmin ? 35 : 3) else {
            let letter = bits.one(of: Self.letters)
            let found = state.fingerprints[FleetWorld.certificate(letter)]
            let after = bits.one(of: FingerprintPower.allCases)
            // An end for what is not approved makes a text void.
            let until = after != .approved && bits.happens(3) ? FleetWorld.end : nil
            return ([FleetWorld.fingerprint(letter, after, until: until, replaces: replaced(found?.standing, found?.waiting))], nil)
        }
        switch bits.next() % 4 {
        case 0:
            let name = "mx\(bits.next() % 4)"
            let standing = state.members[FleetWorld.identity(name)]?.standing
            return ([FleetWorld.member(name, bits.one(of: MemberPower.allCases), replaces: replaced(standing, nil))], nil)
        case 1:
            made += 1
            let name = "n\(made)"
            let after = bits.happens(50) ? KeyPower.admin : .operator
            // Now and then somebody gives a name to a second key.
            let key = FleetWorld.named(bits.happens(85) ? name : bits.one(of: ["thief", "alice"]))
            let taken = bits.happens(50) ? bits.one(of: state.keys).key.name : name
            guard key.name != name, let second = NamedKey(name: taken, type: key.type, wire: key.wire) else {
                return ([FleetWorld.key(name, after)], name)
            }
            return ([.key(KeyBlock(second, after))], nil)
        default:
            let key = bits.one(of: state.keys)
            let after = key.power != .none && bits.happens(70) ? KeyPower.none : bits.one(of: [.admin, .operator])
            let touch = key.key.key?.kind.isSecurityKey == true && bits.happens(50)
            return ([FleetWorld.key(key.key.name, after, touch: touch, replaces: replaced(key.standing, nil))], nil)
        }
    }

    private mutating func replaced(_ standing: [Digest]?, _ waiting: [Digest]?) -> [Digest] {
        let all = (standing ?? []) + (waiting ?? [])
        return Array((bits.happens(90) ? all : all.filter { _ in bits.happens(50) }).sorted().prefix(8))
    }

    /// What a host may have: nothing is missing, or some are withheld, but never the first.
    mutating func part(withholding percent: Int) -> [SignedDecision] {
        world.all.values.sorted { $0.digest < $1.digest }.filter { one in one.digest == world.genesis || !bits.happens(percent) }
    }
}
