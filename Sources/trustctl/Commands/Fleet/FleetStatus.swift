import ArgumentParser
import Fleet
import FleetCarrier
import FleetHost
import Host
import Trust
import TrustCore

struct FleetStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows who has which decision, by the receipts that are here.",
        discussion: """
            Exit status 0: every member is live with the last decision. 69: some are not, or nothing is here of them. 70: of these some may \
            still trust what was taken away.
            """)

    @Flag(help: "Print JSON.") var json = false
    @OptionGroup var fleet: FleetOptions

    func run() throws {
        let report = try FleetReport(try fleet.fleet())
        Terminal.show(Answer(FleetDocument(report), [.text(Self.text(report))]), json: json)
        let again = report.state.trustedAgain
        guard again.isEmpty else {
            throw Failure(messages: again.map(\.trustedAgainText), hint: "decide about it again: revoke, deny or approve", exit: .stuck)
        }
        let late = report.members.filter { $0.standing != .live }
        let trusting = late.flatMap { member in
            member.stillTrusts.prefix(20).map { "\($0) may be STILL TRUSTED on \(member.name)" }
                + (member.isInDoubt ? ["what was revoked last may be STILL TRUSTED on \(member.name)"] : [])
        }
        guard trusting.isEmpty else { throw Failure(messages: trusting, hint: Self.hint(report), exit: .stuck) }
        guard late.isEmpty else {
            throw Failure(
                "not live: \(late.map(\.name).joined(separator: " "))", .notReloaded,
                hint: report.carriage == .byHand
                    ? "ssh RELAY trustctl fleet export | trustctl fleet import - brings their receipts" : Self.hint(report))
        }
    }

    private static func hint(_ report: FleetReport) -> String {
        switch report.carriage {
        case .byHand: "trustctl fleet export | ssh RELAY trustctl fleet import -"
        case .away: "trustsync has no database: systemctl status trustsync"
        case .connected, .unknown: "on that relay: systemctl status trustsync trustctl-fleet"
        }
    }

    private static func text(_ report: FleetReport) -> String {
        let state = report.state
        var lines = ["\(state.fleet.name), \(state.accepted.count) decisions, the next one is \(state.nextSerial)"]
        for head in state.heads {
            guard let decision = state.decision(head) else { continue }
            let reason = decision.reason.map { ": \($0)" } ?? ""
            lines.append("head      \(head.short)  decision \(decision.serial) by \(decision.signer), \(decision.time)\(reason)")
        }
        for key in state.keys { lines.append("\(key.power.rawValue.padded(to: 10))\(key.key.name)") }
        if let database = report.carriage.words { lines.append("database  \(database)") }
        let live = report.members.count { $0.standing == .live }
        lines.append("live      \(live) of \(report.members.count) members")
        for member in report.members where member.standing != .live {
            let heard = member.heard.map { "last heard of at \($0)" } ?? "no receipt is here"
            lines.append("\(member.name.padded(to: 10))\(member.standing.rawValue), \(heard)\(member.text.map { ": \($0)" } ?? "")")
        }
        for digest in state.trustedAgain { lines.append("again     \(digest.short): TRUSTED AGAIN") }
        for (digest, reason) in state.void.sorted(by: { $0.key < $1.key }) { lines.append("void      \(digest.short): \(reason.rawValue)") }
        for digest in state.waiting.keys.sorted() { lines.append("waiting   \(digest.short): what it rests on is not here") }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// `{"version":1,"fleet":…,"members":[…]}`
struct FleetDocument: Encodable {
    let version = 1
    let fleet: String
    let genesis: String
    let heads: [String]
    /// The largest of a decision that counts.
    let serial: Int
    let decisions: Int
    let keys: [Key]
    let members: [FleetMemberDocument]
    let void: [String]
    let waiting: [String]
    let trustedAgain: [String]

    struct Key: Encodable {
        let name: String
        let power: String
    }

    /// Null where fleet.conf names no database.
    @Nullable var database: Database?

    struct Database: Encodable {
        /// Null: what trustsync says is not for this user.
        @Nullable var connected: Bool?
        @Nullable var host: String?
        @Nullable var since: String?
        @Nullable var way: String?
        @Nullable var trouble: String?
    }

    init(_ report: FleetReport) {
        let state = report.state
        fleet = state.fleet.name
        genesis = state.fleet.genesis?.description ?? ""
        heads = report.heads
        serial = state.nextSerial - 1
        decisions = state.accepted.count
        keys = state.keys.map { Key(name: $0.key.name, power: $0.power.rawValue) }
        members = report.members.map { FleetMemberDocument($0, stillTrusts: $0.stillTrusts) }
        database = report.carriage.document
        void = state.void.keys.sorted().map(\.description)
        waiting = state.waiting.keys.sorted().map(\.description)
        trustedAgain = state.trustedAgain.map(\.description)
    }
}

extension FleetReport.Member {
    /// Whether its last change has failed, and nothing says that what takes trust away was made so all the same.
    fileprivate var isInDoubt: Bool { isUpToDate && !hasTakenAway }
}

extension Carriage {
    var words: String? {
        switch self {
        case .byHand: nil
        case .connected(let connection):
            "connected to \(Printable(connection.host, limit: 200)) since \(connection.since), \(connection.way.rawValue)"
        case .away(let trouble): "not connected\(trouble.map { ": \(Printable($0, limit: 300))" } ?? "")"
        case .unknown: "what trustsync says of it is not for this user"
        }
    }

    fileprivate var document: FleetDocument.Database? {
        switch self {
        case .byHand: nil
        case .connected(let connection):
            .init(
                connected: true, host: connection.host, since: connection.since.description, way: connection.way.rawValue, trouble: nil)
        case .away(let trouble): .init(connected: false, host: nil, since: nil, way: nil, trouble: trouble)
        case .unknown: .init(connected: nil, host: nil, since: nil, way: nil, trouble: nil)
        }
    }
}

extension FleetCarrier.Digest {
    /// As many digits as cannot be forged.
    fileprivate var short: String { String(description.prefix(16)) }
}
