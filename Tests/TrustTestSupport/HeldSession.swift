import Glibc

/// An SMTP session over TLS that stays open: openssl s_client(1) with its input under our control.
///
/// This does not use Foundation's `Process`: it takes a child for ended when a socket closes that the child has inherited, and every
/// program that another test starts at that moment inherits it too. If such a program is a daemon, the child seems to run until the daemon
/// ends.
package final class HeldSession {
    private let client: ProgramRun
    /// Our end of the client's input and output.
    private let line: CInt
    private var heard = ""

    /// Returns after the answer to `EHLO`.
    package init(port: Int, from address: String, showing certificate: ClientCertificate) throws {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw NothingCame(description: "socketpair failed")
        }
        line = ends[0]
        defer { close(ends[1]) }
        client = try ProgramRun(
            starting: "openssl",
            [
                "s_client", "-quiet", "-crlf", "-connect", "127.0.0.1:\(port)", "-bind", "\(address):0", "-starttls", "smtp", "-cert",
                certificate.certificate, "-key", certificate.key,
            ], streams: (ends[1], ends[1]))
        // The client repeats what the server said before TLS, which ends with 250 too. Without this, every answer could be the one to the
        // previous line.
        try answers("250 Reset OK", to: "EHLO client.example\nRSET")
    }

    /// Sends `line`; throws if no answer with `code` comes.
    package func answers(_ code: String, to line: String) throws {
        heard = ""
        let text = Array((line + "\n").utf8)
        guard send(self.line, text, text.count, CInt(MSG_NOSIGNAL)) == text.count else {
            throw NothingCame(description: "openssl does not accept “\(line)”")
        }
        try waitUntil("\(code) in answer to “\(line)”; heard: \(heard)\n\(client.errorsSoFar)") {
            hear()
            return heard.contains(code)
        }
    }

    /// What the server said last, after it has closed.
    package func lastWords() throws -> String {
        try waitUntil("the server closes; heard: \(heard)\n\(client.errorsSoFar)") {
            hear()
            return !isOpen
        }
        hear()
        return heard
    }

    package var isOpen: Bool { client.isRunning }

    private func hear() {
        var waiting = pollfd(fd: line, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while poll(&waiting, 1, 10) > 0 {
            let count = read(self.line, &bytes, bytes.count)
            guard count > 0 else { return }
            heard += String(decoding: bytes[..<count], as: UTF8.self)
        }
    }

    deinit {
        client.send(SIGKILL)
        _ = try? client.wait()
        close(line)
    }
}
