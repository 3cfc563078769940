/// Which fleet a text belongs to: its name, for people, and its first decision's digest, which is what counts.
package struct FleetIdentity: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    /// Nil in the first decision itself: a text cannot hold its own digest.
    package let genesis: Digest?

    package init(name: String, genesis: Digest?) { (self.name, self.genesis) = (name, genesis) }

    /// Exactly the form of `description`; nil for anything else.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, FleetName.isFleet(words[0]) else { return nil }
        if words[1] == "-" {
            self.init(name: String(words[0]), genesis: nil)
        } else {
            guard let genesis = Digest(hex: words[1]) else { return nil }
            self.init(name: String(words[0]), genesis: genesis)
        }
    }

    package var description: String { "\(name) \(genesis?.description ?? "-")" }
}
