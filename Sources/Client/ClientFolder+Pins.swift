package import Certificates
import Glibc
package import Host
import SystemPackage
import TrustCore

/// The relays' certificates that the client's owner has compared.
extension ClientFolder {
    /// The certificate that `relay` must show; nil when it is not pinned.
    package func pinned(_ relay: RelayName) throws(Failure) -> Certificate? { try certificate(in: pin(of: relay)) }

    /// Stores it for all to read: it is no secret, and Exim's user needs it.
    package func pin(_ certificate: Certificate, for relay: RelayName, replacing: Bool) throws(Failure) {
        do throws(SystemError) {
            _ = try Folder.making(path, mode: Self.folderMode)
            let folder = try Folder.making(relays, mode: Self.folderMode)
            let new = ".\(relay.fileName).\(getpid())"
            try folder.write(Array(certificate.pemText.utf8), to: new, mode: 0o644)
            do throws(SystemError) {
                if replacing { try folder.rename(new, to: relay.fileName) } else { try folder.renameNew(new, to: relay.fileName) }
            } catch {
                _ = try? folder.remove(new)
                throw error
            }
            try folder.synchronize()
        } catch {
            if error.code == EEXIST { throw Failure("\(relay) was pinned by somebody else meanwhile", .busy, hint: "repeat the command") }
            throw Failure(error)
        }
    }

    /// All relays that are pinned.
    package func pinnedRelays() throws(Failure) -> [RelayName] {
        do throws(SystemError) {
            return try LocalFileSystem().names(in: relays).keys.sorted().compactMap(Self.relay)
        } catch { throw Failure(error) }
    }

    private static func relay(_ name: String) -> RelayName? {
        guard name.hasSuffix(".pem"), let mark = name.lastIndex(of: "_") else { return nil }
        let host = name[..<mark]
        let relay = try? RelayName("\(host.contains(":") ? "[\(host)]" : host):\(name[name.index(after: mark)...].dropLast(4))")
        return relay?.fileName == name ? relay : nil
    }
}
