package import Fleet
import FleetCarrier
package import Host
package import TrustCore

/// What this host knows of its fleet.
package struct FleetReport {
    package let state: FleetState
    package let members: [Member]
    package let carriage: Carriage
    /// This host's name, if it is a relay: it hears of others only for two minutes after somebody has decided there.
    package let ownName: String?

    /// A relay, by its last receipt.
    package struct Member {
        package let name: String
        package let standing: Standing
        /// The last heads that it has named.
        package let heads: [String]
        /// When it signed that; nil: nothing is here of it.
        package let heard: ReceiptTime?
        /// When that came here, by this host's clock.
        package let arrived: Timestamp?
        package let version: String?
        /// Why its last change failed.
        package let text: String?
        /// Whether it has the decisions that are meant.
        package let isUpToDate: Bool
        /// Whether its last change has made so all that its decisions take away.
        package let hasTakenAway: Bool
        /// Trust that was taken away in decisions which it does not have.
        package fileprivate(set) var stillTrusts: [String] = []

        package enum Standing: String { case live, behind, refused, undone, stuck, silent }

        /// Whether more of it need not be awaited.
        package var hasAnswered: Bool { isUpToDate && standing != .silent }
    }

    package init(_ fleet: LocalFleet) throws(Failure) {
        let content = try fleet.store.read()
        let state = try fleet.state(content.decisions)
        self.state = state
        let silentBefore = fleet.silentBefore(.now)
        members = state.memberNames.map { name in
            let heard = fleet.heard(of: name, state)
            var member = Member(name, heard, state, has: state.heads, silentBefore: silentBefore)
            member.findTrusted(heard?.receipt, state)
            return member
        }
        carriage = fleet.carriage
        ownName = fleet.configuration.member
    }

    package var heads: [String] { state.heads.map(\.description) }
}

extension FleetReport.Member {
    /// `wanted`: it is live when it has these. `silentBefore`: what came before then says nothing any more.
    init(_ name: String, _ heard: HeardReceipt?, _ state: FleetState, has wanted: [Digest], silentBefore: Timestamp?) {
        let receipt = heard?.receipt
        self.name = name
        heads = receipt?.heads.map(\.description) ?? []
        self.heard = receipt?.time
        arrived = heard?.arrived
        version = receipt?.version
        isUpToDate = receipt?.has(wanted, of: state) ?? false
        hasTakenAway = isUpToDate && receipt?.outcome.hasTakenAway ?? false
        text = receipt?.outcome.reason
        let isSilent = heard.map { heard in silentBefore.map { heard.arrived < $0 } ?? false } ?? true
        switch receipt?.outcome {
        case nil: standing = .silent
        case .refused: standing = .refused
        case .undone: standing = .undone
        case .stuck: standing = .stuck
        case .live: standing = isSilent ? .silent : isUpToDate ? .live : .behind
        }
    }

    fileprivate mutating func findTrusted(_ receipt: Receipt?, _ state: FleetState) {
        let known = state.known(to: receipt.map { $0.hasAll(of: state) ? state.heads : $0.heads } ?? [])
        let taken = state.fingerprints.digests { $0.after != .approved && !($0.standing + $0.waiting).allSatisfy(known.contains) }
        // One that knows all heads knows also why what was approved in vain counts for nothing.
        let inVain = state.heads.allSatisfy(known.contains) ? [] : state.approvedInVain(known.contains)
        stillTrusts = inVain.union(taken).sorted().map(\.description)
    }

    /// Why it is not live, in a few words.
    package func why(now: Timestamp = .now) -> String {
        switch standing {
        case .live: "live"
        case .refused: text ?? ""
        case .undone, .stuck: "\(standing.rawValue): \(text ?? "")"
        case .behind, .silent: heard.map { "not heard since \($0.second.short(now: now))" } ?? "never heard of"
        }
    }
}

extension Timestamp {
    /// Only the time of the day, if that is today.
    fileprivate func short(now: Timestamp) -> String { day == now.day ? "\(description.dropFirst(11).prefix(5)) UTC" : description }
}

extension Receipt {
    /// Whether its relay has all that is accepted here. A receipt names eight heads; where there are more, the number of decisions tells.
    fileprivate func hasAll(of state: FleetState) -> Bool {
        waiting == 0 && decisions == state.accepted.count && Set(heads).isSubset(of: state.heads)
    }

    fileprivate func has(_ wanted: [Digest], of state: FleetState) -> Bool {
        hasAll(of: state) || wanted.allSatisfy { state.isKnown($0, to: heads) }
    }
}

extension FleetState {
    /// Of the relays that belong to it now, ascending.
    package var memberNames: [String] { members.values.filter { $0.power == .member }.map(\.key.name).sorted() }
}
