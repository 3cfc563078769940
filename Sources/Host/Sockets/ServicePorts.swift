/// The local ports of accepted connections. A connection that Exim opened itself, to deliver a mail, must never be ended: the mail could
/// arrive twice.
package struct ServicePorts {
    /// The ports that Exim listens on, or is configured to listen on.
    let known: Set<UInt16>
    /// The local ports of outgoing connections (ip(7)). Nothing says which ports a daemon had that is gone; but a port outside of this range
    /// can only be one that somebody listened on.
    let ephemeral: ClosedRange<UInt16>

    /// Linux's own value of `ip_local_port_range`.
    package static let usualEphemeral: ClosedRange<UInt16> = 32_768...60_999

    package init(known: Set<UInt16>, ephemeral: ClosedRange<UInt16>) {
        self.known = known
        self.ephemeral = ephemeral
    }

    package func contains(_ port: UInt16) -> Bool { known.contains(port) || !ephemeral.contains(port) }

    /// From the text of `/proc/sys/net/ipv4/ip_local_port_range`, which IPv6 uses too.
    package static func range(_ text: String) -> ClosedRange<UInt16>? {
        let ends = text.split { !$0.isNumber }.compactMap { UInt16($0) }
        return ends.count == 2 && ends[0] <= ends[1] ? ends[0]...ends[1] : nil
    }

    /// The numbers in a value of Exim's `daemon_smtp_ports`. It may also hold names, such as smtp: none of those ports is ephemeral.
    package static func numbers(in value: String) -> [UInt16] { value.split { !$0.isNumber }.compactMap { UInt16($0) } }
}
