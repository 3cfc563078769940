import FleetHost
import Host
import Trust
import TrustCore

// What is so in the fleet that this host belongs to.
extension NotifyFacts {
    /// The seconds in which a decision comes to every relay, else it is worth telling.
    private static let travel: Int64 = 300

    mutating func lookAtFleet(_ local: LocalTrust) {
        do throws(Failure) { fleet = try FleetFigures(local) } catch {
            unknown.formUnion([.elsewhere, .again, .fleet])
            troubles.append(
                .init(kind: .trouble, name: "fleet", text: "the fleet's decisions cannot be read: \(error.reason)", hint: error.hint))
        }
    }

    var ofFleet: [Tiding] {
        guard let fleet else { return [] }
        let again = fleet.trustedAgain.map { digest in
            Tiding(
                kind: .again, name: digest, lines: ["TRUSTED AGAIN: \(digest.prefix(16))"], command: "trustctl revoke \(digest.prefix(16))")
        }
        let isUnderWay = fleet.lastDecision.map { (0..<Self.travel).contains(now.seconds - $0.seconds) } ?? false
        // One that has failed says so itself.
        func isWorthTelling(_ member: FleetReport.Member) -> Bool { !isUnderWay || ![.behind, .silent].contains(member.standing) }
        let trusting = fleet.trusting.filter(isWorthTelling).map { member in
            Tiding(
                kind: .elsewhere, name: member.name, number: max(1, Int64(member.stillTrusts.count)),
                lines: [
                    "STILL TRUSTED on \(member.name)"
                        + (member.stillTrusts.isEmpty
                            ? ""
                            : ": \(member.stillTrusts.count) certificate"
                                + (member.stillTrusts.count == 1 ? "" : "s"))
                ])
        }
        let late = fleet.late.filter(isWorthTelling).map { member in
            let why = member.text.map { "\(QuotedText($0))" }
            return Tiding(
                kind: .fleet, name: "\(member.name) \(member.standing.rawValue)",
                lines: ["\(member.name) is \(member.standing.rawValue)"] + [why].compactMap { $0 })
        }
        let database =
            fleet.isConnected == false
            ? [Tiding(kind: .fleet, name: "database", lines: ["the fleet's database is not connected: systemctl status trustsync"])] : []
        return again + trusting + late + database
    }
}
