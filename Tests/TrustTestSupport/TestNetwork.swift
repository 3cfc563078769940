import Glibc

/// Hosts in network namespaces of their own, and a router between them, on which the way between any two can be cut: packets are lost then,
/// and nobody is told. Nothing of the machine's own network is touched.
package final class TestNetwork: Sendable {
    private let hosts: [String]
    private let holders: [ProgramRun]
    private var router: ProgramRun { holders[hosts.count] }

    /// Makes it for the time of `body`.
    package static func run(_ hosts: [String], _ body: (TestNetwork) throws -> Void) throws {
        let network = TestNetwork(hosts, try (0...hosts.count).map { _ in try hold() })
        defer {
            for holder in network.holders {
                holder.send(SIGKILL)
                _ = try? holder.wait()
            }
        }
        try network.lay()
        try body(network)
    }

    private init(_ hosts: [String], _ holders: [ProgramRun]) { (self.hosts, self.holders) = (hosts, holders) }

    /// A process in a new namespace, which exists as long as it does.
    private static func hold() throws -> ProgramRun {
        let run = try ProgramRun(starting: "unshare", ["--net", "sh", "-c", "ip link set lo up && echo && exec sleep infinity"])
        try waitUntil("a network namespace: \(run.errorsSoFar)") {
            guard run.isRunning else { throw NothingCame(description: "\(try run.wait())") }
            return !run.outputSoFar.isEmpty
        }
        return run
    }

    private func lay() throws {
        try command(router, "echo 1 >/proc/sys/net/ipv4/ip_forward")
        for number in hosts.indices {
            let (here, there) = ("10.79.\(number + 1).2", "10.79.\(number + 1).1")
            try command(router, "ip link add port\(number) type veth peer name wire netns \(holders[number].pid)")
            try command(router, "ip address add \(there)/24 dev port\(number) && ip link set port\(number) up")
            try command(holders[number], "ip address add \(here)/24 dev wire && ip link set wire up && ip route add default via \(there)")
        }
    }

    private func command(_ holder: ProgramRun, _ words: String) throws {
        let outcome = try ProgramRun.run("nsenter", ["--target", "\(holder.pid)", "--net", "sh", "-c", words])
        guard outcome.exitCode == 0 else { throw NothingCame(description: "\(outcome)") }
    }

    private func number(of host: String) -> Int {
        guard let number = hosts.firstIndex(of: host) else { preconditionFailure("no host \(host)") }
        return number
    }

    package func address(of host: String) -> String { "10.79.\(number(of: host) + 1).2" }

    /// From now on neither hears anything of the other.
    package func cut(_ one: String, _ other: String) throws { try change("add", one, other) }
    package func heal(_ one: String, _ other: String) throws { try change("del", one, other) }

    private func change(_ action: String, _ one: String, _ other: String) throws {
        for (from, to) in [(one, other), (other, one)] {
            try command(router, "ip rule \(action) from \(address(of: from)) to \(address(of: to)) blackhole")
        }
    }

    /// Runs `body`, which must not switch threads, on this host: its sockets and the programs that it starts are there.
    package func on<Result>(_ host: String, _ body: () throws -> Result) throws -> Result {
        let before = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        defer { close(before) }
        let there = open("/proc/\(holders[number(of: host)].pid)/ns/net", O_RDONLY | O_CLOEXEC)
        defer { close(there) }
        try Self.enter(there)
        defer {
            // This thread runs other tests afterwards.
            do { try Self.enter(before) } catch { fatalError("\(error)") }
        }
        return try body()
    }

    private typealias SetNamespace = @convention(c) (CInt, CInt) -> CInt

    private static func enter(_ namespace: CInt) throws {
        guard let symbol = dlsym(nil, "setns") else { throw NothingCame(description: "no setns(2)") }
        let networkOnly: CInt = 0x4000_0000  // CLONE_NEWNET
        guard unsafeBitCast(symbol, to: SetNamespace.self)(namespace, networkOnly) == 0 else {
            throw NothingCame(description: "setns: \(String(cString: strerror(errno)))")
        }
    }
}
