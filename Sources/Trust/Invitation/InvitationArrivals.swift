import Certificates
package import TrustCore

/// Looks who has come for one invitation, for somebody who waits. Each entry of the queue is read until its certificate is known, and never again.
///
/// The attack: a stranger has entry after entry queued, so that root reads thousands of files over and over.
package struct InvitationArrivals {
    private let queue: QueueFolder
    private let invitation: Invitation
    private var seen: Set<String> = []
    /// Whether somebody with a good proof was ever seen.
    package private(set) var hasComer = false

    package init(_ invitation: Invitation, _ configuration: Configuration) {
        self.invitation = invitation
        queue = QueueFolder(configuration)
    }

    /// Whether somebody with a good proof has come since it was asked last.
    package mutating func hasNews() throws(SystemError) -> Bool {
        guard let folder = try Folder.closed(queue.path) else { return false }
        var isNew = false
        let names = try folder.names(atMost: queue.limit).names
        seen.formIntersection(names)
        for name in names where name.first != "." && !seen.contains(name) {
            guard let fingerprint = try? Fingerprint(exactly: name.utf8), let entry = queue.entry(fingerprint),
                let claimed = entry.certificate
            else { continue }
            seen.insert(name)
            guard let outline = try? CertificateOutline(claimed: claimed, for: fingerprint), outline.mayClaimInvitation,
                let certificate = outline.der.flatMap({ try? Certificate(der: $0) }), invitation.isClaimed(by: certificate)
            else { continue }
            isNew = true
        }
        if isNew { hasComer = true }
        return isNew
    }
}
