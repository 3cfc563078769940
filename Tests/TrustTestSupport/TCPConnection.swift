import Glibc

/// One end of a TCP connection on the loopback interface.
package final class TCPConnection {
    package let descriptor: CInt

    private init(_ descriptor: CInt) { self.descriptor = descriptor }

    /// Connects to a server at 127.0.0.1; `localPort` 0: any.
    package convenience init(to port: Int, from address: String, localPort: Int = 0) throws {
        self.init(socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        try Self.at(address, localPort) { bind(descriptor, $0, $1) }
        try Self.at("127.0.0.1", port) { connect(descriptor, $0, $1) }
    }

    /// Both ends of a new connection: the one accepted at `port` of 127.0.0.1, and the client at `address`.
    package static func pair(port: Int, from address: String, localPort: Int = 0) throws -> (served: TCPConnection, client: TCPConnection) {
        let listener = TCPConnection(socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        var yes: CInt = 1
        setsockopt(listener.descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        try at("127.0.0.1", port) { bind(listener.descriptor, $0, $1) }
        listen(listener.descriptor, 1)
        let client = try TCPConnection(to: port, from: address, localPort: localPort)
        let served = TCPConnection(accept(listener.descriptor, nil, nil))
        _ = fcntl(served.descriptor, F_SETFD, FD_CLOEXEC)
        return (served, client)
    }

    deinit { close(descriptor) }

    package func say(_ text: String) { _ = send(descriptor, text, text.utf8.count, CInt(MSG_NOSIGNAL)) }

    /// Closes our sending half: nothing more follows.
    package func closeHalf() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Waits until `text` has come.
    package func hear(_ text: String) throws {
        var heard = ""
        try waitUntil("“\(text)” comes; heard: \(heard)") {
            heard += arrived ?? ""
            return heard.contains(text)
        }
    }

    /// Waits until the other end has closed.
    package func hearTheEnd() throws { try waitUntil("the other end closes") { arrived == nil } }

    /// What has arrived since the last call; nil at the end of the stream.
    package var arrived: String? {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, CInt(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN { return "" }
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// The kernel's inode number of the socket.
    package var inode: UInt64 {
        var status = stat()
        fstat(descriptor, &status)
        return UInt64(status.st_ino)
    }

    private static func at(_ address: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) throws {
        guard LoopbackPort.at(port, of: address, body) == 0 else {
            throw NothingCame(description: "\(address):\(port): \(String(cString: strerror(errno)))")
        }
    }
}
