import FleetCarrier

/// Hears all decisions of a set in the one order that follows from the set, and accepts them or not.
///
/// The keys take turns in the order in which they were made, those that were ever admin first. In its turn a key's decisions are heard by
/// serial and digest; before each one all that it rests on and that was not heard yet, by this same rule. Nothing that a key signs after it
/// was taken out moves anything, not even the order.
struct Replay: Sendable {
    let graph: DecisionGraph
    /// Keys by their names, and what the blocks say of each item.
    private(set) var keys: [String: KeyHistory] = [:]
    private(set) var items: [Item: ItemHistory] = [:]
    /// In the order in which they were heard.
    private(set) var accepted: [Int] = []
    /// Why complete decisions count for nothing.
    private(set) var reasons: [Int: VoidReason] = [:]
    /// What each name of a key or a member was given to, and the other way round.
    private var named: [Name: Digest] = [:]
    private var names: [DecidedItem: String] = [:]
    private var madeKeys = 0
    private var heard: [Bool]
    /// Heard, like all that it rests on: nothing is looked for beyond.
    private var isClosed: [Bool]
    private var visits: [Int32]
    private var visit: Int32 = 0

    /// What a block decides about, by the number of its digest.
    struct Item: Hashable {
        let kind: DecidedItem.Kind
        let number: Int32
    }

    private struct Name: Hashable {
        let kind: DecidedItem.Kind
        let text: String
    }

    /// Some decisions on their way: all of them, or what one of them rests on.
    private struct Round {
        /// By the signers' names, each list in the order of the graph.
        var turns: [Turn]
        var current: Int?
        /// Its past is being heard in the round above.
        var held: Int?

        struct Turn {
            let signer: String
            let decisions: [Int]
            var next = 0

            var upcoming: Int? { next < decisions.count ? decisions[next] : nil }
        }
    }

    /// Nil when the first decision does not make its own signer an admin, or is void in itself: then no fleet follows from it.
    init?(_ graph: DecisionGraph) {
        self.graph = graph
        heard = [Bool](repeating: false, count: graph.completeCount)
        isClosed = heard
        visits = [Int32](repeating: 0, count: graph.completeCount)
        guard graph.completeCount > 0, begin() else { return nil }
        hearNothingOfOthers()
        run()
        for place in 0..<graph.completeCount where !heard[place] { reasons[place] = .unknownSigner }
    }

    private mutating func begin() -> Bool {
        guard graph.flaw(at: 0) == nil, namesFit(0) else { return false }
        let signers = graph.signers(at: 0)
        let isSigned = graph[0].blocks.contains { block in
            guard case .key(let block) = block, block.key.name.utf8.elementsEqual(graph.signer(at: 0).utf8), block.after == .admin,
                let signer = signers.first(where: { $0.key == block.key.identity })
            else { return false }
            return signer.isTouched || !block.requiresTouch
        }
        guard isSigned else { return false }
        heard[0] = true
        isClosed[0] = true
        accept(0)
        return true
    }

    /// What is void in itself, and what nobody has signed who could ever have a key of this fleet, is over before it is looked at.
    private mutating func hearNothingOfOthers() {
        let signers = graph.possibleSigners()
        for place in 1..<graph.completeCount {
            let flaw = graph.flaw(at: place) ?? (signers.contains(graph.signer(at: place)) ? nil : .unknownSigner)
            guard let flaw else { continue }
            reasons[place] = flaw
            heard[place] = true
        }
    }

    /// Without recursion: a fleet with very many keys must not end this program.
    private mutating func run() {
        var rounds = [round(of: Array(1..<graph.completeCount))]
        while let top = rounds.indices.last {
            if let held = rounds[top].held {
                rounds[top].held = nil
                // Everything behind it was heard, so it is not walked through again.
                _ = unheardPast(of: held)
                take(held)
            } else if let next = next(in: &rounds[top]) {
                let isOut = keys[graph.signer(at: next)]?.isOut ?? true
                let past = isOut ? [] : unheardPast(of: next)
                if past.isEmpty {
                    take(next)
                } else {
                    rounds[top].held = next
                    rounds.append(round(of: past))
                }
            } else {
                rounds.removeLast()
            }
        }
    }

    private func round(of decisions: [Int]) -> Round {
        if decisions.count == 1 {
            return Round(turns: [.init(signer: graph.signer(at: decisions[0]), decisions: decisions)])
        }
        let lists = Dictionary(grouping: decisions.filter { !heard[$0] }.sorted()) { graph.signer(at: $0) }
        return Round(turns: lists.map { .init(signer: $0, decisions: $1) })
    }

    private mutating func next(in round: inout Round) -> Int? {
        while true {
            if let current = round.current {
                while let place = round.turns[current].upcoming {
                    round.turns[current].next += 1
                    guard !heard[place] else { continue }
                    if signature(of: place) != nil { return place }
                    // The name is this key's for ever, and this key did not sign.
                    heard[place] = true
                    reasons[place] = .unknownSigner
                }
                round.turns.remove(at: current)
                round.current = nil
            }
            // Most were heard on the way to others.
            for turn in round.turns.indices.reversed() {
                while let next = round.turns[turn].upcoming, heard[next] { round.turns[turn].next += 1 }
                if round.turns[turn].upcoming == nil { round.turns.remove(at: turn) }
            }
            // Keys may have been made since, and operators have become admins: chosen anew each time.
            var first: (turn: Int, key: KeyHistory)?
            for index in round.turns.indices {
                guard let key = keys[round.turns[index].signer], key.made != nil else { continue }
                if first.map({ key.isHeard(before: $0.key) }) ?? true { first = (index, key) }
            }
            guard let first else { return nil }
            round.current = first.turn
        }
    }

    /// What a decision rests on and was not heard. When that is nothing, its past is closed.
    private mutating func unheardPast(of place: Int) -> [Int] {
        visit += 1
        var (unheard, seen): ([Int], [Int]) = ([], [])
        var left = Array(graph.parents(at: place))
        while let next = left.popLast() {
            guard !isClosed[next], visits[next] != visit else { continue }
            visits[next] = visit
            seen.append(next)
            if !heard[next] { unheard.append(next) }
            left += graph.parents(at: next)
        }
        if unheard.isEmpty { for place in seen { isClosed[place] = true } }
        return unheard
    }

    private mutating func take(_ place: Int) {
        heard[place] = true
        isClosed[place] = graph.parents(at: place).allSatisfy { isClosed[$0] }
        if let reason = objection(to: place) { reasons[place] = reason } else { accept(place) }
    }

    // MARK: - Whether one is accepted at this moment

    /// What may be signed with a key now.
    func power(of key: KeyHistory) -> KeyPower {
        guard !key.isOut, key.made != nil else { return .none }
        let severity = history(of: DecidedItem(kind: .key, identity: key.key))?.severity
        return severity.map { KeyPower(severity: $0) } ?? .none
    }

    /// Nil where no accepted block is about it.
    func history(of item: DecidedItem) -> ItemHistory? {
        graph.number(of: item.identity).flatMap { items[Item(kind: item.kind, number: $0)] }
    }

    /// The signature by the key that has the signer's name.
    private func signature(of place: Int) -> SignedDecision.Signer? {
        keys[graph.signer(at: place)].flatMap { key in graph.signers(at: place).first { $0.key == key.key } }
    }

    /// Why a decision that is not void in itself counts for nothing, by what was accepted so far; nil if it is accepted.
    func objection(to place: Int) -> VoidReason? {
        guard let key = keys[graph.signer(at: place)], let signature = signature(of: place) else { return .unknownSigner }
        let power = power(of: key)
        guard power != .none else { return .notInForce }
        guard signature.isTouched || !key.requiresTouch else { return .untouched }
        guard graph.isForAdmins(at: place) else { return nil }
        return power != .admin ? .notAdmin : namesFit(place) ? nil : .nameTaken
    }

    /// Whether each key and member of it has the name that it had before, or both are new.
    private func namesFit(_ place: Int) -> Bool {
        var new: [Name: Digest] = [:]
        for case (let item, let name?) in graph[place].blocks.map({ ($0.item, $0.name) }) {
            let key = Name(kind: item.kind, text: name)
            guard names[item] ?? name == name, (named[key] ?? new[key] ?? item.identity) == item.identity else { return false }
            new[key] = item.identity
        }
        return true
    }

    private mutating func accept(_ place: Int) {
        accepted.append(place)
        let digest = graph.digestNumber(at: place)
        for (start, block) in graph.blocks(at: place) {
            let item = block.item
            // Every digest that a decision names has a number.
            guard let number = graph.number(of: item.identity) else { continue }
            items[Item(kind: item.kind, number: number), default: ItemHistory()].add(
                .init(decision: place, block: start, severity: block.severity), of: digest,
                replacing: block.replaces.compactMap { graph.number(of: $0) })
            guard let name = block.name else { continue }
            named[Name(kind: item.kind, text: name)] = item.identity
            names[item] = name
            guard case .key(let block) = block else { continue }
            var key = keys[name] ?? KeyHistory(name: name, key: item.identity, source: (place, start))
            key.requiresTouch = key.requiresTouch || block.requiresTouch
            if block.after == .none {
                key.isOut = true
            } else if key.made == nil {
                (key.made, key.maker) = (madeKeys, place)
                madeKeys += 1
            }
            if block.after == .admin { key.wasAdmin = true }
            keys[name] = key
        }
    }
}
