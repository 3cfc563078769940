import FleetCarrier
package import Host
import SystemPackage

extension LocalFleet {
    /// Where something changes of what this host knows of its fleet: decisions, receipts, what comes, and at a console what waits on the relays.
    package var changes: [FolderEvents.Place] {
        let decisions = folders.decisions
        let known: [FolderEvents.Place] = [
            .init(decisions.removingLastComponent(), names: [decisions.lastComponent?.string ?? ""]), .init(receipts),
        ]
        return configuration.member == nil ? known + [folders.inbox, folders.sightings, folders.broughtSightings].map { .init($0) } : known
    }
}
