package import FoundationEssentials
import TrustCore

/// One line of the ledger: a decision, what it changed on this host, and its place in the chain, all in one JSON object.
package struct LedgerEntry: Equatable {
    private var version = 1
    /// Its place in the ledger, counted from 1, which `trustctl undo N` names; 0 until it is written.
    package internal(set) var number = 0
    package internal(set) var decision: Decision
    /// The number in this ledger of the decision that this one takes back.
    package internal(set) var undoes: Int?
    package var effects: LocalEffects
    /// When it was written, and so the latest moment at which Exim had read the change. The decision's time is that of the plan: a reload
    /// may take long, or a crash may leave it to the next command.
    package internal(set) var done: String?
    /// What a crash left of the line that stood here.
    package internal(set) var torn: Data?
    /// The digest of that line, if it had been written whole: then it was cut by something other than a crash.
    package internal(set) var sealed: String?
    /// SHA-256 of the line before, without its newline; nil in the first line.
    var previous: String?

    /// When it was done, or where that is not known, decided; RFC 3339.
    package var time: String { done ?? decision.time }
    /// The same as it may be shown, whatever somebody has written there.
    package var shownTime: String { Printable(time, limit: 40).description }

    init(_ decision: Decision, undoes: Int? = nil, _ effects: LocalEffects = LocalEffects()) {
        self.decision = decision
        self.undoes = undoes
        self.effects = effects
    }

    /// As it was read.
    init(
        _ decision: Decision, undoes: Int?, _ effects: LocalEffects, version: Int, number: Int, done: String?, sealed: String?,
        previous: String?
    ) {
        self.init(decision, undoes: undoes, effects)
        self.version = version
        self.number = number
        self.done = done
        self.sealed = sealed
        self.previous = previous
    }
}

extension LedgerEntry: Codable {
    private enum CodingKeys: CodingKey {
        case version, number, undoes, done, torn, sealed, previous
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        version = try fields.decode(Int.self, forKey: .version)
        number = try fields.decode(Int.self, forKey: .number)
        undoes = try fields.decodeIfPresent(Int.self, forKey: .undoes)
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
        try fields.encodeIfPresent(undoes, forKey: .undoes)
        try fields.encodeIfPresent(done, forKey: .done)
        try fields.encodeIfPresent(torn, forKey: .torn)
        try fields.encodeIfPresent(sealed, forKey: .sealed)
        try fields.encodeIfPresent(previous, forKey: .previous)
        try decision.encode(to: encoder)
        try effects.encode(to: encoder)
    }
}
