import Testing
import TrustTestSupport

@Suite("Ports for the tests") struct LoopbackPortTests {
    @Test("a port that one test process has is given to no other, also while nothing listens there")
    func claimed() throws {
        let port = try LoopbackPort.free()
        let other = try ProgramRun.run("flock", ["--nonblock", "\(LoopbackPort.claims)/\(port)", "true"])
        #expect(other.exitCode == 1, "\(other)")
        #expect(try LoopbackPort.free() != port)
    }
}
