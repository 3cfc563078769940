package import Certificates
import Glibc
package import Host
package import SystemPackage
import TrustCore

/// The relays' certificates that the client's owner has checked.
package struct RelayPins {
    let folder: ClientFolder

    private var place: FilePath { folder.path.appending("relays") }
    package func file(of relay: RelayName) -> FilePath { place.appending(relay.fileName) }

    /// The certificate that `relay` must show; nil when it is not pinned.
    package func certificate(of relay: RelayName) throws(Failure) -> Certificate? { try folder.certificate(in: file(of: relay)) }

    /// Stores it readable by everybody: it is not secret, and Exim's user needs it.
    package func pin(_ certificate: Certificate, for relay: RelayName, replacing: Bool) throws(Failure) {
        do throws(SystemError) {
            _ = try Folder.making(folder.path, mode: ClientFolder.mode)
            let relays = try Folder.making(place, mode: ClientFolder.mode)
            let new = ".\(relay.fileName).\(getpid())"
            try relays.write(Array(certificate.pemText.utf8), to: new, mode: 0o644)
            do throws(SystemError) {
                if replacing { try relays.rename(new, to: relay.fileName) } else { try relays.renameNew(new, to: relay.fileName) }
            } catch {
                _ = try? relays.remove(new)
                throw error
            }
            try relays.synchronize()
        } catch {
            if error.code == EEXIST { throw Failure("\(relay) was pinned by somebody else meanwhile", .busy, hint: "repeat the command") }
            throw Failure(error)
        }
    }

    /// All relays that are pinned, sorted by file name.
    package func relays() throws(Failure) -> [RelayName] {
        do throws(SystemError) {
            return try LocalFileSystem().names(in: place).keys.sorted().compactMap(Self.relay)
        } catch { throw Failure(error) }
    }

    private static func relay(_ name: String) -> RelayName? {
        guard name.hasSuffix(".pem"), let mark = name.lastIndex(of: "_") else { return nil }
        let host = name[..<mark]
        let relay = try? RelayName("\(host.contains(":") ? "[\(host)]" : host):\(name[name.index(after: mark)...].dropLast(4))")
        return relay?.fileName == name ? relay : nil
    }
}
