package import Glibc
import Synchronization

/// Free ports on 127.0.0.1, below the range that the kernel gives to clients. Each is given out once, and is then this test process's until
/// it ends, also while nothing listens there: the tests run in several processes, and an Exim that starts again must find its port free.
package enum LoopbackPort {
    private static let next = Mutex(10_000 + Int(getpid()) * 61 % 20_000)
    /// A file for each port, locked by the process that has it.
    package static let claims = "/run/trustd-tests.ports"

    package static func free() throws -> Int {
        for _ in 0..<2_000 {
            let port = next.withLock { port in
                port = port >= 31_000 ? 10_000 : port + 1
                return port
            }
            if claim(port), isFree(port) { return port }
        }
        throw NothingCame(description: "no free port on the loopback interface")
    }

    /// Whether the port is this process's from now on. The lock goes with the process, however that ends.
    private static func claim(_ port: Int) -> Bool {
        mkdir(claims, 0o700)
        let descriptor = open("\(claims)/\(port)", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        close(descriptor)
        return false
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return bind(descriptor, to: port)
    }

    /// Binds a socket, as servers do: also while a connection of before is being ended, and while a program that is being started has a
    /// copy of another socket of ours that was bound there and does not listen, until its exec(3) closes that.
    package static func bind(_ descriptor: CInt, to port: Int) -> Bool {
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        return at(port) { Glibc.bind(descriptor, $0, $1) } == 0
    }

    /// Calls `body` with a socket address.
    package static func at(_ port: Int, of address: String = "127.0.0.1", _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(port).bigEndian
        inet_pton(AF_INET, address, &place.sin_addr)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafePointer(to: &place) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) } }
    }

    /// Whether a server answers there with an SMTP greeting.
    package static func greets(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let connected = at(port) { connect(descriptor, $0, $1) }
        var greeting = [UInt8](repeating: 0, count: 4)
        return connected == 0 && read(descriptor, &greeting, 4) == 4 && greeting.starts(with: Array("220".utf8))
    }
}
