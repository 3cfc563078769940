import Certificates
package import FleetCarrier
import FoundationEssentials
import TrustCore

/// `NAME TYPE BASE64`: a public key, and what people call it. The key is what counts: its SHA-256 is the item that a block decides about.
package struct NamedKey: Hashable, Sendable, CustomStringConvertible {
    package let name: String
    package let type: String
    /// SSH's wire form.
    package let wire: [UInt8]
    /// SHA-256 of the wire form.
    package let identity: Digest
    /// Nil for a type that this version does not know, and for bytes that are no key of the type.
    package let key: SSHKey?

    package init?(name: String, type: String, wire: [UInt8]) {
        guard FleetName.isName(name), FleetName.isType(type), !wire.isEmpty, let identity = Digest(bytes: SHA256.digest(of: wire)) else {
            return nil
        }
        (self.name, self.type, self.wire, self.identity) = (name, type, wire, identity)
        key = SSHKey(wire: wire).flatMap { $0.kind.rawValue == type ? $0 : nil }
    }

    package init?(name: String, key: SSHKey) { self.init(name: name, type: key.kind.rawValue, wire: key.wire) }

    /// Exactly the form of `description`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, let wire = Base64.decode(Array(words[2].utf8)),
            Data(wire).base64EncodedString().utf8.elementsEqual(words[2].utf8)
        else {
            return nil
        }
        self.init(name: String(words[0]), type: String(words[1]), wire: wire)
    }

    package var description: String { "\(name) \(type) \(Data(wire).base64EncodedString())" }
}
