import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host
@testable import Trust

@Suite("Connections that Exim serves")
struct OpenConnectionTests {
    @Test("lines of the kernel's TCP table are parsed, for IPv4, IPv6 and half-closed connections")
    func tableLines() {
        let four =
            "   3: 0100007F:0019 0200007F:A1B2 01 00000000:00000000 00:00000000 00000000   101        0 4711 1 0000000000000000 20 4 30 10 -1"
        let socket = ConnectedSocket(tableLine: four[...])
        #expect(socket?.inode == 4711 && socket?.localPort == 25 && socket?.peer.description == "127.0.0.2")
        let mapped = four.replacing("0100007F", with: "0000000000000000FFFF00000100007F").replacing(
            "0200007F", with: "0000000000000000FFFF00000200007F")
        #expect(ConnectedSocket(tableLine: mapped[...])?.peer.description == "127.0.0.2")
        let six = four.replacing("0100007F", with: "00000000000000000000000001000000")
            .replacing("0200007F", with: "B80D0120000000000000000007000000")
        #expect(ConnectedSocket(tableLine: six[...])?.peer.description == "2001:db8::7")
        #expect(ConnectedSocket(tableLine: four.replacing(" 01 ", with: " 08 ")[...])?.inode == 4711)
        for other in [four.replacing(" 01 ", with: " 0A "), four.replacing("0200007F:", with: "0200007F "), "", "sl local_address"] {
            #expect(ConnectedSocket(tableLine: other[...]) == nil, "\(other)")
        }
    }

    @Test("an outgoing connection is not counted; one on the port of a dead daemon is") func ports() {
        let service = ServicePorts(known: [40_025], ephemeral: 32_768...60_999)
        #expect([25, 587, 2_525, 32_767, 40_025, 61_000].allSatisfy(service.contains))
        #expect(![32_768, 40_026, 60_999].contains(where: service.contains))
        #expect(ServicePorts.range("32768\t60999\n") == 32_768...60_999)
        #expect(ServicePorts.range("") == nil && ServicePorts.range("9 1") == nil && ServicePorts.range("1 70000") == nil)
        #expect(ServicePorts.all(in: "<; 25 ; smtps; 2525") == [25, 465, 2_525])
        #expect(ServicePorts.all(in: "25 : submission") == [25, 587] && ServicePorts.all(in: "<; 127.0.0.1 ; ::1") == [])
        #expect(ServicePorts.all(in: "<; 192.0.2.1.26 ; [2001:db8::1]:27 ; 2001:db8::1.28") == [26, 27, 28])
        #expect(ServicePorts.all(in: "127.0.0.1 : ::::1.29 : [127.0.0.1]:30") == [29, 30])
    }

    @Test("a process's start time is known by a clock that cannot be set") func began() throws {
        let before = Clock.boot
        let sleeper = try ProgramRun(starting: "sleep", ["60"])
        defer {
            sleeper.send(SIGKILL)
            _ = try? sleeper.wait()
        }
        let began = try #require(ProcessFacts(pid: sleeper.pid).began)
        // The kernel counts in hundredths of a second, rounded down.
        #expect(began > before - .milliseconds(11) && began <= Clock.boot)
        #expect(Clock.boot(atEndOf: .now) > Clock.boot - .seconds(1) && Clock.boot(atEndOf: .now) < Clock.boot + .seconds(1.1))
    }

    // MARK: ending

    /// A process that holds a connection and only reads from it.
    private func reader(_ connection: TCPConnection, ignoringSignals: Bool) throws -> (run: ProgramRun, open: OpenConnection) {
        let words = ignoringSignals ? ["--ignore-signal=TERM", "cat"] : ["cat"]
        let run = try ProgramRun(starting: "env", words, streams: (connection.descriptor, connection.descriptor))
        try waitUntil("cat reads") { SceneProcesses.program(of: run.pid) == "/usr/bin/cat" }
        return (run, try open(ProcessFacts(pid: run.pid), connection.inode))
    }

    private func open(_ process: ProcessFacts, _ inode: UInt64) throws -> OpenConnection {
        OpenConnection(
            process: process, peer: try #require(Address("127.0.0.2")), inode: inode, began: try #require(process.began))
    }

    @Test("all processes are asked before any connection is cut, so none delays another") func together() throws {
        let deaf = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
        let polite = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
        let (deafRun, deafOpen) = try reader(deaf.served, ignoringSignals: true)
        let (politeRun, politeOpen) = try reader(polite.served, ignoringSignals: false)
        deafRun.send(SIGSTOP)
        defer {
            deafRun.send(SIGKILL)
            _ = try? deafRun.wait()
        }
        #expect([deafOpen, politeOpen].end().map(\.process.pid) == [deafRun.pid], "only the deaf process may be reported")
        #expect(try politeRun.wait().exitCode == 128 + SIGTERM, "it must have ended by SIGTERM, before any cut")
    }

    @Test("unread input of a half-closed connection is dropped, not processed") func unread() throws {
        let (served, client) = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
        let script =
            "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.kill(os.getpid(), signal.SIGSTOP)\n"
            + "while (b := os.read(0, 4096)): os.write(2, b)"
        let run = try ProgramRun(starting: "python3", ["-c", script], streams: (served.descriptor, served.descriptor))
        defer { run.send(SIGKILL) }
        try waitUntil("the process is stopped") { ((try? File.read("/proc/\(run.pid)/stat")) ?? "").contains(") T ") }
        client.say("RCPT TO:<a@remote.example>\r\n")
        client.closeHalf()
        #expect([try open(ProcessFacts(pid: run.pid), served.inode)].end().count == 1)
        run.send(SIGCONT)
        #expect(try run.wait().errors == "")
    }

    @Test("a dead process has let go, and a later process or another socket is not touched")
    func identity()
        throws
    {
        let (served, client) = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
        let (run, now) = try reader(served, ignoringSignals: false)
        let other = OpenConnection(process: now.process, peer: now.peer, inode: now.inode, began: now.began - .seconds(1))
        other.askToEnd()
        other.cut()
        let elsewhere = OpenConnection(process: now.process, peer: now.peer, inode: now.inode + 1_000_000, began: now.began)
        #expect(elsewhere.isOver)
        elsewhere.askToEnd()
        elsewhere.cut()
        client.say("x")
        try client.hear("x")
        run.send(SIGKILL)
        _ = try run.wait()
        #expect(now.isOver)
    }

    @Test("the attack: a look-alike connection in another network loses only itself") func otherNetwork()
        throws
    {
        let port = try LoopbackPort.free()
        let administrators = try LoopbackPort.free()
        let (served, client) = try TCPConnection.pair(port: port, from: "127.0.0.2", localPort: administrators)
        let script = """
            import ctypes, fcntl, os, signal, socket, struct, sys
            ours = os.open("/proc/self/ns/net", os.O_RDONLY)
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.unshare(0x40000000) == 0
            s = socket.socket()
            fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 1))
            s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(1)
            c = socket.socket(); c.bind(("127.0.0.2", int(sys.argv[2]))); c.connect(s.getsockname())
            held = s.accept()[0]
            assert libc.setns(ours, 0) == 0
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                os.dup2(held.fileno(), 0); os.dup2(2, 1)
                os.setgroups([]); os.setgid(int(sys.argv[4])); os.setuid(int(sys.argv[3]))
                os.execv("/usr/sbin/exim4", ["exim4", "-be"])
            held.close(); s.close()
            assert c.recv(1) == b""
            """
        let attack = try ProgramRun(
            starting: "python3", ["-c", script, "\(port)", "\(administrators)", "\(Owner.exim.uid)", "\(Owner.exim.gid)"])
        defer { attack.sendToGroup(SIGKILL) }
        var decoy: ProcessFacts?
        try waitUntil("exim holds the connection; \(attack.errorsSoFar)") {
            decoy = SceneProcesses.children(of: attack.pid).map(ProcessFacts.init).first { $0.executable == "/usr/sbin/exim4" }
            return decoy?.readableSockets?[0] != nil
        }
        let facts = try #require(decoy)
        #expect(facts.sharesOurNetwork, "the decoy must be back in our network")
        #expect(
            [try open(facts, try #require(facts.readableSockets?[0]))].end().isEmpty, "the decoy's connection must end")
        #expect(try attack.wait().exitCode == 0, "the decoy's client must see the end")
        client.say("x")
        var byte: UInt8 = 0
        try waitUntil("the administrator's connection stays open") { recv(served.descriptor, &byte, 1, CInt(MSG_DONTWAIT)) == 1 }
        served.say("y")
        try client.hear("y")
    }

    // MARK: messages

    @Test("messages about open connections count them and name what to do") func words() throws {
        let fingerprint = try Fingerprint(String(repeating: "AB", count: 32))
        let hers = try #require(Address("127.0.0.2"))
        func text(
            _ theirs: Int, _ others: Int, later: Int = 0, left: Int = 0, ended: Bool = false, known: Bool = true,
            seen: Set<Address>? = nil, hidden: [Int32] = []
        ) throws -> [String] {
            func connection(_ pid: Int32, _ peer: String, _ began: Duration) throws -> OpenConnection {
                OpenConnection(
                    process: ProcessFacts(pid: pid), peer: try #require(Address(peer)), inode: UInt64(pid), began: began)
            }
            let old = try (0..<theirs).map { try connection(Int32(7 + $0), "127.0.0.2", .seconds(50)) }
            let new = try (0..<later).map { try connection(Int32(100 + $0), "127.0.0.2", .seconds(51)) }
            let far =
                try (0..<others).map { try connection(Int32(200 + $0), "127.0.0.3", .seconds(1)) } + [
                    try connection(300, "127.0.0.3", .seconds(51))
                ]
            let losses = [OpenSessions.Loss(fingerprint: fingerprint, addresses: seen ?? [hers], moment: .seconds(50), isKnown: known)]
            var found = OpenSessions.Found(old + new + far, losses)
            found.left = Array(old.prefix(left))
            found.hidden = hidden
            return found.text(losses, ended: ended)
        }
        #expect(try text(0, 0).isEmpty)
        #expect(try text(0, 0, later: 1).isEmpty, "connections with the new list are not mentioned")
        #expect(
            try text(0, 2) == [
                "Exim serves 2 connections with the old list, not from an address of the certificate: processes 200, 201"
            ])
        #expect(
            try text(1, 2) == [
                "Exim serves 3 connections with the old list, 1 from an address of the certificate:"
                    + " trustctl revoke \(fingerprint) --disconnect ends what comes from there"
            ])
        #expect(try text(0, 0, ended: true) == ["no connection with the old list comes from an address of the certificate"])
        #expect(
            try text(0, 0, ended: true, seen: []) == ["no connection was ended: no address of the certificate is known"])
        #expect(try text(2, 0, ended: true) == ["2 connections ended"])
        #expect(try text(2, 0, left: 1, ended: true) == ["1 connection ended", "1 connection could not be ended: kill process 7"])
        #expect(
            try text(1, 1, later: 1, ended: true) == [
                "1 connection ended", "1 connection from an address of the certificate began with the new list, and was left alone",
                "Exim serves 1 connection with the old list, not from an address of the certificate: process 200",
            ])
        #expect(try text(0, 0, ended: true, known: false)[0].hasPrefix("no connection which may have the old list comes from"))
        #expect(try text(0, 0, hidden: [9]) == ["cannot tell whom Exim serves: process 9 of its user cannot be examined"])
    }
}
