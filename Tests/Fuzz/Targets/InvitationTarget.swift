import TrustCore

@testable import Certificates
@testable import Host
@testable import Trust

/// A code as somebody types it, a name in a stranger's certificate, and an invitation's file.
enum InvitationTarget {
    static func take(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        code(text)
        claim(text)
        file(bytes)
    }

    private static func code(_ text: String) {
        do throws(InvitationCodeError) {
            let code = try InvitationCode(typed: text)
            demand(code.secret.count == 10 && code.relay.count == 13 && code.relay[12] & 0x0F == 0, "a code has its two parts")
            let again = try InvitationCode(typed: code.text)
            demand(again == code && again.text == code.text, "a code reads back from its usual spelling")
            let letters = text.unicodeScalars.filter { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0)) }
            demand(letters.count == InvitationCode.symbols, "nothing but 38 letters and digits is a code")
        } catch { demand("\(error)".isPlain, "the reason for a refusal is plain text") }
    }

    private static func claim(_ text: String) {
        if let succession = Succession(uri: text) {
            demand(succession.uri.utf8.elementsEqual(text.utf8), "what names a predecessor has one spelling")
        }
        guard let claim = InvitationClaim(uri: text) else { return }
        demand(claim.uri.utf8.elementsEqual(text.utf8), "a claim has one spelling")
        demand(claim.proof.count == 32 && InvitationClaim.isName(Array(claim.name.utf8)), "a claim has a name and a proof")
    }

    private static func file(_ bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count > 1, lines[1].hasPrefix("Key: "), let key = InvitationKey(hex: lines[1].dropFirst(5)) else { return }
        guard let invitation = Invitation(bytes, name: key.name) else { return }
        demand(Invitation(invitation.encoded, name: key.name) == invitation, "an invitation reads back")
        demand(Invitation(bytes, name: "0123456789ABCDEF") == nil || key.name == "0123456789ABCDEF", "a file has the name of its key")
    }
}
