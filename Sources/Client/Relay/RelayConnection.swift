import Glibc
import Host
import SystemPackage
import TrustCore

/// A TCP connection to a relay, closed when the object is released.
final class RelayConnection {
    let descriptor: CInt

    /// Tries the relay's addresses one after the other until one of them answers.
    init(to relay: RelayName, until deadline: Duration) throws(RelayError) {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (relay.isAddress ? AI_NUMERICHOST : AI_ADDRCONFIG)
        var found: UnsafeMutablePointer<addrinfo>?
        let answer = getaddrinfo(relay.host, "\(relay.port)", &hints, &found)
        guard answer == 0, let found else { throw .unreachable("\(relay.host): \(String(cString: gai_strerror(answer)))") }
        defer { freeaddrinfo(found) }
        var reason = "no address"
        var next: UnsafeMutablePointer<addrinfo>? = found
        var left = sequence(first: found) { $0.pointee.ai_next }.reduce(0) { count, _ in count + 1 }
        while let address = next {
            // An address that never answers must not use up the time of the others.
            let limit = Clock.monotonic + (deadline - Clock.monotonic) / left
            do {
                descriptor = try Self.connect(address.pointee, until: limit)
                return
            } catch { reason = error.reason }
            next = address.pointee.ai_next
            left -= 1
        }
        throw .unreachable("\(relay): \(reason)")
    }

    deinit { close(descriptor) }

    private static func connect(_ address: addrinfo, until deadline: Duration) throws(SystemError) -> CInt {
        let type = address.ai_socktype | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, type, address.ai_protocol)
        guard descriptor >= 0 else { throw SystemError("socket", "the relay") }
        var code = Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno
        if code == EINPROGRESS {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            var size = socklen_t(MemoryLayout<CInt>.size)
            code = ETIMEDOUT
            while Clock.monotonic < deadline {
                guard poll(&waiting, 1, (deadline - Clock.monotonic).milliseconds) > 0 else { continue }
                getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
                break
            }
        }
        if code == 0 { return descriptor }
        close(descriptor)
        throw SystemError("connect", "the relay", code: code)
    }

    /// What a client without a name in the DNS says in EHLO (RFC 5321, 4.1.3).
    var ownLiteral: String {
        var address = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                getsockname(descriptor, address, &size) == 0
                    && getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
            }
        }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard isKnown, let own = Address(name.prefix { $0 != "%" }) else { return "[127.0.0.1]" }
        return own.description.contains(":") ? "[IPv6:\(own)]" : "[\(own)]"
    }
}
