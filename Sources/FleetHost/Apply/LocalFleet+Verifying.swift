import Certificates
package import Fleet
import FleetCarrier
package import Host
import SystemPackage
import Trust
package import TrustCore

extension LocalFleet {
    /// What was revoked with its key, and is not known on this relay; nothing at a console, which bars nothing.
    package func keysUnknown(_ state: FleetState) throws(Failure) -> [Fingerprint] {
        guard configuration.member != nil else { return [] }
        return state.barringUnknown(try local.look(recovering: false))
    }

    /// Checks all signatures again, and compares what follows with what is here: one sentence for each fault.
    package func verify() throws(Failure) -> (decisions: Int, faults: [String]) {
        let content = try store.read()
        var faults: [String] = content.isTorn ? ["the end of \(store.path) is torn: trustctl fleet apply cuts it off"] : []
        try store.records(of: content) { number, record throws(Failure) in
            let kept = content.decisions[number]
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
        for digest in state.fingerprints.digests {
            guard let decided = state.fingerprints[digest], let fingerprint = FleetState.fingerprint(digest) else { continue }
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
        faults += state.unbarred(register).map { "\($0) was revoked, but its key is not barred here" }
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
