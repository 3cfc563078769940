import Glibc
import TrustCore

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

    /// The ports in a list of ports or of interfaces, as in Exim's `daemon_smtp_ports`, `local_interfaces` and `-oX`: numbers, names of
    /// services, and addresses with a port (`192.0.2.1.25`, `[2001:db8::1]:25`). Some that are none do no harm.
    package static func all(in value: String) -> Set<UInt16> {
        var text = value.trimmed[...]
        var separator: Character = ":"
        if text.first == "<", let given = text.dropFirst().first {
            separator = given
            text = text.dropFirst(2)
        }
        // A doubled colon is no separator.
        if separator == ":" { text = String(text).replacing("::", with: "\u{1}")[...] }
        return Set(text.split(separator: separator).compactMap { port(in: String($0.trimmed)) })
    }

    private static func port(in item: String) -> UInt16? {
        if let number = UInt16(item) { return number }
        if let end = item.lastIndex(of: "]") { return UInt16(item[item.index(after: end)...].drop { $0 == ":" }) }
        let parts = item.split(separator: ".")
        if parts.count == 5 || parts.count == 2, let number = parts.last.flatMap({ UInt16($0) }) { return number }
        return getservbyname(item, "tcp").map { UInt16(truncatingIfNeeded: $0.pointee.s_port).byteSwapped }
    }
}
