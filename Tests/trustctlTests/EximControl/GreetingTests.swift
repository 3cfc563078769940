import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host

@Suite("Greeting")
struct GreetingTests {
    /// Waits for a greeting of `servers`, as if `process` had opened them.
    private func greeting(of servers: [LoopbackServer], process: pid_t = getpid()) throws {
        let listeners = servers.compactMap(\.listener)
        #expect(listeners.count == servers.count)
        // The read end of a pipe stands for the pidfd of a process: it becomes readable when the process ends.
        var ends: [CInt] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends where end >= 0 { close(end) } }
        if process != getpid() {
            close(ends[1])
            ends[1] = -1
        }
        try Greeting(of: ProcessFacts(pid: process), handle: ends[0], tlsPorts: [], progress: .silent)
            .wait(for: listeners, until: Clock.monotonic + .seconds(60), sharesOurNetwork: true)
    }

    @Test("any SMTP reply proves that the daemon serves", arguments: ["220 relay.example ESMTP\r\n", "421 too busy\r\n", "554 no\r\n"])
    func answers(_ line: String) throws { try greeting(of: [try LoopbackServer(.greets(line))]) }

    @Test("one socket that answers is enough") func several() throws {
        try greeting(of: [
            try LoopbackServer(.isSilent), try LoopbackServer(.closes), try LoopbackServer(.greets("HTTP/1.1 400\r\n")),
            try LoopbackServer(.greets("220 x\r\n")),
        ])
    }

    @Test("a server that says nothing before TLS is greeted behind TLS, whether its port is known for it or not", arguments: [true, false])
    func behindTLS(isKnown: Bool) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let certificate = try ClientCertificate("server", in: folder)
        let port = try LoopbackPort.free()
        // It never answers plain text, as OpenSSL does not before it has a whole record.
        let script = """
            import socket, ssl, sys, threading
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(sys.argv[2], sys.argv[3])
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(9)
            open(sys.argv[4], "w").close()
            def serve(c):
                if c.recv(1, socket.MSG_PEEK) != b"\\x16": return threading.Event().wait()
                t = context.wrap_socket(c, server_side=True); t.sendall(b"220 relay.example ESMTP\\r\\n"); t.recv(99); t.sendall(b"221 bye\\r\\n")
            while True: threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
            """
        let server = try ProgramRun(
            starting: "python3", ["-c", script, "\(port)", certificate.certificate, certificate.key, folder("listens")])
        defer {
            server.send(SIGKILL)
            _ = try? server.wait()
        }
        try waitUntil("the server listens: \(server.errorsSoFar)") { File.exists(folder("listens")) }
        let listeners = ProcessFacts(pid: server.pid).listeners
        #expect(listeners.count == 1)
        var ends: [CInt] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        try Greeting(of: ProcessFacts(pid: server.pid), handle: ends[0], tlsPorts: isKnown ? [UInt16(port)] : [], progress: .silent)
            .wait(for: listeners, until: Clock.monotonic + .seconds(60), sharesOurNetwork: true)
    }

    @Test("a daemon that dies while it is asked is reported", arguments: [LoopbackServer.Manner.isSilent, .closes, .greets("hello\r\n")])
    func dies(_ manner: LoopbackServer.Manner) throws {
        let server = try LoopbackServer(manner)
        let other = try Program("/bin/sleep", ["1000"]).startDetached()
        defer {
            kill(other, SIGKILL)
            _ = Program.wait(for: other)
        }
        #expect(throws: EximError.died(pid: other)) { try greeting(of: [server], process: other) }
    }
}
