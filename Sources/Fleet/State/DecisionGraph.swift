import FleetCarrier

/// A set of decisions of one fleet, with what each rests on. Which of them are there decides everything; the order in which they came does not.
///
/// A decision is known by its place: the complete ones by serial and digest, the first decision before all; then those that wait, by digest.
struct DecisionGraph: Sendable {
    private let table: DecisionTable
    /// Where each one stands in the table.
    private let rows: [Int32]
    /// So many are complete: all their ancestors are here.
    let completeCount: Int
    /// The places of those parents that are here.
    private let parents: PlaceLists
    /// 1 + the largest of its parents'; what the decision says of itself may be wrong. 0 for one that waits.
    private let serials: [Int32]
    /// By the rows of the table.
    private let places: [Int32]
    /// All who have signed a decision that came with several signatures.
    private let signers: [Int: [SignedDecision.Signer]]

    private static var nowhere: Int32 { -1 }

    /// Nil when the first decision is not among them.
    init?(_ table: DecisionTable, genesis: Digest) {
        // Places in arrival's order; it goes no further than this function.
        var given: [Int32] = []
        var found = [Int32](repeating: Self.nowhere, count: table.count)
        for row in table.indices where table.firstPlace(ofDigest: table.digestNumber(at: row)) == row {
            let fleet = table.fleet(at: row).genesis
            guard fleet == genesis || fleet == nil && table.digest(at: row) == genesis else { continue }
            found[row] = Int32(given.count)
            given.append(Int32(row))
        }
        guard let first = table.digests.number(of: genesis).flatMap({ table.firstPlace(ofDigest: $0) }), found[first] != Self.nowhere else {
            return nil
        }
        func place(ofParent number: Int32) -> Int32? {
            table.firstPlace(ofDigest: number).flatMap { found[$0] == Self.nowhere ? nil : found[$0] }
        }
        let named = given.map { table.parents(at: Int($0)) }
        let parents = PlaceLists(named.lazy.map { $0.compactMap(place(ofParent:)) })
        let serials = Self.serials(parents, missing: named.map { Int32($0.count) })

        let order = given.indices.sorted { one, other in
            // 0 waits, and comes last.
            let (left, right) = (serials[one] == 0 ? Int32.max : serials[one], serials[other] == 0 ? Int32.max : serials[other])
            return left != right ? left < right : table.digest(at: Int(given[one])) < table.digest(at: Int(given[other]))
        }
        var moved = [Int32](repeating: 0, count: given.count)
        for (new, old) in order.enumerated() { moved[old] = Int32(new) }
        rows = order.map { given[$0] }
        completeCount = serials.count { $0 > 0 }
        self.parents = PlaceLists(order.lazy.map { parents[$0].map { moved[Int($0)] } })
        self.serials = order.map { serials[$0] }
        places = found.map { $0 == Self.nowhere ? $0 : moved[Int($0)] }
        var signers: [Int: [SignedDecision.Signer]] = [:]
        for number in table.repeated {
            let all = table.places(ofDigest: number)
            guard let first = all.first, places[first] != Self.nowhere else { continue }
            for row in all { signers[Int(places[first]), default: []].add(table.signers(at: row)) }
        }
        self.signers = signers
        self.table = table
    }

    /// The serials of those whose ancestors are all here; 0 for others. One pass from the first decision on, along the children. `missing`: how
    /// many parents each names.
    private static func serials(_ parents: PlaceLists, missing: [Int32]) -> [Int32] {
        let children = parents.inverted()
        var (missing, serials) = (missing, [Int32](repeating: 0, count: missing.count))
        var ready = missing.indices.filter { missing[$0] == 0 }
        for start in ready { serials[start] = 1 }
        while let next = ready.popLast() {
            for child in children[next].map({ Int($0) }) {
                missing[child] -= 1
                guard missing[child] == 0 else { continue }
                serials[child] = 1 + (parents[child].map { serials[Int($0)] }.max() ?? 0)
                ready.append(child)
            }
        }
        return serials
    }

    var count: Int { rows.count }

    // MARK: - What a decision says

    subscript(place: Int) -> Decision { table[Int(rows[place])].decision }

    /// Each with where it begins in the decision, by which `block` finds it again: a text may have a thousand.
    func blocks(at place: Int) -> [(start: Int, block: DecisionBlock)] { table.blocks(at: Int(rows[place])) }
    func block(_ start: Int, at place: Int) -> DecisionBlock { table.block(start, at: Int(rows[place])) }
    func heading(at place: Int) -> DecisionHeading { table.heading(at: Int(rows[place])) }

    func digestNumber(at place: Int) -> Int32 { table.digestNumber(at: Int(rows[place])) }
    func digest(at place: Int) -> Digest { table.digest(at: Int(rows[place])) }
    /// The name of whoever says that he has signed it.
    func signer(at place: Int) -> String { table.signer(at: Int(rows[place])) }
    func signers(at place: Int) -> [SignedDecision.Signer] { signers[place] ?? table.signers(at: Int(rows[place])) }
    func isForAdmins(at place: Int) -> Bool { table.isForAdmins(at: Int(rows[place])) }
    func parents(at place: Int) -> some Sequence<Int> { parents[place].lazy.map { Int($0) } }
    func serial(at place: Int) -> Int { Int(serials[place]) }

    /// Nil when it is not here.
    func place(of digest: Digest) -> Int? {
        guard let number = table.digests.number(of: digest), let row = table.firstPlace(ofDigest: number), places[row] != Self.nowhere
        else {
            return nil
        }
        return Int(places[row])
    }

    /// The number of any digest that is named here; nil for others.
    func number(of digest: Digest) -> Int32? { table.digests.number(of: digest) }
    func digest(numbered number: Int32) -> Digest { table.digests[number] }

    /// Why one counts for nothing, as far as the text and its parents tell.
    func flaw(at place: Int) -> VoidReason? {
        let row = Int(rows[place])
        if let flaw = table.flaw(at: row) { return flaw }
        if !table.fleet(at: row).name.utf8.elementsEqual(table.fleet(at: Int(rows[0])).name.utf8) { return .otherName }
        guard let serial = table.serial(at: row).number, place >= completeCount || serial == self.serial(at: place) else {
            return .wrongSerial
        }
        return nil
    }

    // MARK: - What follows from several

    /// What one rests on, directly or not, as far as it is here; marks in `seen`.
    func past(of starts: [Int]) -> [Bool] {
        var seen = [Bool](repeating: false, count: count)
        var left = starts
        while let next = left.popLast() {
            for parent in parents(at: next) where !seen[parent] {
                seen[parent] = true
                left.append(parent)
            }
        }
        return seen
    }

    /// Those that no other one names as a parent.
    func heads(of some: [Int]) -> [Int] {
        var isNamed = [Bool](repeating: false, count: count)
        for place in some { for parent in parents(at: place) { isNamed[parent] = true } }
        return some.filter { !isNamed[$0] }
    }

    /// Whoever could ever have a key of this fleet: named in the first decision, or by somebody who could be an admin.
    func possibleSigners() -> Set<String> {
        var (signers, admins): (Set<String>, Set<String>) = ([], [signer(at: 0)])
        var left = (0..<completeCount).filter { isForAdmins(at: $0) }.map { self[$0] }
        while true {
            let unread = left.count
            left.removeAll { decision in
                guard admins.contains(decision.signer) else { return false }
                for case .key(let block) in decision.blocks where block.after != .none {
                    signers.insert(block.key.name)
                    if block.after == .admin { admins.insert(block.key.name) }
                }
                return true
            }
            if left.count == unread { return signers }
        }
    }
}
