import Certificates
import TrustCore

extension Warnings {
    /// Why a person must decide about this renewal, although `renew` in trustd.conf lets others in without one. Empty when nobody must.
    ///
    /// The attack: whoever has stolen a key renews too. So each condition narrows what a thief gets before somebody looks: one successor, one a
    /// day, two at a time, near the end, not for ever.
    func obstacles(to renewal: Renewal) -> [String] {
        guard let outline = register[renewal.fingerprint].outline else { return ["its certificate is not known"] }
        let policy = register.renew
        var obstacles: [String] = []
        if policy.way != .signed, renewal.way == .signed { obstacles.append("renew = \(policy.way.rawValue) takes no new key") }
        if let theft = renewal.theft { obstacles.append(theft) }
        let left = renewal.ends.seconds - now.seconds
        if policy.window > 0, left > policy.window {
            obstacles.append("\(renewal.name) ends on \(renewal.ends.day), later than renew_window allows")
        }
        if left < -policy.grace { obstacles.append("\(renewal.name) ended on \(renewal.ends.day), longer ago than renew_grace allows") }
        // Clocks differ.
        if outline.notAfter.seconds - now.seconds > policy.longest + 86_400 {
            obstacles.append("it is valid until \(outline.notAfter.day), longer than renew_max allows")
        }
        let live = register.approved(inLinesOf: [renewal.predecessor]).filter { now < register[$0].ending }
        if live.count > 1 { obstacles.append("\(live.count) certificates of the line of \(renewal.name) are approved already") }
        if let label = renewal.label, let other = register.approved(as: label).first(where: { $0 != renewal.predecessor }) {
            obstacles.append("the label “\(Printable(label, limit: 64))” is that of \(other) too")
        }
        if renewal.way == .signed, let other = register.holders(.key, of: outline.spkiSHA256).first(where: { $0 != renewal.fingerprint }) {
            obstacles.append("its key is that of \(register[other].name) too")
        }
        return obstacles + past(of: renewal)
    }

    /// The same by what was decided before.
    private func past(of renewal: Renewal) -> [String] {
        guard let since = register.approvedByPerson(renewal.predecessor), let approved = Timestamp(rfc3339: since) else {
            return ["\(renewal.name) was put into the list by hand"]
        }
        var obstacles: [String] = []
        if now.seconds - approved.seconds > register.renew.until {
            obstacles.append("a person has approved \(renewal.name) on \(approved.day), longer ago than renew_until allows")
        }
        let words = register[renewal.predecessor].outline.map { register.words(ofKey: $0.spkiSHA256) } ?? []
        for (fingerprint, word) in words {
            // One of two claims was rejected: that there were two is not forgotten before a person approves the other.
            if word.after != .approved, [.deny, .undo].contains(word.action), since <= word.time {
                obstacles.append("\(fingerprint) with the same key was \(word.past)")
            }
            guard let entry = register.books.entry(at: word.place), entry.effects.renews != nil,
                let time = Timestamp(rfc3339: word.time), now.seconds - time.seconds < 86_400
            else { continue }
            obstacles.append("\(renewal.name) was renewed less than a day ago")
            break
        }
        return obstacles
    }
}
