import Glibc
import Host
import TrustCore

/// Where a client on this host reaches Exim.
package struct DaemonAddress: Equatable, CustomStringConvertible {
    let host: String
    let port: UInt16
    /// TLS from the first byte.
    package let isTLSFirst: Bool

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension LocalExim {
    /// The sockets of its daemons, first those that begin in plain text; none where no daemon runs, or none is looked for.
    package func addresses() throws(EximError) -> [DaemonAddress] {
        let settings = try program.daemonSettings()
        var found: [DaemonAddress] = []
        for daemon in try daemons().told {
            let process = ProcessFacts(pid: daemon.pid)
            guard process.sharesOurNetwork else { continue }
            let hasTLSFirst = DaemonArguments(process.arguments).hasTLSFirst
            for listener in process.listeners {
                let isTLSFirst = hasTLSFirst || settings.tlsPorts.contains(listener.port)
                found.append(DaemonAddress(host: Self.host(listener.address), port: listener.port, isTLSFirst: isTLSFirst))
            }
        }
        return found.filter { !$0.isTLSFirst } + found.filter(\.isTLSFirst)
    }

    /// Through loopback where it listens at every address.
    private static func host(_ bytes: [UInt8]) -> String {
        let isLong = bytes.count == 16
        if bytes.allSatisfy({ $0 == 0 }) { return isLong ? "::1" : "127.0.0.1" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(isLong ? AF_INET6 : AF_INET, bytes, &text, socklen_t(text.count)) != nil else { return "127.0.0.1" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
