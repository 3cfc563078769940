import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// `trustctl watch` where nothing happens.
@Suite("watch at rest")
struct WatchRestTests {
    /// What the kernel has counted of a process. Who was not given a processor has made no system call.
    private struct Cost: Equatable {
        let process: pid_t
        /// How often its threads have given the processor away, or lost it.
        let switches: UInt64
        /// How long they had it, in nanoseconds.
        let time: UInt64

        init(of process: pid_t) throws {
            let threads = File.names(in: "/proc/\(process)/task")
            guard !threads.isEmpty else { throw NothingCame(description: "process \(process) is gone") }
            var (switches, time): (UInt64, UInt64) = (0, 0)
            for thread in threads {
                let folder = "/proc/\(process)/task/\(thread)"
                let counts = try File.read("\(folder)/status").split(separator: "\n").filter { $0.contains("ctxt_switches") }
                guard counts.count == 2 else { throw NothingCame(description: "\(folder) counts nothing") }
                for count in counts { switches += UInt64(count.filter(\.isNumber)) ?? 0 }
                let spent = try File.read("\(folder)/schedstat").split(separator: " ").first.flatMap { UInt64($0) }
                time += try #require(spent)
            }
            (self.process, self.switches, self.time) = (process, switches, time)
        }
    }

    /// Watches `process`, which was started between these moments, for twenty seconds in which the ages are not painted anew: that is due
    /// once a minute.
    private func expectRest(of process: pid_t, startedBetween first: ContinuousClock.Instant, and last: ContinuousClock.Instant) throws {
        let (minute, settled): (Duration, Duration) = (.seconds(60), .seconds(5))
        var paintings = 1
        while true {
            // Until what has just happened is over: the rate of trustd's lines is shown for ten seconds.
            var before: Cost
            repeat {
                before = try Cost(of: process)
                sleep(11)
            } while try Cost(of: process) != before
            let due = (earliest: first + minute * paintings, latest: last + minute * paintings)
            if ContinuousClock.now + .seconds(20) + settled < due.earliest { break }
            try waitUntil("the next painting is over", within: .seconds(120)) { ContinuousClock.now > due.latest + settled }
            paintings += 1
        }
        let before = try Cost(of: process)
        sleep(20)
        let after = try Cost(of: process)
        #expect(before == after)
        #expect(before.time > 0)
    }

    private func watch(_ scene: SceneFolder) throws -> pid_t {
        try #require(
            SceneProcesses.naming(scene).first {
                SceneProcesses.program(of: $0) == BuiltPrograms.trustctl && SceneProcesses.commandLine(of: $0).contains("watch")
            })
    }

    @Test("where nothing moves it makes no system call for twenty seconds") func alone() throws {
        try QueueScene.run { scene in
            for number in 1...3 { try scene.add(try QueueScene.fingerprint(number)) }
            let first = ContinuousClock.now
            let screen = try TerminalScreen(scene.command("watch"), in: scene.folder)
            try screen.waitForPrompt(WatchTests.keys)
            try expectRest(of: try watch(scene.folder), startedBetween: first, and: .now)
            // It is awake at once when something comes.
            try scene.add(try QueueScene.fingerprint(4))
            try screen.waitFor("4 pending")
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
        }
    }

    @Test("nor does it beside a trustd that follows a log in which nothing new stands") func besideTrustd() throws {
        try RelayScene.run { scene in
            _ = try scene.startDaemon()
            _ = try scene.refusedClient("alice")
            let first = ContinuousClock.now
            let screen = try TerminalScreen([BuiltPrograms.trustctl, "watch", "--config", scene.operator.settings], in: scene.folder)
            try screen.waitForPrompt(WatchTests.keys)
            try screen.waitFor("trustd follows: nothing unread")
            try expectRest(of: try watch(scene.folder), startedBetween: first, and: .now)
            _ = try scene.refusedClient("bob")
            try screen.waitFor("2 pending")
            try screen.type("q")
            #expect(try screen.waitForEnd() == 0)
        }
    }
}
