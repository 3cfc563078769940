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
        guard old.kind?.isIdentity == true else { return true }
        guard played[old.text] ?? new.text == new.text, written[new.text] ?? old.text == old.text else { return false }
        played[old.text] = new.text
        written[new.text] = old.text
        return true
    }

    mutating func notice(_ actual: [String]) {
        key = actual.flatMap { VaryingText($0).varying }.last { $0.kind == .key }?.text ?? key
        for piece in actual.flatMap({ VaryingText($0).varying }) where piece.kind == .fingerprint {
            guard [16, 64].contains(piece.text.count) else { continue }
            // A table shows the beginning of one that is shown whole elsewhere.
            if let known = fingerprints.firstIndex(where: { $0.hasPrefix(piece.text) || piece.text.hasPrefix($0) }) {
                if piece.text.count == 64 { fingerprints[known] = piece.text }
            } else {
                fingerprints.append(piece.text)
            }
        }
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
