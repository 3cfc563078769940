/// One thing that somebody who is asleep should be told, once.
struct Tiding: Equatable {
    /// What it is about, the most urgent first: a mail is in this order.
    enum Kind: String, CaseIterable {
        /// Revoked, denied or past its end, and still in the list.
        case stillTrusted = "still-trusted"
        /// A relay of the fleet may trust what was taken away.
        case elsewhere = "still-trusted-on"
        /// A certificate of which the revocation counts for nothing any more.
        case again = "trusted-again"
        /// Something that keeps trustctl from knowing or doing what it should.
        case trouble
        case follower
        case doctor
        /// A relay of the fleet that is not as the fleet has decided, or the fleet's database.
        case fleet
        /// An invitation that was closed, because two knew its code.
        case closed
        case pending
        case renewal
        case invitation
        case ending
        case room

        /// Whether strangers can cause as many as they like. Then the time between two mails grows while nobody decides.
        ///
        /// The attack: certificates without end, so that the operator is told of something worse a day later, or stops reading. What is not of
        /// a stranger's making never waits longer than `notify_every`.
        var isOfStrangers: Bool { self == .pending || self == .room }
    }

    let kind: Kind
    /// Which one of its kind, in words and digits of ours.
    let name: String
    /// It is told again when this grows.
    var number: Int64 = 1
    /// The entry in the mail: safe to print, the first line without an indent.
    var lines: [String] = []
    /// A command that is about this one alone.
    var command: String?

    /// By which it is remembered. What waits is the same whether it renews something or not.
    var key: String { "\(kind == .renewal ? Kind.pending.rawValue : kind.rawValue) \(name)" }
}
