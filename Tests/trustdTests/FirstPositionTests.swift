import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// What a trustd knows that was killed as soon as it had said that it follows.
@Suite("A trustd that has just started knows where it began")
struct FirstPositionTests {
    let sandbox: Sandbox

    init() throws { sandbox = try Sandbox("max_per_address = 10000") }

    func lines(_ numbers: ClosedRange<Int>) -> String { numbers.map { Log.line($0) }.joined() }

    var counted: Int { (1...100).filter { sandbox.sightings($0) == 1 }.count }

    /// A socket of the service manager's.
    private func listen() throws -> (path: String, descriptor: CInt) {
        let path = sandbox.path + "/notify"
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(bound == 0)
        return (path, descriptor)
    }

    /// Starts trustd, stops it at the very moment at which it is ready, and kills it.
    private func killWhenReady() throws {
        let (path, descriptor) = try listen()
        defer {
            close(descriptor)
            unlink(path)
        }
        let running = try sandbox.start(environment: ["NOTIFY_SOCKET": path])
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        kill(running.pid, SIGKILL)
        try #require(String(decoding: buffer[..<max(0, count)], as: UTF8.self).contains("READY=1"))
        try running.wait()
    }

    @Test("killed when it is ready, and started after a rotation, it reads the file of its first start") func rotated() throws {
        try sandbox.append(lines(1...50))
        try killWhenReady()
        #expect(File.exists(sandbox.position + "/position"))
        try sandbox.append(lines(51...60))
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append(lines(61...100))
        #expect(try sandbox.once().status == 0)
        #expect(counted == 100)
    }

    @Test("killed before the log exists, it reads all that was written since, and reports no gap") func missing() throws {
        try sandbox.append(Log.line(200), to: sandbox.log + ".9")
        usleep(20_000)
        try killWhenReady()
        usleep(20_000)
        try sandbox.append(lines(1...50), to: sandbox.log + ".2")
        try sandbox.append(lines(51...80), to: sandbox.log + ".1")
        try sandbox.append(lines(81...100))
        let error = try sandbox.once().error
        #expect(counted == 100 && sandbox.entry(200) == nil && !error.contains("lost"), "\(counted) \(error)")
        #expect(try sandbox.once().status == 0)
        #expect(counted == 100)
    }
}
