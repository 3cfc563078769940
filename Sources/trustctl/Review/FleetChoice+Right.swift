import FleetHost
import Host
import Trust

extension FleetChoice {
    /// Throws unless this process may decide: root, or in a fleet somebody who may leave what he signs for trustsync.
    func requireRight(_ trust: LocalTrust) throws(Failure) {
        if !local, let fleet = try LocalFleet(trust), DecisionOutbox(of: fleet) != nil { return }
        try trust.checkMayChange()
    }

    /// The same for who may look all the same.
    func hasRight(_ trust: LocalTrust) -> Bool {
        do throws(Failure) {
            try requireRight(trust)
            return true
        } catch { return error.exit != .notPermitted }
    }
}
