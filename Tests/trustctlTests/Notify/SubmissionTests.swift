import Foundation
import Glibc
import Testing
import TrustCore
import TrustTestSupport

@testable import Host
@testable import trustctl

/// Answers that Exim does not give on demand; NotifyTests has the real one.
@Suite("A server that ends, stalls or lies while notify speaks to it")
struct SubmissionTests {
    /// Says these lines, one after each line of the client's, the first at once. After the last one it closes, or stays silent.
    private final class Script {
        let port: Int
        private let socket: CInt

        init(_ lines: [String], closes: Bool = true) throws {
            port = try LoopbackPort.free()
            socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            let opened = socket
            try #require(LoopbackPort.bind(opened, to: port) && listen(opened, 8) == 0)
            Thread.detachNewThread {
                let client = accept(opened, nil, nil)
                guard client >= 0 else { return }
                for (index, line) in lines.enumerated() {
                    if index > 0 {
                        var said = Self.line(client)
                        while lines[index - 1].hasPrefix("354"), said != ".", !said.isEmpty { said = Self.line(client) }
                    }
                    Glibc.send(client, "\(line)\r\n", line.utf8.count + 2, CInt(MSG_NOSIGNAL))
                }
                if !closes { while !Self.line(client).isEmpty {} }
                close(client)
            }
        }

        deinit {
            shutdown(socket, CInt(SHUT_RDWR))
            close(socket)
        }

        /// What the client says, without its end; empty when it has gone.
        private static func line(_ client: CInt) -> String {
            var bytes: [UInt8] = []
            var byte: UInt8 = 0
            while recv(client, &byte, 1, 0) == 1 {
                if byte == 10 { return bytes.isEmpty ? " " : String(decoding: bytes, as: UTF8.self) }
                if byte != 13 { bytes.append(byte) }
            }
            return ""
        }
    }

    private func send(to port: Int, patience: Duration = .seconds(60)) throws -> Result<String, Failure> {
        let mail = Mail(
            from: try #require(MailAddress("trustd@relay.example")), to: try #require(MailAddress("ops@relay.example")),
            subject: "trustd: 1 new",
            date: .now, text: [".", "a line", "."])
        let server = try #require(SocketAddress("127.0.0.1:\(port)"))
        return Result { () throws(Failure) in try Submission(servers: [server], patience: patience).send(mail) }
    }

    private func failure(to port: Int, patience: Duration = .seconds(60)) throws -> Failure {
        switch try send(to: port, patience: patience) {
        case .success(let words): throw NothingCame(description: "it was taken: \(words)")
        case .failure(let failure): return failure
        }
    }

    private static let well = ["220 hi", "250-hi\r\n250 HELP", "250 ok", "250 ok", "354 go", "250 OK id=1abcde-000000-00"]

    @Test("250 after the message counts, and nothing before it", arguments: 0..<5)
    func endsEarly(after: Int) throws {
        let script = try Script(Array(Self.well.prefix(after + 1)))
        let failure = try failure(to: script.port)
        #expect(failure.exit == .notReloaded && failure.hint?.contains("nothing is lost") == true, "\(failure)")
    }

    @Test("421 and any other 4xx at each place mean later; a 5xx means refused", arguments: 0..<6)
    func refusals(place: Int) throws {
        for (code, exit) in [("421 closing", ExitStatus.notReloaded), ("451 later", .notReloaded), ("554 no", .refused)] {
            let script = try Script(Array(Self.well.prefix(place)) + [code])
            let failure = try failure(to: script.port)
            #expect(failure.exit == exit && failure.reason.hasSuffix("it said \(code)"), "\(place): \(failure)")
        }
    }

    @Test("the message that is taken is told with the server's words") func taken() throws {
        let script = try Script(Self.well + ["221 bye"])
        #expect(try send(to: script.port).get() == "exim at 127.0.0.1:\(script.port): 250 OK id=1abcde-000000-00")
    }

    @Test("a server that says nothing, or nothing after the message, is given up", arguments: [0, 5])
    func silent(after: Int) throws {
        let script = try Script(Array(Self.well.prefix(max(after, 1)).dropFirst(after == 0 ? 1 : 0)), closes: false)
        let failure = try failure(to: script.port, patience: .seconds(2))
        #expect(failure.exit == .notReloaded && failure.reason.contains("took too long"), "\(failure)")
    }

    @Test("the attack: 251 or another 2xx after the message, which is not SMTP, does not count as told") func otherPositive() throws {
        let script = try Script(Self.well.dropLast() + ["251 sure"])
        let failure = try failure(to: script.port)
        #expect(failure.exit == .refused)
    }

    @Test(
        "where Exim listens is an address and a port",
        arguments: [("127.0.0.1:25", "127.0.0.1:25", true), ("[::1]:2525", "[::1]:2525", true), ("192.0.2.1:25", "192.0.2.1:25", false)])
    func places(text: String, shown: String, isLoopback: Bool) throws {
        let place = try #require(SocketAddress(text))
        #expect(place.description == shown && place.isLoopback == isLoopback)
        for wrong in [
            "", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", "localhost:25", "::1:25", "[::1]", "[127.0.0.1]:25", "127.0.0.1:25 ",
        ] {
            #expect(SocketAddress(wrong) == nil, "\(wrong)")
        }
        #expect(SocketAddress("[::1]:25")?.literal == "[IPv6:::1]" && SocketAddress("127.0.0.1:25")?.literal == "[127.0.0.1]")
    }
}
