import FleetHost
import TrustCore

extension FleetFigures {
    /// More members than anybody has: each is a series.
    private static let mostMembers = 2_000

    /// A member's name has letters, digits and .@_+- alone, or it is none: it needs no escape in a label.
    func add(to metrics: inout Exposition, now: Timestamp) {
        let states = ["live", "behind", "refused", "undone", "stuck", "silent"]
        metrics.add("trustctl_fleet_members", .gauge, "Relays that belong to the fleet.", memberCount)
        metrics.add(
            "trustctl_fleet_members_state", .gauge, "Relays of which this host hears, by what they last said of themselves.",
            states.map { state in ([("state", state)], Double(members.count { $0.standing.rawValue == state })) })
        metrics.add(
            "trustctl_fleet_member_live", .gauge, "Whether the relay is live with the last decision that is here.",
            members.prefix(Self.mostMembers).map { ([("member", $0.name)], $0.standing == .live ? 1 : 0) })
        metrics.add(
            "trustctl_fleet_still_trusting", .gauge, "Relays that may still trust what was taken away.", trusting.count)
        metrics.add(
            "trustctl_fleet_decisions", .gauge, "Decisions that are here: those that count, that wait for others, and that are void.",
            [("accepted", accepted), ("waiting", waiting), ("void", void)].map { ([("state", $0)], Double($1)) })
        metrics.add(
            "trustctl_fleet_trusted_again", .gauge, "Certificates whose revocation counts for nothing now.", trustedAgain.count)
        metrics.add(
            "trustctl_fleet_longest_silence_seconds", .gauge, "Seconds since the last receipt of the relay that was silent for longest.",
            longestSilence(now))
        metrics.add(
            "trustctl_fleet_database_connected", .gauge, "Whether trustsync is connected to the fleet's database.",
            isConnected.map { $0 ? 1 : 0 })
    }
}
