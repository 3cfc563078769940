package import Fleet
import Glibc
package import Host
import SystemPackage

/// What follows from the decisions that are here, worked out anew only when their file has changed: for those who look again and again.
package struct FleetReading {
    private var known: (written: Int64, size: Int64, state: FleetState)?

    package init() {}

    /// The same as without remembering anything.
    package mutating func state(of fleet: LocalFleet) throws(Failure) -> FleetState {
        if let known, isUpToDate(with: fleet) { return known.state }
        // Looked at before it is read: what is written meanwhile is seen the next time.
        let (written, size) = fleet.storeMark
        let state = try fleet.state(try fleet.store.read().decisions)
        known = (written, size, state)
        return state
    }

    func isUpToDate(with fleet: LocalFleet) -> Bool {
        // It only grows: of two that were written in one tick of the clock the sizes differ.
        known.map { ($0.written, $0.size) == fleet.storeMark } ?? false
    }
}

extension LocalFleet {
    /// When the file of all decisions was written last, in nanoseconds, and how long it is. Only root can write it.
    fileprivate var storeMark: (written: Int64, size: Int64) {
        var status = stat()
        guard lstat(store.path.string, &status) == 0 else { return (0, 0) }
        return (Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec), Int64(status.st_size))
    }
}
