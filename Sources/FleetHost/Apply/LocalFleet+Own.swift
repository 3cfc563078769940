import Fleet
import FleetCarrier
package import Host
import SystemPackage
package import Trust
import TrustCore

/// What root has decided for this relay alone.
extension LocalFleet {
    /// One empty file for each certificate of the fleet's that is not trusted here.
    var ownTakings: FilePath { folders.own.appending("local") }

    func takenHere() throws(Failure) -> Set<Fingerprint> {
        let names: [String: String?]
        do throws(SystemError) { names = try LocalFileSystem().names(in: ownTakings) } catch { throw Failure(error) }
        return Set(names.keys.compactMap { try? Fingerprint(exactly: $0.utf8) })
    }

    /// What this relay has approved by itself and the fleet does not know, ascending.
    package func approvedAlone() throws(Failure) -> [Record] {
        let state = try state(try store.read().decisions)
        var register = try local.look(recovering: false)
        try register.lookAtMany()
        return register.fingerprints(.approved).sorted().filter { state.fingerprints[Digest($0)] == nil }.map { register[$0] }
    }

    /// Throws where `plan`, for this relay alone, would trust what the fleet does not.
    package func check(own plan: TrustPlan) throws(Failure) { _ = try checked(own: plan) }

    private func checked(own plan: TrustPlan) throws(Failure) -> FleetState {
        let state = try state(try store.read().decisions)
        for subject in plan.decision.subjects where subject.after == .approved {
            // The attack, or the mistake: one relay goes on to trust a key that was revoked everywhere.
            guard let decided = state.fingerprints[Digest(subject.fingerprint)], decided.after != .approved else { continue }
            let word = decided.after == .denied ? "denied" : "revoked"
            throw Failure(
                "refused: nothing has changed: the fleet has \(word) \(subject.fingerprint)", .refused,
                hint: "trustctl approve without --local signs the contrary")
        }
        return state
    }

    /// Before `plan` is carried out for this relay alone. What is taken away is written down first: when we die in between, the next `apply`
    /// takes it away, and never brings it back.
    package func prepare(own plan: TrustPlan) throws(Failure) {
        let state = try checked(own: plan)
        let taken = plan.decision.subjects.filter { $0.after == .none || $0.after == .denied }.map(\.fingerprint)
            .filter { state.fingerprints[Digest($0)]?.after == .approved }
        guard !taken.isEmpty else { return }
        try checkMayChange()
        do throws(SystemError) {
            let marks = try Folder.making(ownTakings, mode: 0o755)
            for fingerprint in taken { try marks.write([], to: fingerprint.description, mode: 0o644) }
            try marks.synchronize()
            try LocalFileSystem().synchronize(folders.own)
        } catch { throw Failure(error) }
    }

    /// After it: what this relay trusts again is the fleet's again.
    package func conclude(own plan: TrustPlan) throws(Failure) {
        do throws(SystemError) {
            for subject in plan.decision.subjects where subject.after == .approved {
                try LocalFileSystem().remove(ownTakings.appending(subject.fingerprint.description))
            }
        } catch { throw Failure(error) }
    }
}
