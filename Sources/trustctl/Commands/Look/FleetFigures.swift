import Fleet
import FleetCarrier
import FleetHost
import Host
import Trust
import TrustCore

/// What a monitoring system may want to know of the fleet that this host belongs to.
///
/// A console hears of all members. A relay hears of the others only after somebody has decided there, so it speaks for itself.
struct FleetFigures {
    /// Those that belong to it.
    var memberCount = 0
    /// Those of which this host speaks.
    var members: [FleetReport.Member] = []
    var accepted = 0
    var waiting = 0
    var void = 0
    /// Certificates that relay again, because the key that had taken them away was taken out.
    var trustedAgain: [String] = []
    /// Nil where decisions are carried by hand, and where this user may not know.
    var isConnected: Bool?
    /// Whether this host is a console, which has no trustd and no list.
    var isConsole = false
    /// When the last decision was made, by its signer's clock.
    var lastDecision: Timestamp?

    /// Nil on a host without fleet.conf.
    init?(_ local: LocalTrust) throws(Failure) {
        guard let fleet = try LocalFleet(local) else { return nil }
        let report = try FleetReport(fleet)
        let own = fleet.configuration.member
        isConsole = own == nil
        memberCount = report.members.count
        members = report.members.filter { own == nil || $0.name == own }
        (accepted, waiting, void) = (report.state.accepted.count, report.state.waiting.count, report.state.void.count)
        trustedAgain = report.state.trustedAgain.map(\.description)
        lastDecision = report.state.heads.compactMap { report.state.decision($0)?.time }.max()
        switch report.carriage {
        case .connected: isConnected = true
        case .away: isConnected = false
        case .byHand, .unknown: isConnected = nil
        }
    }

    init() {}

    /// Those that may still trust what was taken away.
    var trusting: [FleetReport.Member] { members.filter(\.mayStillTrust) }
    var late: [FleetReport.Member] { members.filter { $0.standing != .live } }

    /// The seconds since something was heard of the one of which nothing was heard for the longest time.
    func longestSilence(_ now: Timestamp) -> Int64? { members.compactMap(\.arrived).min().map { max(0, now.seconds - $0.seconds) } }
}

extension FleetReport.Member {
    /// Whether something that was taken away may be trusted there: it lacks the decision, or its last change has failed.
    var mayStillTrust: Bool { !stillTrusts.isEmpty || isUpToDate && !hasTakenAway }
}
