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
    /// Those of whom nothing more need be awaited: it is known why they are not live.
    package var lost: [FleetReport.Member] { late.filter { $0.hasAnswered || $0.isGivenUp } }
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
        var watch = try ReceiptWatch(self, decisions, taking: taken)
        while true {
            try watch.look()
            if watch.isOver || Clock.monotonic >= end { break }
            usleep(20_000)
        }
        return watch.spread
    }
}
