import TrustCore

/// The names in a fleet's texts.
package enum FleetName {
    /// A fleet's: `[a-z0-9][a-z0-9.-]{0,62}`.
    package static func isFleet(_ name: some StringProtocol) -> Bool {
        isName(name, length: 63) { byte in
            byte.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || ".-".utf8.contains(byte)
        }
    }

    /// A key's or a member's: letters, digits and `.@_+-`, at most 64. No blank, since it stands before a type and a key.
    package static func isName(_ name: some StringProtocol) -> Bool {
        isName(name, length: 64) { $0.isLetterOrDigit || ".@_+-".utf8.contains($0) }
    }

    /// What stands between a name and a key, e.g. `ssh-ed25519`; also one that this version does not know.
    package static func isType(_ type: some StringProtocol) -> Bool {
        isName(type, length: 64) { $0.isLetterOrDigit || ".@-".utf8.contains($0) }
    }

    private static func isName(_ name: some StringProtocol, length: Int, _ isAllowed: (UInt8) -> Bool) -> Bool {
        guard let first = name.utf8.first, first.isDigit || isAllowed(first) && first.isLetter else { return false }
        return name.utf8.count <= length && name.utf8.allSatisfy(isAllowed)
    }
}
