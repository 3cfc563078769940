import Fleet
import FleetCarrier
package import Host
package import SystemPackage
package import Trust
import TrustCore

/// An invitation at a console: who has come is known from what this host's trustsync has heard of the relays.
///
/// The attack: the database, a relay's trustsync or this host's invents a guest. He is known by his proof alone, which only who has the code can
/// make for his own key, and a certificate must have the digest that it is said to have.
extension LocalFleet {
    /// Throws where nothing is heard of what waits on the relays.
    package func requireMirror() throws(Failure) {
        do throws(SystemError) { _ = try Folder(folders.certificates) } catch {
            guard error.isMissing else {
                throw error.isNotPermitted
                    ? Failure(
                        "\(error); nothing has changed", .notPermitted,
                        hint: "root and the members of group trustd may read what waits on the relays")
                    : Failure(error)
            }
            throw Failure(
                "nothing is heard here of what waits on the relays, so no guest would be seen; nothing has changed", .notSound,
                hint: "`database` in \(local.fleetFile), then systemctl start trustsync: trustctl-fleet(8)")
        }
    }

    /// Throws unless the operator has a key that the fleet takes approvals from: asked before a code is made.
    package func requireKey(_ named: FilePath?) throws(Failure) {
        let state = try state(try store.read().decisions)
        let key = try signingKey(named, state)
        guard state.keys.contains(where: { $0.key.identity == key.identity && $0.power != .none }) else {
            throw Failure(
                "the key \(key.file) is not in this fleet, or was taken out; nothing has changed", .notPermitted,
                hint: "an admin adds it: trustctl fleet key add KEY.pub")
        }
    }

    /// Whoever comes, by the certificates that are mirrored here.
    package func arrivals(for invitation: Invitation) -> InvitationArrivals {
        let path = folders.certificates
        return InvitationArrivals(
            invitation,
            in: .init(
                names: { () throws(SystemError) in
                    // Another host's folder, as it were: what cannot be read is nobody.
                    do throws(SystemError) { return try Folder(path).names(atMost: Self.most).names } catch { return [] }
                }, der: { mirroredCertificate($0) }))
    }

    /// More than there is room for.
    private static let most = 20_000

    /// Where to look for whoever comes.
    package var mirrorPlaces: [FolderEvents.Place] { [.init(folders.certificates), .init(folders.sightings)] }
}
