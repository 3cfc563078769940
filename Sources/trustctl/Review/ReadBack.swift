import Certificates
import TrustCore

/// Four of the sixteen groups of a fingerprint, which its owner reads out and the operator types.
///
/// They are drawn when the card is shown, so nobody can make a certificate that agrees in them. The card does not show them: they can only come
/// from the owner.
struct ReadBack: Equatable {
    private let fingerprint: Fingerprint
    /// From 0, in order.
    private let places: [Int]

    static let count = 4

    init(_ fingerprint: Fingerprint, using generator: inout some RandomNumberGenerator) {
        self.fingerprint = fingerprint
        places = Array((0..<16).shuffled(using: &generator).prefix(Self.count)).sorted()
    }

    init(_ fingerprint: Fingerprint) {
        var generator = SystemRandomNumberGenerator()
        self.init(fingerprint, using: &generator)
    }

    private var groups: [String] { fingerprint.grouped.joined(separator: " ").split(separator: " ").map(String.init) }

    /// `groups 2, 5, 11 and 16 of 16, as the owner reads them: `
    var question: String {
        let numbers = places.map { "\($0 + 1)" }
        return "groups \(numbers.dropLast().joined(separator: ", ")) and \(numbers.last ?? "") of 16, as the owner reads them: "
    }

    /// Whether `text` is these groups, in order, in any spelling.
    func isAnswered(by text: String) -> Bool {
        Fingerprint.hexDigits(of: text) == Array(places.map { groups[$0] }.joined().utf8)
    }

    /// The groups with those left out that are asked for.
    var shownGroups: [String] { groups.enumerated().map { places.contains($0) ? "____" : $1 } }

    /// The words with those left out that stand for them: two for each group.
    var shownWords: [String] {
        fingerprint.spoken.joined(separator: " ").split(separator: " ").enumerated().map { places.contains($0 / 2) ? "____" : String($1) }
    }
}
