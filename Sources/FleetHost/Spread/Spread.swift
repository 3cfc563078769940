import Fleet
package import FleetCarrier
import Glibc
package import Host
import TrustCore

/// How far decisions have come that were signed here: what each member's root has signed of itself since.
package struct Spread {
    package let decisions: [Digest]
    /// Those that the decisions have not made members.
    package let members: [FleetReport.Member]
    package let carriage: Carriage
    /// The certificates from which the decisions take trust away.
    package let taken: [Digest]
    /// What came in meanwhile and has certificates trusted again: one sentence each.
    package let trustedAgain: [String]

    package var live: Int { members.count { $0.standing == .live } }
    package var late: [FleetReport.Member] { members.filter { $0.standing != .live } }
    /// Members that may still trust what was taken away.
    package var trusting: [FleetReport.Member] { taken.isEmpty ? [] : members.filter { !$0.hasTakenAway } }
}

extension LocalFleet {
    /// Waits until every member has answered that is heard of at all: it has these decisions, and is live with them, or its last change has
    /// failed. At most so many seconds.
    ///
    /// The attack: a database, or another member, that says of a relay that it is live. Only what the relay's own receipt key has signed counts.
    package func spread(of decisions: [Digest], taking taken: [Digest], within seconds: Int) throws(Failure) -> Spread {
        let end = Clock.monotonic + .seconds(seconds)
        var watch = try ReceiptWatch(self, decisions)
        while true {
            try watch.look()
            if watch.isOver || Clock.monotonic >= end { break }
            usleep(20_000)
        }
        return Spread(
            decisions: decisions, members: watch.members, carriage: carriage, taken: taken, trustedAgain: watch.trustedAgain)
    }
}

/// Looks for receipts that come.
private struct ReceiptWatch {
    private let fleet: LocalFleet
    private let wanted: [Digest]
    private let started = Timestamp.now
    private let mayEmptyInbox: Bool
    private var state: FleetState
    /// When the file of all decisions was written last.
    private var written: Int64
    private(set) var members: [FleetReport.Member] = []
    private(set) var trustedAgain: [String] = []
    private var arrivals: [String: Int64] = [:]

    init(_ fleet: LocalFleet, _ wanted: [Digest]) throws(Failure) {
        (self.fleet, self.wanted) = (fleet, wanted)
        written = fleet.storeWritten
        state = try fleet.state(try fleet.store.read().decisions)
        // A console changes nothing by that. Where a unit does the same, the lock is between them.
        mayEmptyInbox = fleet.configuration.member == nil && geteuid() == 0
    }

    mutating func look() throws(Failure) {
        if mayEmptyInbox, fleet.isInboxFilled {
            // Whatever is wrong with the inbox, the unit's own runs say.
            let round = try? fleet.round(onlyIfNeeded: true, waiting: 0)
            trustedAgain += round?.imported?.trustedAgain ?? []
        }
        // Somebody else has decided meanwhile, and a member names that as its head.
        let now = fleet.storeWritten
        if now != written {
            (written, arrivals, members) = (now, [:], [])
            state = try fleet.state(try fleet.store.read().decisions)
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
    var isOver: Bool { members.allSatisfy { $0.hasAnswered || $0.standing == .silent && $0.heard != nil } }
}
