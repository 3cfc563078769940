import Glibc

/// Sends one datagram to a socket of this machine, as sd_notify(3) and systemd's journal expect it.
///
/// By hand, because libsystemd brings seven more libraries into the program that reads what strangers wrote, for a dozen lines.
package enum LocalDatagram {
    /// Sends `bytes` to the socket of that path; a name that begins with `@` is an abstract one. Returns false when nobody takes it.
    @discardableResult
    package static func send(_ bytes: [UInt8], to name: String) -> Bool {
        guard name.hasPrefix("/") || name.hasPrefix("@") else { return false }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // An abstract name begins with NUL and ends where the length says; a path ends with one.
        let isAbstract = name.hasPrefix("@")
        let path: [UInt8] = isAbstract ? [0] + name.utf8.dropFirst() : name.utf8 + [0]
        guard path.count > 1, path.count <= MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let length = (MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 0) + path.count

        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bytes.withUnsafeBytes { bytes in
                    var sent = 0
                    repeat {
                        sent = sendto(
                            descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL), address, socklen_t(length))
                    } while sent < 0 && errno == EINTR
                    return sent == bytes.count
                }
            }
        }
    }
}
