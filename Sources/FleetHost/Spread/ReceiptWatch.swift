import Fleet
package import FleetCarrier
import Glibc
package import Host
import TrustCore

/// Looks for the members' answers to decisions that were signed here, as often as its caller has time.
package struct ReceiptWatch {
    private let fleet: LocalFleet
    private let wanted: [Digest]
    private let taken: [Digest]
    private let started = Timestamp.now
    private let mayEmptyInbox: Bool
    private var reading = FleetReading()
    private var state: FleetState
    private var members: [FleetReport.Member] = []
    private var trustedAgain: [String] = []
    private var arrivals: [String: Int64] = [:]

    /// `taken`: the certificates from which the decisions take trust away.
    package init(_ fleet: LocalFleet, _ wanted: [Digest], taking taken: [Digest]) throws(Failure) {
        (self.fleet, self.wanted, self.taken) = (fleet, wanted, taken)
        state = try reading.state(of: fleet)
        // A console changes nothing by that. Where a unit does the same, the lock is between them.
        mayEmptyInbox = fleet.configuration.member == nil && geteuid() == 0
    }

    package mutating func look() throws(Failure) {
        if mayEmptyInbox, fleet.isInboxFilled {
            // Whatever is wrong with the inbox, the unit's own runs say.
            let round = try? fleet.round(onlyIfNeeded: true, waiting: 0)
            trustedAgain += round?.imported?.trustedAgain ?? []
        }
        // Somebody else has decided meanwhile, and a member names that as its head.
        if !reading.isUpToDate(with: fleet) {
            (arrivals, members) = ([:], [])
            state = try reading.state(of: fleet)
        }
        let own = Set(
            wanted.compactMap { state.decision($0) }.flatMap(\.blocks).compactMap { block in
                if case .member(let block) = block { block.key.name } else { nil }
            })
        for name in state.memberNames where !own.contains(name) {
            let arrived = fleet.receiptArrived(name) ?? 0
            guard arrivals[name] != arrived else { continue }
            arrivals[name] = arrived
            let member = FleetReport.Member(
                name, fleet.heard(of: name, state), state, has: wanted, silentBefore: fleet.silentBefore(started))
            if let place = members.firstIndex(where: { $0.name == name }) { members[place] = member } else { members.append(member) }
        }
    }

    /// One that was silent for long is named, and not awaited each time.
    package var isOver: Bool { members.allSatisfy { $0.hasAnswered || $0.isGivenUp } }

    /// How far the decisions have come, by the last look.
    package var spread: Spread {
        Spread(decisions: wanted, members: members, carriage: fleet.carriage, taken: taken, trustedAgain: trustedAgain)
    }
}

extension FleetReport.Member {
    /// Whether it was silent for so long that nobody waits for it.
    var isGivenUp: Bool { standing == .silent && heard != nil }
}
