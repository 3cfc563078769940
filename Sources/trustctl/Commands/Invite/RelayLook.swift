import Certificates
import Client
import EximControl
import Host
import Trust
import TrustCore

/// The certificate that clients of this relay will see, as a client sees it.
struct RelayLook {
    let local: LocalTrust
    /// Where the operator says that clients reach it.
    let given: String?

    func certificate() throws(Failure) -> Certificate {
        if let given {
            let name = try RelayName(given)
            return try look(name, isTLSFirst: name.beginsWithTLS)
        }
        let addresses: [DaemonAddress]
        do { addresses = try local.exim().addresses() } catch { throw Failure(error) }
        guard let first = addresses.first else {
            throw Failure(
                "no running exim was found whose certificate could be put into the code", .notSound,
                hint: "start it, or say where clients reach this relay: --relay HOST[:PORT]")
        }
        return try look(try RelayName(first.description), isTLSFirst: first.isTLSFirst)
    }

    private func look(_ name: RelayName, isTLSFirst: Bool) throws(Failure) -> Certificate {
        do throws(RelayError) {
            var visit = try RelayVisit(name, implicit: isTLSFirst)
            let certificate = try visit.certificate()
            visit.quit()
            return certificate
        } catch {
            throw Failure(
                "the relay's certificate cannot be seen: \(error)", .notSound,
                hint: "say where clients reach this relay: --relay HOST[:PORT]")
        }
    }
}
