import Certificates
import EximControl
package import Host
import TrustCore

extension LocalTrust {
    package var invitations: InvitationFolder { InvitationFolder(configuration) }

    /// All invitations, and how many of those that wait name each with a wrong proof. Root's alone to see.
    package func invited() throws(Failure) -> (items: [InvitationFolder.Item], wrongProofs: [String: Int]) {
        let register = try look()
        do throws(SystemError) {
            let items = try invitations.content().items
            return (items, InvitedEntries(register, items).wrong)
        } catch { throw Failure(error) }
    }

    /// Throws when the label could not be given to a certificate that comes by an invitation.
    package func requireFreeLabel(_ label: String) throws(Failure) { try register().requireFreeLabel(label) }

    /// Throws unless Exim logs the certificates of clients that it does not know: in them is the proof. Root rehearses a session.
    package func requireLoggedCertificates() throws(Failure) {
        let identity: Identity
        do throws(OpenSSLError) {
            let key = try PrivateKey()
            var draft = CertificateDraft(.client, commonName: "trustctl invite", days: 1)
            let first = try draft.selfSigned(with: key)
            // As long as one that comes by an invitation.
            draft.alternativeNames = [.uri(try InvitationCode(inviting: first.fingerprint).key.claim(for: key).uri)]
            identity = Identity(certificate: try draft.selfSigned(with: key), key: key)
        } catch { throw Failure("\(error)", .notSound) }
        var outcome: Rehearsal.Outcome?
        do throws(EximError) {
            let program = try exim().program
            for client in Rehearsal.clients where outcome?.recipients.isEmpty ?? true {
                outcome = try Rehearsal(client: client, tls: .init(identity: identity)).hold(with: program)
            }
        } catch { throw Failure(error) }
        let hint = "`trustctl setup` writes rules that do, and `trustctl doctor` says what is missing"
        guard outcome?.tls?.askedForCertificate ?? false else {
            throw Failure(
                "refused: exim does not ask clients for a certificate, so nobody can come by an invitation", .notSound, hint: hint)
        }
        guard outcome?.attempts.contains(where: { $0.fingerprint == identity.certificate.fingerprint && $0.hasCertificate }) ?? false else {
            throw Failure(
                "refused: exim's rules do not log the certificate of a client that they do not know, so nobody can come by an invitation",
                .notSound, hint: hint)
        }
    }
}

extension Register {
    /// Throws when the label could not be given to a certificate that comes by an invitation.
    package func requireFreeLabel(_ label: String) throws(Failure) {
        if let other = approved(as: label).first {
            throw Failure("the label “\(label)” is taken by \(other)", .usage, hint: "choose another one")
        }
        var items: [InvitationFolder.Item] = []
        do throws(SystemError) { items = try operatorInvitations?.content().items ?? [] } catch { throw Failure(error) }
        do throws(SystemError) { items += try invitations.content().items } catch {
            // On a relay of a fleet an operator without root does not see root's.
            guard error.isNotPermitted, operatorInvitations != nil else { throw Failure(error) }
        }
        if let other = items.first(where: { $0.isOpen() && $0.invitation.label == label })?.invitation.name {
            throw Failure(
                "the label “\(label)” is that of the open invitation \(other)", .usage,
                hint: "choose another one, or `trustctl invite --cancel \(other)`")
        }
    }

    /// How many of those that wait name each of these with a wrong proof.
    package func wrongProofs(_ items: [InvitationFolder.Item]) -> [String: Int] { InvitedEntries(self, items).wrong }
}
