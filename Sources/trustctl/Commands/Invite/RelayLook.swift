import Certificates
import Client
import EximControl
import Host
import Trust
import TrustCore

/// The certificate that clients of this relay will see.
struct RelayLook {
    let local: LocalTrust
    /// Where the operator says that clients reach it; nil: as the running Exim shows it here.
    let given: String?

    func certificate() throws(Failure) -> Certificate {
        guard let given else {
            do throws(Failure) { return try local.own().certificate } catch { throw unseen(error.messages) }
        }
        let name = try RelayName(given)
        do throws(RelayError) { return try RelayVisit.certificate(of: name, implicit: name.beginsWithTLS) } catch {
            throw unseen([error.description])
        }
    }

    private func unseen(_ reasons: [String]) -> Failure {
        Failure(
            messages: ["the relay's certificate cannot be seen, so no code can be made"] + reasons,
            hint: "say where clients reach this relay: --relay HOST[:PORT]", exit: .notSound)
    }
}
