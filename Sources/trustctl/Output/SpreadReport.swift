import FleetCarrier
import FleetHost
import Host
import TrustCore

/// Where a signed decision is live, and where it is not and why.
struct SpreadReport {
    let spread: Spread

    /// `{"decisions":[…],"live":2,"database_away":false,"members":[…]}`
    struct Document: Encodable {
        let decisions: [String]
        let live: Int
        let databaseAway: Bool
        let members: [FleetMemberDocument]
    }

    var document: Document {
        let trusting = Set(spread.trusting.map(\.name))
        return Document(
            decisions: spread.decisions.map(\.description), live: spread.live, databaseAway: spread.carriage.isAway,
            members: spread.members.map { member in
                FleetMemberDocument(member, stillTrusts: trusting.contains(member.name) ? spread.taken.map(\.description) : [])
            })
    }

    var line: String { "live on \(spread.live) of \(spread.members.count)\n" }

    /// The same with who is not and why, for a line of a screen. `isOver`: whoever has not answered is not waited for any more.
    func sentence(isOver: Bool) -> String {
        var parts = ["live on \(spread.live) of \(spread.members.count)"]
        let told = isOver ? spread.late : spread.lost
        if isOver || spread.carriage.isAway, !spread.trusting.isEmpty {
            parts.append("it may be STILL TRUSTED on \(Self.list(spread.trusting.map(\.name)))")
        }
        parts += told.prefix(Self.mostInLine).map { "\($0.name): \(Printable($0.why(), limit: 120))" }
        if told.count > Self.mostInLine { parts.append("and \(told.count - Self.mostInLine) more: `trustctl fleet status`") }
        let awaited = spread.late.map(\.name).filter { name in !told.contains { $0.name == name } }
        if !awaited.isEmpty { parts.append("waits for \(Self.list(awaited))") }
        if spread.carriage.isAway { parts.append("the fleet's database is away") }
        return parts.joined(separator: "; ")
    }

    /// Members whose reasons a line has.
    private static let mostInLine = 3

    /// What is said of it when it is not everywhere; nil when it is.
    ///
    /// 70: somebody whose trust was taken away may still be trusted. 75: the database is away, and the decision waits. 69: some member is silent,
    /// or its change has failed.
    var failure: Failure? {
        guard !spread.late.isEmpty || !spread.trusting.isEmpty else { return nil }
        var messages: [String] = []
        let trusting = spread.trusting.map(\.name)
        if !trusting.isEmpty {
            let places = Self.list(trusting)
            messages += spread.taken.prefix(Self.most).map { "\($0) may be STILL TRUSTED on \(places)" }
            if spread.taken.count > Self.most { messages.append("and \(spread.taken.count - Self.most) more") }
        }
        let late = spread.late
        messages += late.prefix(Self.most).map { "\($0.name): \($0.why())" }
        if late.count > Self.most { messages.append("and \(late.count - Self.most) more members: trustctl fleet status") }
        if case .away(let trouble) = spread.carriage {
            let why = trouble.map { ": \(Printable($0, limit: 300))" } ?? ""
            messages.append("the fleet's database is away\(why); the decision is kept on this host, and waits")
        }
        return Failure(messages: messages, hint: hint, exit: exit)
    }

    private var exit: ExitStatus {
        if !spread.trusting.isEmpty { return .stuck }
        return spread.carriage.isAway ? .busy : .notReloaded
    }

    private var hint: String {
        if spread.carriage.isAway { return "trustsync sends it as soon as the database is there: systemctl status trustsync" }
        if let first = spread.taken.first, !spread.trusting.isEmpty {
            return "on that relay, as root: trustctl revoke \(first) --local; trustctl fleet status says when it has the decision"
        }
        return "trustctl fleet status says when they have it; nothing has to be signed again"
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(8).joined(separator: ", ")
        return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
    }

    /// Lines of one kind.
    private static let most = 20
}
