import Glibc
import TrustCore

/// An address at which a TCP server listens.
package struct SocketAddress: CustomStringConvertible {
    /// Four or sixteen bytes, in network order. All zero means every address of this host.
    let bytes: [UInt8]
    package let port: UInt16

    package init(_ listener: Listener) {
        bytes = listener.address
        port = listener.port
    }

    /// From `127.0.0.1:25` or `[::1]:25`; nil for anything else.
    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
        let host = text[..<colon]
        if host.first == "[", host.last == "]" {
            var six = in6_addr()
            guard let address = Address(host.dropFirst().dropLast()), inet_pton(AF_INET6, address.description, &six) == 1 else {
                return nil
            }
            bytes = withUnsafeBytes(of: six) { Array($0) }
        } else {
            var four = in_addr()
            guard let address = Address(host), inet_pton(AF_INET, address.description, &four) == 1 else { return nil }
            bytes = withUnsafeBytes(of: four) { Array($0) }
        }
        self.port = port
    }

    /// Whether nobody but this host's own processes can be behind it.
    package var isLoopback: Bool {
        let isAny = bytes.allSatisfy { $0 == 0 }
        return isAny || (bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1)
    }

    /// The address as a client of its own host names itself (RFC 5321, 4.1.3): `[127.0.0.1]`, `[IPv6:::1]`.
    package var literal: String {
        let shown = description.prefix(upTo: description.lastIndex(of: ":") ?? description.endIndex)
        return bytes.count == 4 ? "[\(shown)]" : "[IPv6:\(shown.dropFirst().dropLast())]"
    }

    /// A non-blocking socket that connects to it, through loopback where the server listens at every address. Nil when that is impossible.
    /// The caller closes it.
    package func connect() -> CInt? {
        let isAny = bytes.allSatisfy { $0 == 0 }
        if bytes.count == 4 {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: isAny ? [127, 0, 0, 1] : bytes) }
            return Self.connect(AF_INET, &address)
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: isAny ? [UInt8](repeating: 0, count: 15) + [1] : bytes) }
        return Self.connect(AF_INET6, &address)
    }

    /// How it is reached: `127.0.0.1:25`, `[::1]:25`.
    package var description: String {
        let isAny = bytes.allSatisfy { $0 == 0 }
        if bytes.count == 4 { return (isAny ? [127, 0, 0, 1] : bytes).map { "\($0)" }.joined(separator: ".") + ":\(port)" }
        let groups = stride(from: 0, to: bytes.count, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        let text = isAny ? "::1" : groups.joined(separator: ":")
        return "[\(Address(text)?.description ?? text)]:\(port)"
    }

    /// The port of our end of a connection over TCP.
    package static func localPort(of descriptor: CInt) -> UInt16? {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        // The port is at the same place in both families.
        return result == 0 ? UInt16(bigEndian: address.sin6_port) : nil
    }

    private static func connect<Address>(_ family: CInt, _ address: inout Address) -> CInt? {
        let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let size = socklen_t(MemoryLayout<Address>.size)
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        if result == 0 || errno == EINPROGRESS { return descriptor }
        close(descriptor)
        return nil
    }
}
