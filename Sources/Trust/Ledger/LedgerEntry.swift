package import FoundationEssentials

/// What one line of the ledger says: a decision, what it changed on this host, and its place in the chain. All in one JSON object.
package struct LedgerEntry: Equatable {
    package private(set) var version = 1
    /// Its place in the ledger, counted from 1: what `trustctl undo N` names. 0 until it is written.
    package var number = 0
    package var decision: Decision
    package var effects: LocalEffects
    /// When it was written, and so the latest moment at which Exim had read it: the decision's time is that of the plan, and a reload may
    /// take long, or be left to the next command by a crash.
    package var done: String?
    /// What a crash left of a line that stood here.
    package var torn: Data?
    /// The digest of that line as it had been written whole: then it was no crash that cut it.
    package var sealed: String?
    /// SHA-256 of the line before, without its newline; nil in the first line.
    var previous: String?

    package init(_ decision: Decision, _ effects: LocalEffects = LocalEffects()) {
        self.decision = decision
        self.effects = effects
    }
}

extension LedgerEntry: Codable {
    private enum CodingKeys: CodingKey {
        case version, number, done, torn, sealed, previous
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        version = try fields.decode(Int.self, forKey: .version)
        number = try fields.decode(Int.self, forKey: .number)
        done = try fields.decodeIfPresent(String.self, forKey: .done)
        torn = try fields.decodeIfPresent(Data.self, forKey: .torn)
        sealed = try fields.decodeIfPresent(String.self, forKey: .sealed)
        previous = try fields.decodeIfPresent(String.self, forKey: .previous)
        decision = try Decision(from: decoder)
        effects = try LocalEffects(from: decoder)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(version, forKey: .version)
        try fields.encode(number, forKey: .number)
        try fields.encodeIfPresent(done, forKey: .done)
        try fields.encodeIfPresent(torn, forKey: .torn)
        try fields.encodeIfPresent(sealed, forKey: .sealed)
        try fields.encodeIfPresent(previous, forKey: .previous)
        try decision.encode(to: encoder)
        try effects.encode(to: encoder)
    }
}
