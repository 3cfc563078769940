package import Certificates
package import Host
import SystemPackage
import TrustCore

/// What a client does that was invited, up to its first question: knows the relay by the code, makes a key with a certificate that proves
/// that it knows the code, and pins the relay. Each step can be repeated: one that was interrupted goes on.
package struct RelayJoin {
    let relay: RelayName
    let implicit: Bool
    let folder: ClientFolder
    let code: InvitationCode

    package init(_ relay: RelayName, implicit: Bool, in folder: ClientFolder, by code: InvitationCode) {
        (self.relay, self.implicit, self.folder, self.code) = (relay, implicit, folder, code)
    }

    /// The relay's certificate.
    ///
    /// The attack: somebody between us and the relay answers in its place. The code tells which certificate is the right one, and nothing
    /// was shown or said before. One who passes the right relay's bytes on cannot change ours: the key has signed them.
    package func relayCertificate() throws(Failure) -> Certificate {
        let shown: Certificate
        do throws(RelayError) { shown = try RelayVisit.certificate(of: relay, implicit: implicit) } catch { throw Failure(error) }
        guard code.isFor(shown.fingerprint) else {
            throw Failure(
                messages: ["\(relay) is not the relay that has invited you", "it shows: \(shown.fingerprint)", "nothing was sent"],
                hint: "check its name; if it is right, somebody may be between you and it, or it has a new certificate: ask its operator",
                exit: .anotherRelay)
        }
        return shown
    }

    /// Pins it. Throws when another one is pinned.
    package func pin(_ shown: Certificate) throws(Failure) {
        guard let pinned = try folder.pins.certificate(of: relay) else { return try folder.pins.pin(shown, for: relay, replacing: false) }
        guard pinned.fingerprint != shown.fingerprint else { return }
        throw Failure(
            messages: [
                "another certificate is pinned for \(relay)", "pinned: \(pinned.fingerprint)", "it shows: \(shown.fingerprint)",
            ],
            hint: "ask its operator; if he confirms the new one, `trustctl client pin \(relay) --replace`, and repeat the command",
            exit: .anotherRelay)
    }

    /// The identity that an earlier run with this code has made; nil when there is none at all.
    package func identity() throws(Failure) -> Identity? {
        guard let own = try folder.identities.any() else { return nil }
        let claim: InvitationClaim
        do { claim = try code.key.claim(for: own.key) } catch { throw Failure("\(error)", .notSound) }
        guard own.certificate.invitationClaim == claim else {
            throw Failure(
                "there is already a certificate in \(folder.path) that does not belong to this code, and trustctl overwrites none",
                .refused,
                hint: "--dir DIR uses another folder; or have the relay's operator approve \(own.certificate.fingerprint)")
        }
        return own
    }
}

extension Failure {
    package init(_ error: RelayError) {
        switch error {
        case .unreachable: self.init(error.description, .cannotConnect)
        case .noTLS: self.init(error.description, .noTLS)
        }
    }
}
