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
