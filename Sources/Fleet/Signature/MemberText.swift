import Certificates
package import FleetCarrier

/// A text that a relay's root signs in the relay's own name.
package protocol MemberText {
    /// What the signature is for (`ssh-keygen -Y sign -n`).
    static var namespace: String { get }

    var fleet: FleetIdentity { get }
    /// The relay's name.
    var member: String { get }

    /// Throws for bytes that are no such text.
    init(_ bytes: [UInt8]) throws(FleetTextError)
}

extension MemberText {
    /// The text that `signature` is the member's own over; nil for one that another key has signed, or none, and for one of who was a member once.
    ///
    /// The attack: a relay, or whoever carries packs, says of another one that it is live, or what waits there. The member's block in the
    /// decisions names its key.
    package static func signed(_ body: [UInt8], signature: [UInt8], in state: FleetState) -> Self? {
        guard let signature = SSHSignature(armoured: signature), signature.isOver(body, namespace: namespace),
            let key = Digest(bytes: SHA256.digest(of: signature.key.wire)), let signer = state.members[key], signer.power == .member
        else { return nil }
        do {
            let text = try Self(body)
            return text.fleet == state.fleet && text.member.utf8.elementsEqual(signer.key.name.utf8) ? text : nil
        } catch { return nil }
    }
}
