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
    @Test("connections of IPv4, mapped IPv6 and IPv6 are read from the kernel's table")
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

    @Test("only ports that are listened on, or not ephemeral, are those of accepted connections") func ports() {
        let service = ServicePorts(known: [40_025], ephemeral: 32_768...60_999)
        #expect([25, 587, 2_525, 32_767, 40_025, 61_000].allSatisfy(service.contains))
        #expect(![32_768, 40_026, 60_999].contains(where: service.contains))
        #expect(ServicePorts.range("32768\t60999\n") == 32_768...60_999)
        #expect(ServicePorts.range("") == nil && ServicePorts.range("9 1") == nil && ServicePorts.range("1 70000") == nil)
        #expect(ServicePorts.numbers(in: "<; 25 ; smtps; 2525") == [25, 2_525])
    }

    @Test("the start of a process is known by the boot clock") func began() throws {
        let before = BootClock.now
        let sleeper = try ProgramRun(starting: "sleep", ["60"])
        defer {
            sleeper.send(SIGKILL)
            _ = try? sleeper.wait()
        }
        let began = try #require(ProcessFacts(pid: sleeper.pid).began)
        // The kernel counts in hundredths, and drops what is over.
        #expect(began > before - 0.011 && began <= BootClock.now)
        #expect(BootClock.end(of: .now) > BootClock.now - 1 && BootClock.end(of: .now) < BootClock.now + 1.1)
    }

    // MARK: ending

    /// A process that holds a connection and does nothing but read.
    private func reader(_ connection: TCPConnection, ignoringSignals: Bool) throws -> (run: ProgramRun, open: OpenConnection) {
        let words = ignoringSignals ? ["--ignore-signal=TERM", "cat"] : ["cat"]
        let run = try ProgramRun(starting: "env", words, streams: (connection.descriptor, connection.descriptor))
        try waitUntil("cat reads") { SceneProcesses.program(of: run.pid) == "/usr/bin/cat" }
        return (run, try open(ProcessFacts(pid: run.pid), "/usr/bin/cat", connection.inode))
    }

    private func open(_ process: ProcessFacts, _ binary: FilePath, _ inode: UInt64, began: Double = 0) throws -> OpenConnection {
        OpenConnection(process: process, binary: binary, peer: try #require(Address("127.0.0.2")), inode: inode, began: began)
    }

    @Test("all processes are asked before any socket is cut") func together() throws {
        let deaf = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
        let polite = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
        let (deafRun, deafOpen) = try reader(deaf.served, ignoringSignals: true)
        let (politeRun, politeOpen) = try reader(polite.served, ignoringSignals: false)
        kill(deafRun.pid, SIGSTOP)
        defer {
            kill(deafRun.pid, SIGKILL)
            _ = try? deafRun.wait()
        }
        #expect([deafOpen, politeOpen].end().map(\.process.pid) == [deafRun.pid], "it holds it still, and nothing else is said")
        #expect(try politeRun.wait().exitCode == 128 + SIGTERM, "its own end was not cut: it had time for a goodbye")
    }

    @Test("input that was not read yet is discarded when a connection is cut") func unread() throws {
        let (served, client) = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
        let script =
            "import os, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.kill(os.getpid(), signal.SIGSTOP)\n"
            + "while (b := os.read(0, 4096)): os.write(2, b)"
        let run = try ProgramRun(starting: "python3", ["-c", script], streams: (served.descriptor, served.descriptor))
        defer { kill(run.pid, SIGKILL) }
        try waitUntil("it stops") { ((try? File.read("/proc/\(run.pid)/stat")) ?? "").contains(") T ") }
        client.say("RCPT TO:<a@remote.example>\r\n")
        client.closeHalf()
        let binary = try #require(ProcessFacts(pid: run.pid).executable)
        #expect([try open(ProcessFacts(pid: run.pid), binary, served.inode)].end().count == 1)
        kill(run.pid, SIGCONT)
        #expect(try run.wait().errors == "")
    }

    @Test("a process that ended, another program and another socket are not touched")
    func identity()
        throws
    {
        let (served, client) = try TCPConnection.pair(port: LoopbackPort.free(), from: "127.0.0.2")
        let (run, now) = try reader(served, ignoringSignals: false)
        let other = OpenConnection(process: now.process, binary: "/usr/sbin/exim4", peer: now.peer, inode: now.inode, began: 0)
        other.askToEnd()
        other.cut()
        let elsewhere = OpenConnection(process: now.process, binary: now.binary, peer: now.peer, inode: now.inode + 1_000_000, began: 0)
        #expect(elsewhere.isOver)
        elsewhere.askToEnd()
        elsewhere.cut()
        client.say("x")
        try client.hear("x")
        run.send(SIGKILL)
        _ = try run.wait()
        #expect(now.isOver)
    }

    @Test("the attack: a connection with the administrator's addresses in another network ends alone") func otherNetwork()
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
        defer { kill(-attack.pid, SIGKILL) }
        var decoy: ProcessFacts?
        try waitUntil("exim holds it; \(attack.errorsSoFar)") {
            decoy = SceneProcesses.children(of: attack.pid).map(ProcessFacts.init).first { $0.executable == "/usr/sbin/exim4" }
            return decoy?.readableSockets?[0] != nil
        }
        let facts = try #require(decoy)
        #expect(facts.sharesOurNetwork, "as after the attacker's execve")
        #expect([try open(facts, "/usr/sbin/exim4", try #require(facts.readableSockets?[0]))].end().isEmpty, "he loses his own")
        #expect(try attack.wait().exitCode == 0, "and his client sees it")
        client.say("x")
        var byte: UInt8 = 0
        try waitUntil("the administrator's connection goes on") { recv(served.descriptor, &byte, 1, CInt(MSG_DONTWAIT)) == 1 }
        served.say("y")
        try client.hear("y")
    }

    // MARK: words

    @Test("the notes say how many connections are open") func words() throws {
        let fingerprint = try Fingerprint(String(repeating: "AB", count: 32))
        let hers = try #require(Address("127.0.0.2"))
        func text(
            _ theirs: Int, _ others: Int, later: Int = 0, left: Int = 0, ended: Bool = false, known: Bool = true,
            seen: Set<Address>? = nil, hidden: [Int32] = []
        ) throws -> [String] {
            func connection(_ pid: Int32, _ peer: String, _ began: Double) throws -> OpenConnection {
                OpenConnection(
                    process: ProcessFacts(pid: pid), binary: "/", peer: try #require(Address(peer)), inode: UInt64(pid), began: began)
            }
            let old = try (0..<theirs).map { try connection(Int32(7 + $0), "127.0.0.2", 50) }
            let new = try (0..<later).map { try connection(Int32(100 + $0), "127.0.0.2", 51) }
            let far = try (0..<others).map { try connection(Int32(200 + $0), "127.0.0.3", 1) } + [try connection(300, "127.0.0.3", 51)]
            let losses = [OpenSessions.Loss(fingerprint: fingerprint, addresses: seen ?? [hers], moment: 50, isKnown: known)]
            var found = OpenSessions.Found(old + new + far, losses)
            found.left = Array(old.prefix(left))
            found.hidden = hidden
            return found.text(losses, ended: ended)
        }
        #expect(try text(0, 0).isEmpty)
        #expect(try text(0, 0, later: 1).isEmpty, "those have the new list")
        #expect(
            try text(0, 2) == [
                "Exim serves 2 connections with the old list, from where the certificate was not seen: processes 200, 201"
            ])
        #expect(
            try text(1, 2) == [
                "Exim serves 3 connections with the old list, 1 from where the certificate was seen:"
                    + " trustctl revoke \(fingerprint) --disconnect ends what comes from there"
            ])
        #expect(try text(0, 0, ended: true) == ["no connection with the old list comes from where the certificate was seen"])
        #expect(
            try text(0, 0, ended: true, seen: []) == ["no connection was ended: from where the certificate comes is not known"])
        #expect(try text(2, 0, ended: true) == ["2 connections ended"])
        #expect(try text(2, 0, left: 1, ended: true) == ["1 connection ended", "1 connection could not be ended: kill process 7"])
        #expect(
            try text(1, 1, later: 1, ended: true) == [
                "1 connection ended", "1 connection from where the certificate was seen began with the new list, and was left alone",
                "Exim serves 1 connection with the old list, from where the certificate was not seen: process 200",
            ])
        #expect(try text(0, 0, ended: true, known: false)[0].hasPrefix("no connection which may have the old list comes from"))
        #expect(try text(0, 0, hidden: [9]) == ["whom Exim serves is not known: process 9 of its user cannot be looked into"])
    }
}
