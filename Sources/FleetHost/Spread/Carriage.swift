package import FleetCarrier
import Glibc
import TrustCore

/// How what is signed here gets to the other hosts.
package enum Carriage: Equatable {
    /// By hand: fleet.conf names no database.
    case byHand
    case connected(CarrierStatus.Connection)
    /// trustsync does not run, or has no database; why, if it says so.
    case away(String?)
    /// What trustsync says of itself is not for this user.
    case unknown

    package var isAway: Bool { if case .away = self { true } else { false } }
}

extension LocalFleet {
    /// What trustsync says of itself. It is another user's: nothing but words for people depends on it.
    package var carriage: Carriage {
        guard configuration.database.place != nil else { return .byHand }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try Folder(folders.state).contents(of: CarrierStatus.name, limit: CarrierStatus.maximumSize)
        } catch { return error.isNotPermitted ? .unknown : .away(nil) }
        guard let status = CarrierStatus(decoding: bytes) else { return .away(nil) }
        // It was killed, and could not say so.
        guard let process = pid_t(exactly: status.process), process > 0, kill(process, 0) == 0 || errno == EPERM else { return .away(nil) }
        return status.connection.map { .connected($0) } ?? .away(status.trouble)
    }
}
