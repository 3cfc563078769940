/// Which text of a document stands for which text of this play: a fingerprint that a document shows is another one each time.
struct TranscriptValues {
    private var played: [String: String] = [:]
    private var written: [String: String] = [:]
    /// The fingerprints of this play, in the order of their appearance.
    private var fingerprints: [String] = []
    private var key: String?

    /// Whether `actual` is what `expected` says, where each identity has one meaning in the whole play; if so, learns what it tells.
    mutating func agree(_ expected: String, _ actual: String) -> Bool {
        let (expected, actual) = (VaryingText(expected), VaryingText(actual))
        guard expected.hasForm(of: actual) else { return false }
        return zip(expected.varying, actual.varying).allSatisfy { agree($0, $1) }
    }

    /// The same for one varying text and another of its kind.
    mutating func agree(_ old: VaryingText.Piece, _ new: VaryingText.Piece) -> Bool {
        guard old.kind == new.kind else { return false }
        // Which groups a card leaves out is drawn anew each time.
        guard old.kind?.isIdentity == true, !old.hidesGroups, !new.hidesGroups else { return true }
        guard played[old.text] ?? new.text == new.text, written[new.text] ?? old.text == old.text else { return false }
        played[old.text] = new.text
        written[new.text] = old.text
        return true
    }

    mutating func notice(_ actual: [String]) {
        key = actual.flatMap { VaryingText($0).varying }.last { $0.kind == .key }?.text ?? key
        for piece in actual.flatMap({ VaryingText($0).varying }) where piece.kind == .fingerprint {
            // openssl(1) writes colons between them.
            let digits = piece.text.filter { $0 != ":" }
            guard [16, 64].contains(digits.count) else { continue }
            // A table shows the beginning of one that is shown whole elsewhere.
            if let known = fingerprints.firstIndex(where: { $0.hasPrefix(digits) || digits.hasPrefix($0) }) {
                if digits.count == 64 { fingerprints[known] = digits }
            } else {
                fingerprints.append(digits)
            }
        }
    }

    /// What its owner reads out of the fingerprint whose card `shown` ends with, when it asks for `groups 2, 5, 11 and 16 of 16`: he has seen
    /// it whole before.
    func readOut(_ shown: String) -> String? {
        guard let question = shown.matches(of: #/groups ([0-9, ]+) and ([0-9]+) of 16/#).last else { return nil }
        let wanted = "\(question.1), \(question.2)".split(separator: ", ").compactMap { Int($0) }
        let card = shown.matches(of: #/(?:(?:[0-9A-F]{4}|____) ){7}(?:[0-9A-F]{4}|____)/#).suffix(2)
        let known = card.flatMap { $0.output.split(separator: " ") }
        let all = fingerprints.filter { $0.count == 64 }.map { digits in
            (0..<16).map { digits.dropFirst($0 * 4).prefix(4) }
        }
        let owned = all.first { groups in zip(known, groups).allSatisfy { $0 == "____" || $0 == $1 } }
        guard known.count == 16, let owned, wanted.allSatisfy({ (1...16).contains($0) }) else { return nil }
        return wanted.map { String(owned[$0 - 1]) }.joined(separator: " ")
    }

    /// The command with this play's values: fingerprints, or their beginnings, and keys. `@2` is the second fingerprint that appeared, `@@2`
    /// all its digits, `@k` the last key, for a command that has never been played.
    func typed(_ command: String) -> String {
        command.replacing(#/\b[0-9A-Fa-f]{16,64}\b|@@?[0-9]|@k|\bAAAAC3[0-9A-Za-z+\/]{62}/#.wordBoundaryKind(.simple)) { match in
            let text = String(match.output)
            if text == "@k" { return key ?? text }
            if text.hasPrefix("@"), let number = text.last?.wholeNumberValue {
                guard fingerprints.indices.contains(number - 1) else { return text }
                return String(fingerprints[number - 1].prefix(text.hasPrefix("@@") ? 64 : 16))
            }
            if text.hasPrefix("AAAAC3") { return played[text] ?? text }
            guard let (_, own) = played.first(where: { [16, 64].contains($0.key.count) && $0.key.hasPrefix(text) }) else { return text }
            return String(own.prefix(text.count))
        }
    }
}
