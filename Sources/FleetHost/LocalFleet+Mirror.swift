import Fleet
import FleetCarrier
import Glibc
import Host
import SystemPackage
import Trust
package import TrustCore

/// On a console: what the relays have queued, as this host's trustsync has heard it from a database. Neither is believed: what they say is
/// shown with the relay's name, and a certificate must have the digest that it is said to have.
extension LocalFleet {
    /// Entries and bytes of all relays together.
    private static let most = (entries: 2 * MirroredSightings.most, bytes: 2 * MirroredSightings.mostBytesOfAll)

    /// Of members alone. The attack: a database that invents relays.
    func mirrored(_ state: FleetState) throws(Failure) -> [Fingerprint: [RelaySighting]] {
        var seen: [Fingerprint: [RelaySighting]] = [:]
        var room = Self.most
        do throws(SystemError) {
            let folder = try Folder(folders.sightings)
            for name in state.memberNames where room.entries > 0 && room.bytes > 0 {
                let bytes: [UInt8]
                do throws(SystemError) { bytes = try folder.contents(of: name, limit: MirroredSightings.mostBytes) } catch {
                    // Nothing of that relay yet; a link, a folder or a file that is too long is none of trustsync's.
                    if error.code == EACCES { throw error }
                    continue
                }
                room.bytes -= bytes.count
                for entry in MirroredSightings.entries(bytes).prefix(room.entries) {
                    seen[entry.fingerprint, default: []].append(RelaySighting(relay: name, entry: entry))
                    room.entries -= 1
                }
            }
        } catch {
            if error.isMissing { return [:] }
            throw error.isNotPermitted
                ? Failure(error.description, .notPermitted, hint: "root and the members of group trustd may read what waits on the relays")
                : Failure(error)
        }
        return seen
    }

    /// What is said to be a certificate's DER form.
    package func mirroredCertificate(_ fingerprint: Fingerprint) -> [UInt8]? {
        do throws(SystemError) {
            return try Folder(folders.certificates).contents(of: fingerprint.description, limit: CertificateRecord.maximumSize)
        } catch { return nil }
    }
}
