import Certificates
package import Fleet
import FleetCarrier
package import Host
import SystemPackage
import Trust
import TrustCore

/// What this host knows of its fleet.
package struct FleetReport {
    package let state: FleetState
    package let members: [Member]
    /// A relay, by its last receipt.
    package struct Member {
        package let name: String
        package let standing: Standing
        /// The last heads that it has named.
        package let heads: [String]
        /// When it signed that; nil: nothing is here of it.
        package let heard: String?
        package let version: String?
        package let text: String?
        /// Trust that was taken away in decisions which it does not have.
        package let stillTrusts: [String]

        package enum Standing: String { case live, behind, refused, undone, stuck, silent }
    }

    package init(_ fleet: LocalFleet) throws(Failure) {
        let content = try fleet.store.read()
        let state = try fleet.state(content.decisions)
        self.state = state
        members = state.members.values.filter { $0.power == .member }.map(\.key.name).sorted().map { name in
            Member(name, fleet.receipt(of: name, state), state)
        }
    }

    package var heads: [String] { state.heads.map(\.description) }
}

extension FleetReport.Member {
    fileprivate init(_ name: String, _ receipt: Receipt?, _ state: FleetState) {
        self.name = name
        heads = receipt?.heads.map(\.description) ?? []
        heard = receipt?.time.description
        version = receipt?.version
        let known = receipt.map { $0.hasAll(of: state) ? state.known(to: state.heads) : state.known(to: $0.heads) } ?? []
        let taken = state.fingerprints.filter { $1.after != .approved && !known.isSuperset(of: $1.standing + $1.waiting) }
        // One that knows all heads knows also why what was approved in vain counts for nothing.
        let inVain = state.heads.allSatisfy(known.contains) ? [] : state.approvedInVain(known.contains)
        stillTrusts = inVain.union(taken.keys).sorted().map(\.description)
        switch receipt?.outcome {
        case nil: (standing, text) = (.silent, nil)
        case .refused(let why): (standing, text) = (.refused, why)
        case .undone(let why): (standing, text) = (.undone, why)
        case .stuck(let why): (standing, text) = (.stuck, why)
        case .live: (standing, text) = (state.heads.allSatisfy(known.contains) ? .live : .behind, nil)
        }
    }
}

extension Receipt {
    /// Whether its relay has all that is accepted here. A receipt names eight heads; where there are more, the number of decisions tells.
    fileprivate func hasAll(of state: FleetState) -> Bool {
        waiting == 0 && decisions == state.accepted.count && Set(heads).isSubset(of: state.heads)
    }
}

extension LocalFleet {
    /// Checks all signatures again, and compares what follows with what is here: one sentence for each fault.
    package func verify() throws(Failure) -> (decisions: Int, faults: [String]) {
        let content = try store.read()
        var faults: [String] = content.isTorn ? ["the end of \(store.path) is torn: trustctl fleet apply cuts it off"] : []
        for (record, kept) in zip(content.records, content.decisions) {
            do throws(SignedDecision.Failure) {
                let read = try SignedDecision(body: record.body, signature: record.signature)
                if read != kept { faults.append("\(kept.digest) reads differently the second time") }
            } catch { faults.append("\(kept.digest): \(error)") }
        }
        let state = try state(content.decisions)
        guard configuration.member != nil else { return (content.decisions.count, faults) }
        var register = try local.look(recovering: false)
        try register.lookAtMany()
        let now = Timestamp.now
        let own = try takenHere()
        for (digest, decided) in state.fingerprints.sorted(by: { $0.key < $1.key }) {
            guard let fingerprint = FleetState.fingerprint(digest) else { continue }
            let here = register.state(of: fingerprint)
            let isApproved = decided.after == .approved && !(decided.until.map { $0 < now } ?? false) && !own.contains(fingerprint)
            if isApproved != (here == .approved) {
                faults.append(isApproved ? "\(fingerprint) is approved, but not trusted here" : "\(fingerprint) is STILL TRUSTED")
            } else if (decided.after == .denied) != (here == .denied) {
                faults.append("\(fingerprint) is \(here.rawValue) here, but \(decided.after.rawValue) in the fleet")
            }
        }
        for fingerprint in state.gone(register) {
            let word = register.state(of: fingerprint) == .approved ? "STILL TRUSTED" : "still denied"
            faults.append("\(fingerprint) is \(word), although what the fleet said of it counts for nothing now")
        }
        guard let member = configuration.member else { return (content.decisions.count, faults) }
        let isMember = state.members.values.contains { $0.power == .member && $0.key.name == member }
        if !isMember { faults.append("no decision says that \(member) is a member: trustctl fleet member add") }
        if isMember {
            let receipt = receipt(of: member, state)
            let trusted = Receipt.TrustedSet(register.fingerprints(.approved))
            if receipt?.heads != Array(state.heads.prefix(8)) || receipt?.trusted != trusted {
                faults.append("the receipt does not say what is here: trustctl fleet apply makes a new one")
            }
        }
        return (content.decisions.count, faults)
    }
}
