import Certificates
import EximControl
import TrustCore

/// By what a client is let in where trust is by a CA. There are two ways, and either is enough.
package struct WaysIn: Equatable, Sendable {
    /// Whether its fingerprint is in the trust list.
    package let byFingerprint: Bool
    /// Whether the CA has issued its certificate, and it is not revoked; nil where the certificate is not known.
    package let byAuthority: Bool?
    /// Whether it is among the CA's revoked clients.
    package let isRevoked: Bool
}

extension Register {
    /// Whether a CA lets clients in, also where the folder of the revoked ones is lost.
    package var trustsByAuthority: Bool { revokedClients != nil || isRevokedFolderLost }

    /// Whether the folder of the CA's revoked clients should be there, and is not. Then Exim takes no mail of the CA's clients.
    package var isRevokedFolderLost: Bool { revokedClients == nil && books.way.flatMap(WayOfTrust.init) == .authority }

    /// By what the client of `record` is let in; nil where trust is not by a CA. Outside of its dates nothing lets a certificate in.
    func waysIn(_ record: Record, now: Timestamp = .now) -> WaysIn? {
        guard trustsByAuthority else { return nil }
        let isRevoked = revokedClients?.contains(record.fingerprint) ?? false
        let isOver = record.outline.map { now < $0.notBefore || $0.notAfter <= now } ?? false
        var byAuthority: Bool?
        if isRevoked || isOver || isRevokedFolderLost {
            byAuthority = false
        } else if let outline = record.outline, outline.der != nil, let authority {
            byAuthority = outline.isIssued(by: authority) && record.fingerprint != authority.fingerprint
        }
        return WaysIn(byFingerprint: record.state == .approved && !isOver, byAuthority: byAuthority, isRevoked: isRevoked)
    }
}
