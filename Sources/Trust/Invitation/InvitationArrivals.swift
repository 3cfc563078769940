import Certificates
import FoundationEssentials
package import TrustCore

/// Looks who has come for one invitation, for somebody who waits. Each entry is read until its certificate is known, and never again.
///
/// The attack: a stranger has entry after entry queued, so that root reads thousands of files over and over.
package struct InvitationArrivals {
    /// A place in which those who wait are, each under its fingerprint.
    package struct Place {
        let names: () throws(SystemError) -> [String]
        /// What is said to be one's certificate, in base64.
        let claimed: (Fingerprint) -> String?

        /// trustd's queue.
        package init(_ configuration: Configuration) {
            let queue = QueueFolder(configuration)
            names = { () throws(SystemError) in try Folder.closed(queue.path)?.names(atMost: queue.limit).names ?? [] }
            claimed = { queue.entry($0)?.certificate }
        }

        /// Certificates in DER form.
        package init(names: @escaping () throws(SystemError) -> [String], der: @escaping (Fingerprint) -> [UInt8]?) {
            self.names = names
            claimed = { der($0).map { Data($0).base64EncodedString() } }
        }
    }

    private let place: Place
    private let invitation: Invitation
    private var seen: Set<String> = []
    /// Whoever was ever seen with a good proof, with the SHA-256 of his key: one who is not there any more has known the code all the same.
    package private(set) var comers: [Fingerprint: String] = [:]

    package init(_ invitation: Invitation, in place: Place) {
        (self.invitation, self.place, comers) = (invitation, place, invitation.comers)
    }

    /// Whether somebody with a good proof was ever seen.
    package var hasComer: Bool { !comers.isEmpty }

    /// Whether somebody with a good proof has come since it was asked last.
    package mutating func hasNews() throws(SystemError) -> Bool {
        var isNew = false
        let names = try place.names()
        seen.formIntersection(names)
        for name in names where name.first != "." && !seen.contains(name) {
            guard let fingerprint = try? Fingerprint(exactly: name.utf8), let claimed = place.claimed(fingerprint) else { continue }
            seen.insert(name)
            guard let outline = try? CertificateOutline(claimed: claimed, for: fingerprint), outline.mayClaimInvitation,
                let certificate = outline.der.flatMap({ try? Certificate(der: $0) }), invitation.isClaimed(by: certificate)
            else { continue }
            comers[fingerprint] = certificate.spkiSHA256
            isNew = true
        }
        return isNew
    }
}
