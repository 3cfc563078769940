import Fleet
package import FleetCarrier
import Glibc
package import Host
package import SystemPackage
import Trust
import TrustCore

/// Where an operator without root leaves what he has signed: trustsync gives it to the fleet's database and to this host's root.
package struct DecisionOutbox {
    package let path: FilePath
    private let store: DecisionStore

    /// Nil where there is none, or where this process may not write.
    package init?(of fleet: LocalFleet) {
        path = fleet.folders.outbox
        store = fleet.store
        guard access(path.string, W_OK | X_OK) == 0 else { return nil }
    }

    package func file(of signed: SignedRecord) -> FilePath { path.appending(signed.digest.description) }

    /// Leaves it there, whole, with those of these certificates that it approves.
    package func put(_ signed: SignedRecord, bringing certificates: [CertificateRecord]) throws(Failure) {
        let name = signed.digest.description
        let file = OutgoingDecision(signed.record, bringing: certificates)
        do throws(SystemError) {
            let folder = try Folder(path)
            try folder.write(file.encoded, to: ".\(name)", mode: 0o644)
            try folder.renameNew(".\(name)", to: name)
            try folder.synchronize()
        } catch { throw Failure("\(error); nothing was sent", error.isNotPermitted ? .notPermitted : .notSound) }
    }

    package enum Fate: Sendable {
        /// The fleet's database has it, and this host.
        case taken
        /// Nobody has taken it yet.
        case waits
        /// It is gone, and root here has not accepted it.
        case refused
    }

    /// What has become of it, at most after so many seconds.
    package func fate(of signed: SignedRecord, within seconds: Int) throws(Failure) -> Fate {
        let end = Clock.monotonic + .seconds(seconds)
        while LocalFileSystem().exists(file(of: signed)) {
            guard Clock.monotonic < end else { return .waits }
            usleep(20_000)
        }
        return try store.read().decisions.contains(signed.digest) ? .taken : .refused
    }
}
