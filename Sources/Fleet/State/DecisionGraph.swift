import FleetCarrier

/// A set of decisions of one fleet, with what each rests on. Which of them are there decides everything; the order in which they came does not.
struct DecisionGraph: Sendable {
    /// The complete ones by serial and digest, the first decision before all; then those that wait, by digest.
    let decisions: [SignedDecision]
    /// So many are complete: all their ancestors are here.
    let completeCount: Int
    /// The places of those parents that are here.
    let parents: [[Int]]
    /// 1 + the largest of its parents'; what the decision says of itself may be wrong. 0 for one that waits.
    let serials: [Int]
    let place: [Digest: Int]

    /// Nil when the first decision is not among them.
    init?(_ given: some Sequence<SignedDecision>, genesis: Digest) {
        // Places in arrival's order; it goes no further than this function.
        var all: [SignedDecision] = []
        var found: [Digest: Int] = [:]
        for one in given where one.decision.fleet.genesis == genesis || one.digest == genesis && one.decision.fleet.genesis == nil {
            if let known = found[one.digest] {
                all[known].add(one.signers)
            } else {
                found[one.digest] = all.count
                all.append(one)
            }
        }
        guard found[genesis] != nil else { return nil }
        let parents = all.map { one in one.decision.parents.compactMap { found[$0] } }
        let serials = Self.serials(all, parents)

        let digests = all.map { $0.digest }
        let order = all.indices.sorted { one, other in
            // 0 waits, and comes last.
            let (left, right) = (serials[one] == 0 ? Int.max : serials[one], serials[other] == 0 ? Int.max : serials[other])
            return left != right ? left < right : digests[one] < digests[other]
        }
        var moved = [Int](repeating: 0, count: all.count)
        for (new, old) in order.enumerated() { moved[old] = new }
        decisions = order.map { all[$0] }
        completeCount = serials.count { $0 > 0 }
        self.parents = order.map { parents[$0].map { moved[$0] } }
        self.serials = order.map { serials[$0] }
        place = found.mapValues { moved[$0] }
    }

    /// The serials of those whose ancestors are all here; 0 for others. One pass from the first decision on, along the children.
    private static func serials(_ all: [SignedDecision], _ parents: [[Int]]) -> [Int] {
        var children = [[Int]](repeating: [], count: all.count)
        for (child, parents) in parents.enumerated() { for parent in parents { children[parent].append(child) } }
        var serials = [Int](repeating: 0, count: all.count)
        var missing = all.map(\.decision.parents.count)
        var ready = all.indices.filter { missing[$0] == 0 }
        for start in ready { serials[start] = 1 }
        while let next = ready.popLast() {
            for child in children[next] {
                missing[child] -= 1
                guard missing[child] == 0 else { continue }
                serials[child] = 1 + (parents[child].map { serials[$0] }.max() ?? 0)
                ready.append(child)
            }
        }
        return serials
    }

    /// What one rests on, directly or not, as far as it is here; marks in `seen`.
    func past(of starts: [Int]) -> [Bool] {
        var seen = [Bool](repeating: false, count: decisions.count)
        var left = starts
        while let next = left.popLast() {
            for parent in parents[next] where !seen[parent] {
                seen[parent] = true
                left.append(parent)
            }
        }
        return seen
    }

    /// Why one counts for nothing, as far as the text and its parents tell.
    func flaw(at place: Int) -> VoidReason? {
        let decision = decisions[place].decision
        if let flaw = decisions[place].flaw { return flaw }
        if !decision.fleet.name.utf8.elementsEqual(decisions[0].decision.fleet.name.utf8) { return .otherName }
        guard let serial = decision.serial.number, place >= completeCount || serial == serials[place] else { return .wrongSerial }
        return nil
    }

    /// Whoever could ever have a key of this fleet: named in the first decision, or by somebody who could be an admin.
    func possibleSigners() -> Set<String> {
        var (signers, admins): (Set<String>, Set<String>) = ([], [decisions[0].decision.signer])
        var left = decisions[..<completeCount].filter { $0.decision.isForAdmins }.map(\.decision)
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
