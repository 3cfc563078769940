package import TrustCore

/// A TCP socket over which somebody may still speak, as a line of `/proc/net/tcp` or `tcp6` tells it (proc(5)).
package struct ConnectedSocket {
    package let inode: UInt64
    package let localPort: UInt16
    package let peer: Address

    /// Established; and what waits for our end alone (CLOSE_WAIT): a client that says everything at once and closes its half is worked for
    /// all the same.
    private static let states: Set<Substring> = ["01", "08"]

    /// Nil for every other line.
    package init?(tableLine line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 9, Self.states.contains(fields[3]), let inode = UInt64(fields[9]), let local = Listener.end(fields[1]),
            let remote = Listener.end(fields[2]), let peer = Address(network: remote.address)
        else { return nil }
        (self.inode, localPort, self.peer) = (inode, local.port, peer)
    }
}

extension Address {
    /// Of four or sixteen bytes in network order; an IPv4 address that an IPv6 socket shows in its own form is an IPv4 address.
    package init?(network bytes: [UInt8]) {
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

/// The local ports of connections that were accepted. One that a process has made, to deliver a mail, must never be ended: the mail could
/// arrive twice.
package struct ServicePorts {
    /// Those that Exim listens on, or is configured to.
    let known: Set<UInt16>
    /// Those that the kernel gives to who connects (ip(7)). Of a daemon that is gone nothing tells which ports it had; but any other port
    /// can only be one that somebody listened on.
    package var ephemeral: ClosedRange<UInt16> = 32_768...60_999

    package init(known: Set<UInt16>, ephemeral: ClosedRange<UInt16> = 32_768...60_999) {
        self.known = known
        self.ephemeral = ephemeral
    }

    package func contains(_ port: UInt16) -> Bool { known.contains(port) || !ephemeral.contains(port) }

    /// The text of `/proc/sys/net/ipv4/ip_local_port_range`; IPv6 has the same.
    package static func range(_ text: String) -> ClosedRange<UInt16>? {
        let ends = text.split { !$0.isNumber }.compactMap { UInt16($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
    }

    /// The numbers in a value of Exim's `daemon_smtp_ports`; of those with a name, smtp and the like, none is ephemeral.
    package static func numbers(in value: String) -> [UInt16] { value.split { !$0.isNumber }.compactMap { UInt16($0) } }
}
