import CLinux
import Glibc

/// A listening TCP socket.
package struct Listener: Equatable {
    package let inode: UInt64
    package let port: UInt16
    /// Four or sixteen bytes, in network order.
    package let address: [UInt8]

    /// All listeners of our network namespace (sock_diag(7)); nil when the kernel does not answer, or there are more than a thousand.
    package static var all: [Listener]? {
        var listeners: [Listener] = []
        for family in [AF_INET, AF_INET6] {
            var found = [clinux_listener](repeating: clinux_listener(), count: 1_024)
            let count = clinux_listeners(family, &found, CInt(found.count))
            guard count >= 0, count < found.count else { return nil }
            for one in found.prefix(Int(count)) {
                let bytes = withUnsafeBytes(of: one.address) { Array($0.prefix(family == AF_INET ? 4 : 16)) }
                listeners.append(Listener(inode: UInt64(one.inode), port: one.port, address: bytes))
            }
        }
        return listeners
    }

    private init(inode: UInt64, port: UInt16, address: [UInt8]) { (self.inode, self.port, self.address) = (inode, port, address) }

    /// A line of `/proc/net/tcp` or `tcp6` (proc(5)); nil when it is about another kind of socket.
    package init?(tableLine line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 9, fields[3] == "0A", let inode = UInt64(fields[9]), let (address, port) = Self.end(fields[1]) else {
            return nil
        }
        (self.inode, self.port, self.address) = (inode, port, address)
    }

    /// One end of a connection in such a line, `0100007F:0019`: its address in network order, and its port.
    static func end(_ text: Substring) -> (address: [UInt8], port: UInt16)? {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1], radix: 16), parts[0].count == 8 || parts[0].count == 32 else { return nil }
        var bytes: [UInt8] = []
        var digits = parts[0]
        while !digits.isEmpty {
            // The address is written as 32-bit words in the host's byte order.
            guard let word = UInt32(digits.prefix(8), radix: 16) else { return nil }
            withUnsafeBytes(of: word) { bytes += $0 }
            digits = digits.dropFirst(8)
        }
        return (bytes, port)
    }
}
