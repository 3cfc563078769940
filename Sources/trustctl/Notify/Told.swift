import TrustCore

/// What was told, and when: kept from one run to the next.
struct Told: Equatable {
    /// When the last mail was handed to Exim; nil: none was yet.
    var lastMail: Timestamp?
    /// The seconds after it for which what strangers cause must wait.
    var pause: Int64 = 0
    /// How many decisions there were then.
    var decisions: Int64 = 0
    /// The number of each tiding that was told and is still true, by its key.
    var numbers: [String: Int64] = [:]

    /// However long nobody decides, a mail comes once a day.
    static let longestPause: Int64 = 86_400

    /// What of `tidings` was not told yet.
    func news(among tidings: [Tiding]) -> [Tiding] { tidings.filter { !holds($0) } }

    func holds(_ tiding: Tiding) -> Bool { numbers[tiding.key].map { tiding.number <= $0 } ?? false }

    /// When a mail with these news may go out. `every`: the shortest time between two.
    func due(_ news: [Tiding], _ facts: NotifyFacts, every: Int64) -> Timestamp {
        guard let lastMail else { return facts.now }
        let isUrgent = news.contains { !$0.kind.isOfStrangers }
        let wait = isUrgent || hasDecided(facts) ? every : max(every, pause)
        // A clock that was set back must not silence us.
        return lastMail > facts.now ? facts.now : Timestamp(seconds: lastMail.seconds + wait)
    }

    /// Without what is not true any more: that it came back is news. What could not be looked at stays as it was told.
    func pruned(to tidings: [Tiding], _ facts: NotifyFacts) -> Told {
        var next = self
        next.numbers = numbers.filter { key, _ in facts.unknown.contains { key.hasPrefix("\($0.rawValue) ") } }
        for tiding in tidings { if let told = numbers[tiding.key] { next.numbers[tiding.key] = min(told, tiding.number) } }
        return next
    }

    /// After a mail with all of `tidings`.
    func telling(_ tidings: [Tiding], _ news: [Tiding], _ facts: NotifyFacts, every: Int64) -> Told {
        var next = pruned(to: tidings, facts)
        for tiding in tidings { next.numbers[tiding.key] = tiding.number }
        if lastMail == nil || hasDecided(facts) {
            next.pause = every
        } else if news.contains(where: \.kind.isOfStrangers) {
            next.pause = max(every, min(max(every, pause) * 2, Self.longestPause))
        }
        next.lastMail = facts.now
        next.decisions = facts.decisions ?? decisions
        return next
    }

    private func hasDecided(_ facts: NotifyFacts) -> Bool { facts.decisions.map { $0 != decisions } ?? false }
}

extension Told {
    private static let format = RecordFormat("trustd-notify 1")

    var encoded: [UInt8] {
        var record = RecordWriter(Self.format)
        if let lastMail { record.add("Last-Mail", lastMail) }
        record.add("Pause", pause)
        record.add("Decisions", decisions)
        for (key, number) in numbers.sorted(by: { $0.key < $1.key }) { record.add("Told", "\(number) \(key)") }
        return record.encoded()
    }

    /// Nil for a text that we do not write.
    init?(decoding bytes: [UInt8]) {
        guard var record = try? RecordReader(bytes, as: Self.format) else { return nil }
        while !record.isAtEnd {
            guard let field = try? record.next() else { return nil }
            let words = field.value.split(separator: " ", maxSplits: 1)
            guard let number = words.first.flatMap({ Int64($0) }) else {
                guard field.name == "Last-Mail", let time = Timestamp(rfc3339: field.value) else { return nil }
                lastMail = time
                continue
            }
            switch (field.name, words.count) {
            case ("Pause", 1) where number >= 0: pause = number
            case ("Decisions", 1): decisions = number
            case ("Told", 2): numbers[String(words[1])] = number
            default: return nil
            }
        }
    }
}
