import TrustCore

extension EximAnswers {
    /// The first version with the lookup option `cache=no_rd`.
    private static let firstVersion = [4, 95]
    private static let lookup = "dsearch"

    /// Why this Exim cannot have a list in folder form; nil when it can. In its own words, as `exim -bV` says them.
    package var obstacleToFolder: String? {
        if !lookups.contains(Self.lookup) {
            return "this exim was built without the lookup \(Self.lookup); its lookups: "
                + (lookups.isEmpty ? "none" : Printable(lookups.joined(separator: " "), limit: 400).description)
        }
        let numbers = version.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }.split(separator: ".").compactMap { Int($0) }
        guard !numbers.lexicographicallyPrecedes(Self.firstVersion) else {
            return "this exim is \(Printable(version, limit: 40)), and \(Self.lookup) with cache=no_rd needs 4.95 or later; its lookups: "
                + Printable(lookups.joined(separator: " "), limit: 400).description
        }
        return nil
    }
}

extension EximProgram {
    /// Reads `exim -bV`: `Lookups (built-in): lsearch wildlsearch … dsearch …`.
    static func lookups(in text: String) -> [String] {
        let line = text.split(separator: "\n").first { $0.hasPrefix("Lookups (built-in):") }
        return line.map { $0.split(separator: " ").dropFirst(2).map(String.init) } ?? []
    }
}
