import Fleet
import FleetCarrier
import Glibc
import Host
import SystemPackage
import Trust
package import TrustCore

/// On a console: what the relays have queued, as this host's trustsync has heard it from a database, or as packs have brought it. Neither is
/// believed: what they say is shown with the relay's name, and a certificate must have the digest that it is said to have.
extension LocalFleet {
    /// Entries and bytes of all relays together.
    private static let most = (entries: 2 * MirroredSightings.most, bytes: 2 * MirroredSightings.mostBytesOfAll)

    /// Of members alone. The attack: a database that invents relays.
    func mirrored(_ state: FleetState) throws(Failure) -> [Fingerprint: [RelaySighting]] {
        var seen: [Fingerprint: [RelaySighting]] = [:]
        var room = Self.most
        do throws(SystemError) {
            let hasMirror = try isThere(folders.sightings)
            for name in state.memberNames where room.entries > 0 && room.bytes > 0 {
                let mirror = hasMirror ? try mirror(of: name) : nil
                let packs = try brought.sightings(of: name)
                var entries: [PendingEntry] = []
                // Of both the later one. What a relay has signed is no later than it came here, whatever its clock says.
                if let packs, min(packs.sightings.time.nanoseconds, packs.arrived) >= mirror?.written ?? 0 {
                    entries = packs.sightings.entries.filter { isWaiting($0, state) }
                } else if let mirror {
                    room.bytes -= mirror.bytes.count
                    entries = MirroredSightings.entries(mirror.bytes)
                }
                for entry in entries.prefix(room.entries) {
                    seen[entry.fingerprint, default: []].append(RelaySighting(relay: name, entry: entry))
                    room.entries -= 1
                }
            }
        } catch {
            throw error.isNotPermitted
                ? Failure(error.description, .notPermitted, hint: "root and the members of group trustd may read what waits on the relays")
                : Failure(error)
        }
        return seen
    }

    private func isThere(_ path: FilePath) throws(SystemError) -> Bool {
        do throws(SystemError) { _ = try Folder(path) } catch {
            if error.isMissing { return false }
            throw error
        }
        return true
    }

    /// trustsync's file of that relay, and when it was written. Nil: nothing of that relay yet; a link, a folder or a file that is too long is
    /// none of trustsync's.
    private func mirror(of name: String) throws(SystemError) -> (bytes: [UInt8], written: Int64)? {
        do throws(SystemError) {
            let folder = try Folder(folders.sightings)
            return (try folder.contents(of: name, limit: MirroredSightings.mostBytes), try folder.modified(name))
        } catch {
            if error.code == EACCES { throw error }
            return nil
        }
    }

    /// Whether an entry that a pack has brought still waits: a pack may be old. What the fleet took away after the relay had seen it last was
    /// decided; what was seen since waits again. And trustd would have forgotten it after `pending_ttl`.
    private func isWaiting(_ entry: PendingEntry, _ state: FleetState) -> Bool {
        guard entry.lastSeen.seconds >= Timestamp.now.seconds - local.configuration.pendingTTL else { return false }
        guard let decided = state.fingerprints[Digest(entry.fingerprint)], decided.after == .none else { return true }
        return !decided.standing.contains { state.decision($0).map { $0.time >= entry.lastSeen } ?? false }
    }

    /// What is said to be a certificate's DER form. First what root has kept, whose digest was compared.
    package func mirroredCertificate(_ fingerprint: Fingerprint) -> [UInt8]? {
        if let der = brought.certificate(fingerprint) { return der }
        do throws(SystemError) {
            return try Folder(folders.certificates).contents(of: fingerprint.description, limit: CertificateRecord.maximumSize)
        } catch { return nil }
    }
}
