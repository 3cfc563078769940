package import TrustCore

/// A TCP connection over which the peer may still send, from a line of `/proc/net/tcp` or `tcp6` (proc(5)).
package struct ConnectedSocket {
    package let inode: UInt64
    package let localPort: UInt16
    package let peer: Address
    package let peerPort: UInt16

    /// ESTABLISHED, and CLOSE_WAIT: a client may send everything at once and close its half, and is still served.
    private static let states: Set<Substring> = ["01", "08"]

    /// Nil for any other line.
    package init?(tableLine line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 9, Self.states.contains(fields[3]), let inode = UInt64(fields[9]), let local = Listener.end(fields[1]),
            let remote = Listener.end(fields[2]), let peer = Address(network: remote.address)
        else { return nil }
        (self.inode, localPort, self.peer, peerPort) = (inode, local.port, peer, remote.port)
    }
}

extension Address {
    /// From four or sixteen bytes in network order. An IPv4-mapped IPv6 address becomes the IPv4 address.
    init?(network bytes: [UInt8]) {
        let isMapped = bytes.count == 16 && bytes[..<12].elementsEqual([UInt8](repeating: 0, count: 10) + [0xFF, 0xFF])
        let four = isMapped ? Array(bytes[12...]) : bytes
        if four.count == 4 {
            self.init(four.map(String.init).joined(separator: "."))
        } else {
            let groups = stride(from: 0, to: bytes.count - 1, by: 2).map {
                String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
            }
            self.init(groups.joined(separator: ":"))
        }
    }
}
