import Foundation
import Glibc
import TrustTestSupport

@testable import Host

/// A listening socket of a test's own on 127.0.0.1, which answers a client as it is told to.
final class LoopbackServer {
    enum Manner: Sendable {
        case greets(String)
        /// Takes connections and says nothing.
        case isSilent
        case closes
    }

    let port: Int
    private let socket: CInt

    init(_ manner: Manner = .isSilent) throws {
        port = try LoopbackPort.free()
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard bound == 0, listen(socket, 8) == 0 else { throw CocoaError(.fileNoSuchFile) }
        let opened = socket
        switch manner {
        case .isSilent: break
        case .greets(let line): Thread.detachNewThread { Self.serve(opened, line) }
        case .closes: Thread.detachNewThread { Self.serve(opened, nil) }
        }
    }

    deinit {
        // Wakes the thread that accepts.
        shutdown(socket, CInt(SHUT_RDWR))
        close(socket)
    }

    var listener: Listener? {
        ProcessFacts(pid: getpid()).listeners.first { Int($0.port) == port }
    }

    private static func serve(_ socket: CInt, _ line: String?) {
        while true {
            let client = accept(socket, nil, nil)
            guard client >= 0 else { return }
            if let line {
                send(client, line, line.utf8.count, CInt(MSG_NOSIGNAL))
                var said = [UInt8](repeating: 0, count: 64)
                recv(client, &said, said.count, 0)
            }
            close(client)
        }
    }
}
