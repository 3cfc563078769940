import Glibc

/// An IP address in its one spelling (RFC 5952 for IPv6).
package struct Address: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// What a limit counts together: an IPv4 address, or the /64 of an IPv6 one, which its holder fills at will.
    package let block: String

    /// Nil when `text` is no IP address; a zone (`%eth0`) is none of it.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        // A NUL ends the text for inet_pton, and anything could follow it.
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            description = Self.text(of: bytes, family: AF_INET)
            block = description
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            description = Self.text(of: bytes, family: AF_INET6)
            for index in 8..<16 { bytes[index] = 0 }
            block = Self.text(of: bytes, family: AF_INET6) + "/64"
        } else {
            return nil
        }
    }

    private static func text(of bytes: [UInt8], family: CInt) -> String {
        var buffer = [CChar](repeating: 0, count: 64)
        guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
