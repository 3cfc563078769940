import Foundation
import Glibc
import TrustTestSupport

@testable import Host

/// A listening socket on 127.0.0.1 for one test, which treats clients as told.
final class LoopbackServer {
    enum Manner: Sendable {
        case greets(String)
        /// Accepts connections and sends nothing.
        case isSilent
        case closes
    }

    let port: Int
    private let socket: CInt

    init(_ manner: Manner = .isSilent) throws {
        port = try LoopbackPort.free()
        socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let opened = socket
        guard LoopbackPort.bind(opened, to: port), listen(opened, 8) == 0 else {
            throw NothingCame(description: "no server on port \(port): \(String(cString: strerror(errno)))")
        }
        switch manner {
        case .isSilent: break
        case .greets(let line): Thread.detachNewThread { Self.serve(opened, line) }
        case .closes: Thread.detachNewThread { Self.serve(opened, nil) }
        }
    }

    deinit {
        // Wakes the accepting thread.
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
