import Fleet
import FleetCarrier
import Glibc
package import Host
package import SystemPackage
package import Trust
package import TrustCore

/// An invitation at a console: who has come is known from what this host's trustsync has heard of the relays, or on a relay from its own queue.
///
/// The attack: the database, a relay's trustsync or this host's invents a guest. He is known by his proof alone, which only who has the code can
/// make for his own key, and a certificate must have the digest that it is said to have.
extension LocalFleet {
    /// Throws where nothing is heard of what waits on the relay that has this certificate; `own` is that of this host, if it is a relay.
    ///
    /// A relay's trustsync hears nothing of what waits on others: there only its own guests are seen.
    package func requireSight(of relay: Fingerprint, own: Fingerprint?) throws(Failure) {
        guard configuration.member != nil else { return try requireMirror() }
        guard relay != own else { return }
        throw Failure(
            "what waits on another relay is not heard of here, so its guest would not be seen; nothing has changed", .notSound,
            hint: "invite there, or at a console; without --relay-certificate the code is for this relay")
    }

    private func requireMirror() throws(Failure) {
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

    /// Whether the operator names a key, or has one of the fleet's in his agent, so that also a relay is a console for him.
    package func decides(with named: String?) throws(Failure) -> Bool {
        if named != nil || configuration.key != nil { return true }
        let state = try state(try store.read().decisions)
        do throws(Failure) { _ = try signingKey(nil, state) } catch { return error.exit != .notPermitted }
        return true
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

    /// Whoever comes, by the certificates that are mirrored here, or that wait on this relay.
    package func arrivals(for invitation: Invitation) -> InvitationArrivals {
        if configuration.member != nil { return InvitationArrivals(invitation, in: .init(local.configuration)) }
        let path = folders.certificates
        return InvitationArrivals(
            invitation,
            in: .init(
                names: { () throws(SystemError) in
                    // Another host's folder, as it were: what cannot be read is nobody.
                    do throws(SystemError) { return try Folder(path).names(atMost: Self.most).names } catch { return [] }
                }, der: { mirroredCertificate($0) }))
    }

    /// Those that a relay had made before it joined, for root: they are in its ledger, and let nobody in here any more.
    package func invitationsOfBefore() throws(Failure) -> [InvitationFolder.Item] {
        guard configuration.member != nil, geteuid() == 0 else { return [] }
        do throws(SystemError) { return try local.invitations.content().items } catch { throw Failure(error) }
    }

    /// More than there is room for.
    private static let most = 20_000

    /// Where to look for whoever comes.
    package var guestPlaces: [FolderEvents.Place] {
        configuration.member == nil ? [.init(folders.certificates), .init(folders.sightings)] : [.init(local.configuration.pending)]
    }
}
