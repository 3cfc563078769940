import Foundation
import Testing
import TrustCore
import TrustTestSupport

/// As a service: the loop, and its end at any moment.
extension ProgramTests {
    @Test("the service manager hears READY, STATUS and WATCHDOG") func notification() throws {
        let socketPath = sandbox.path + "/notify"
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(receiver) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(socketPath.utf8)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(receiver, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(bound == 0)
        try sandbox.append(Log.line(1))
        let running = try sandbox.start(environment: ["NOTIFY_SOCKET": socketPath, "WATCHDOG_USEC": "300000"])
        var heard = ""
        var signs = 0
        try sandbox.wait("signs of life") {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                let text = String(decoding: buffer[..<count], as: UTF8.self)
                heard += text + "\n"
                if text == "WATCHDOG=1" { signs += 1 }
            }
            return signs >= 5 && heard.contains("READY=1") && heard.contains("1 pending")
        }
        #expect(heard.contains("STATUS=following \(sandbox.log); "))
        running.kill9()
    }

    @Test("the address of the rejection that follows is in the entry soon, also when the entry was written before it")
    func neighbour() throws {
        let running = try sandbox.start()
        let rejection =
            "2026-11-22 17:41:59 +0000 H=(c) [192.0.2.1] X=TLS1.3:a:256 CV=yes F=<a@b.c> rejected RCPT <a@d.e>: relay not permitted\n"
        try sandbox.append(Log.line(1))
        try sandbox.append(rejection)
        try sandbox.wait("the address") { sandbox.entry(1)?.observed?.address == Address("192.0.2.1") }
        try sandbox.append(Log.line(2).replacing("17:41:59", with: "17:43:59"))
        try sandbox.wait("the entry without an address") { sandbox.sightings(2) == 1 }
        try sandbox.append(rejection.replacing("17:41:59", with: "17:43:59"))
        try sandbox.wait("the address") { sandbox.entry(2)?.observed?.address == Address("192.0.2.1") }
        running.kill9()
    }

    @Test("the daemon reads appended lines, follows a rotation and reports what is pending") func running() throws {
        let running = try sandbox.start()
        try sandbox.append(Log.line(1))
        try sandbox.wait("the first entry") { sandbox.sightings(1) == 1 }
        for _ in 0..<10 { try sandbox.append(Log.line(1)) }
        try sandbox.wait("the count") { sandbox.sightings(1) == 11 }
        try sandbox.rename("mainlog", "mainlog.1")
        try sandbox.append(Log.line(2), to: sandbox.log + ".1")
        try sandbox.append(Log.line(3))
        try sandbox.wait("both sides of the rotation") { sandbox.sightings(2) == 1 && sandbox.sightings(3) == 1 }
        #expect(running.error.contains("trustd: pending: \(Log.fingerprint(1))\n"))
    }

    @Test("killed at any moment, again and again, it counts exactly the lines")
    func killed() throws {
        // Before the first rotation it must have begun: who is always killed in his first moments has nothing to go on from.
        try sandbox.append(Log.line(1))
        #expect(try sandbox.once().status == 0)
        var lines: [Int: UInt64] = [1: 1]
        var random = SplitMix64(state: 1)
        var rotations = 0
        for round in 0..<25 {
            let running = try sandbox.start()
            let end = Date(timeIntervalSinceNow: Double.random(in: 0.02...0.25, using: &random))
            while Date() < end {
                let number = Int.random(in: 1...12, using: &random)
                try sandbox.append(Log.line(number) + (Bool.random(using: &random) ? Log.other : ""))
                lines[number, default: 0] += 1
                if Int.random(in: 0..<20, using: &random) == 0 { usleep(20_000) }
            }
            if round % 6 == 5 {
                rotations += 1
                for number in stride(from: rotations, to: 1, by: -1) { try sandbox.rename("mainlog.\(number - 1)", "mainlog.\(number)") }
                try sandbox.rename("mainlog", "mainlog.1")
                try sandbox.append(Log.line(1))
                lines[1, default: 0] += 1
                usleep(UInt32.random(in: 0...700_000, using: &random))
            }
            running.kill9()
        }
        #expect(try sandbox.once().status == 0)
        for (number, count) in lines { #expect(sandbox.sightings(number) == count, "\(number)") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.pending).count == lines.count)
    }
}
