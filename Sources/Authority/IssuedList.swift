import Certificates
package import Host
import SystemPackage
package import Trust
package import TrustCore

/// What our CA has issued, and what became of it.
package struct IssuedList {
    package struct Item {
        package let issued: IssuedCertificate
        package let state: State
        /// Whether Exim hands it over to who shows the certificate for which it was issued.
        package let isHandedOver: Bool
    }

    package enum State: String, Encodable {
        case valid
        case revoked
        case ended
    }

    package let items: [Item]

    /// The oldest first.
    package init(_ register: Register, _ local: LocalTrust, at now: Timestamp = .now) throws(Failure) {
        let folder = local.configuration.issued
        items = try register.issued().map { one in
            let certificate = one.certificate
            let isRevoked = register.isKeyDenied(certificate.key) || register.isDenied(certificate.fingerprint)
            let state: State = certificate.isOver(at: now) ? .ended : isRevoked ? .revoked : .valid
            let text = certificate.issued?.pemText
            let isHandedOver = certificate.shown.map { shown in
                ((try? LocalFileSystem(limit: 65_536).contents(of: folder.appending(shown.description))) ?? nil).map {
                    String(decoding: $0, as: UTF8.self) == text
                } ?? false
            }
            return Item(issued: one, state: state, isHandedOver: isHandedOver ?? false)
        }
    }

    /// The certificates that `text` names: a fingerprint of one, of the certificate for which it was issued, the first 16 or more digits of one
    /// of them, or a name. None when it names none.
    package func named(_ text: String) -> [Fingerprint] {
        let digits = String(decoding: Fingerprint.hexDigits(of: text), as: UTF8.self)
        let isBeginning =
            digits.count >= FingerprintReference.minimumDigits
            && digits.utf8.allSatisfy { (48...57).contains($0) || (65...70).contains($0) }
        return items.map(\.issued.certificate).filter { one in
            if one.name == text { return true }
            guard isBeginning else { return false }
            return [one.fingerprint, one.shown].compactMap { $0 }.contains { $0.description.hasPrefix(digits) }
        }.map(\.fingerprint)
    }
}
