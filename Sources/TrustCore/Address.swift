import Glibc

/// An IP address in its one spelling (RFC 5952 for IPv6).
package struct Address: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    /// What a limit counts together: an IPv4 address, or the /64 of an IPv6 address, all of which one holder may use.
    package let block: String

    /// Nil when `text` is not an IP address. A zone (`%eth0`) is not allowed.
    package init?(_ text: some StringProtocol) {
        let text = String(text)
        // inet_pton stops at a NUL, and anything could follow it.
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            description = Self.text(of: &four, family: AF_INET)
            block = description
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        description = Self.text(of: &six, family: AF_INET6)
        withUnsafeMutableBytes(of: &six) { bytes in for place in 8..<16 { bytes[place] = 0 } }
        block = Self.text(of: &six, family: AF_INET6) + "/64"
    }

    private static func text(of address: UnsafeRawPointer, family: CInt) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            guard let base = buffer.baseAddress, inet_ntop(family, address, base, socklen_t(buffer.count)) != nil else { return "" }
            return String(cString: base)
        }
    }
}
