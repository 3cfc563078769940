import Glibc
import Synchronization

/// Free ports on 127.0.0.1, below the range that the kernel gives to clients. Each is given out once.
package enum LoopbackPort {
    private static let next = Mutex(10_000 + Int(getpid()) * 61 % 20_000)

    package static func free() throws -> Int {
        for _ in 0..<2_000 {
            let port = next.withLock { port in
                port = port >= 31_000 ? 10_000 : port + 1
                return port
            }
            if isFree(port) { return port }
        }
        throw NothingCame(description: "no free port on the loopback interface")
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        } == 0
    }

    /// Whether a server answers there with an SMTP greeting.
    package static func greets(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        var greeting = [UInt8](repeating: 0, count: 4)
        return connected == 0 && read(descriptor, &greeting, 4) == 4 && greeting.starts(with: Array("220".utf8))
    }
}
