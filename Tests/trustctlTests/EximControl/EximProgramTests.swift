import Glibc
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import EximControl
@testable import Host

@Suite("EximProgram")
struct EximProgramTests {
    @Test(
        "a list value is read as the set that Exim takes it for",
        arguments: [
            ("", []), ("  ", []), (" : ", []), (Some.a, [Some.a]), ("\(Some.a) : \(Some.b)", [Some.a, Some.b]),
            ("\(Some.a):\(Some.b):", [Some.a, Some.b]), (": \t\(Some.a) : : \(Some.a)", [Some.a]),
        ])
    func fingerprints(_ value: String, _ hashes: [String]) throws {
        #expect(Set(try ListValue(value).fingerprints.map(\.description)) == Set(hashes))
    }

    @Test(
        "a value that is not a plain list is not in effect",
        arguments: [
            "\(Some.a)::\(Some.b)", "\(Some.a) \(Some.b)", Some.a.lowercased(), String(Some.a.dropLast()), "${lookup{x}cdb{y}}",
            "<; \(Some.a)", Some.poison, "\(Some.a) : \(Some.nothing)", "!\(Some.a)", "+relay", "\(Some.a):\u{301} \(Some.b)", "\u{1B}[2J",
        ])
    func noList(_ value: String) throws {
        let error = #expect(throws: EximError.self) { try ListValue(value).fingerprints }
        guard case .notInEffect(let words) = try #require(error) else { throw try #require(error) }
        #expect(isPlain(words))
    }

    @Test(
        "a daemon is started again with its own harmless options",
        arguments: [
            ["-bd"], ["-bd", "-q30m"], ["-bdf", "-q1h30m"], ["-C", "/etc/exim.conf", "-bd", "-q"], ["-C/etc/exim.conf", "-bd"],
            ["-bd", "-q30m", "-oP", "/run/exim.pid"], ["-v", "-bd"],
        ])
    func repeated(_ arguments: [String]) {
        let flags = arguments.filter { !$0.hasPrefix("-C") && $0 != "/etc/exim.conf" }
        for configuration in [nil, FilePath("/etc/exim/ours.conf")] {
            #expect(
                DaemonArguments(["exim"] + arguments).repeated(configuration: configuration, pidFile: "/run/exim.pid")
                    == (configuration.map { ["-C", $0.string] } ?? []) + flags)
        }
    }

    @Test("the attack: root does not start Exim with a decoy's -C, pid file or port")
    func decoysValues() {
        let ours: FilePath = "/etc/exim/ours.conf"
        #expect(
            DaemonArguments(["exim", "-C", ours.string, "-C", "/proc/1/cmdline", "-bdf"]).repeated(configuration: ours, pidFile: nil)
                == ["-C", ours.string, "-bdf"])
        #expect(DaemonArguments(["exim", "-bd", "-oP", "/etc/nologin"]).repeated(configuration: ours, pidFile: "/run/exim.pid") == nil)
        #expect(DaemonArguments(["exim", "-bd", "-oX", "25"]).repeated(configuration: ours, pidFile: nil) == nil)
    }

    @Test(
        "the attack: root does not start Exim with a decoy's other options",
        arguments: [
            ["-bd", "-be", "${run{/bin/sh}}"], ["-be"], ["-bd", "-D", "X=y"], ["-bd", "-DX=y"], ["-bd", "-qR", "x"], ["-bd", "-qff"],
            ["-bd", "-oA", "/x"], ["-bd", "-oMr", "x"], ["-bd", "-bP", "config"], ["-bd", "-d+all"], ["-bd", "root@localhost"],
            ["-bd", "-C"],
            ["-bd", "-oX"], ["-bd", "-oP"], ["-ps", "/x"], ["-bd", ""], ["-bd", "--", "-be"], ["-bd", "-q\u{0663}m"], ["-bt", "x"],
            ["-Mrm", "x"], ["-bd", "-X", "/x"], ["-bdf", "-oPX"], ["-bd", "-q30m/queue"],
        ])
    func decoy(_ arguments: [String]) {
        #expect(DaemonArguments(["exim"] + arguments).repeated(configuration: nil, pidFile: nil) == nil)
    }

    @Test("a daemon's configuration is the last -C on its command line") func option() {
        let option = { DaemonArguments($0).configuration }
        #expect(option(["exim", "-bd"]) == nil)
        #expect(option(["exim", "-C", "/a", "-bd"]) == "/a")
        #expect(option(["exim", "-bd", "-C/a"]) == "/a")
        #expect(option(["exim", "-C"]) == nil)
        #expect(option(["exim", "-C", "/a", "-C", "/b"]) == "/b")
        #expect(option([]) == nil)
    }

    @Test("a pid file counts only if it holds the number of a living process") func pidFile() throws {
        try inFolder { folder throws in
            let own = "\(getpid())"
            try folder.write("own", own + "\n")
            try folder.write("blanks", "  \(own) \nmore\n")
            #expect(PidFile.process(in: folder.path("own")) == getpid())
            #expect(PidFile.process(in: folder.path("blanks")) == getpid())
            // Process 1 is like any other: in a container it may be Exim. If it is not, the change is refused.
            try folder.write("first", "1\n")
            #expect(PidFile.process(in: folder.path("first")) == 1)
            for (index, text) in [
                "", "\n", "0", "-1", "+\(own)", "0x10", "\(own)x", "99999999999999999999", "2147483648", "\u{0}\(own)",
            ]
            .enumerated() {
                try folder.write("bad\(index)", text)
                #expect(PidFile.process(in: folder.path("bad\(index)")) == nil, "\(text.debugDescription)")
            }
            try folder.write("long", own + "\n" + String(repeating: " ", count: 100))
            symlink(folder("own"), folder("link"))
            mkfifo(folder("fifo"), 0o644)
            try folder.write("linked", own)
            link(folder("linked"), folder("hard"))
            for name in ["long", "link", "fifo", "linked", "hard", "none"] {
                #expect(PidFile.process(in: folder.path(name)) == nil, "\(name)")
            }
        }
    }

    @Test("a zombie is not a living process") func zombie() throws {
        try inFolder { folder throws in
            let child = try Program("/bin/true", []).startDetached()
            defer { _ = Program.wait(for: child) }
            try folder.write("pid", "\(child)\n")
            try waitUntil("the child has ended") { !ProcessFacts(pid: child).isAlive }
            #expect(kill(child, 0) == 0)
            #expect(PidFile.process(in: folder.path("pid")) == nil)
        }
    }

    @Test("a missing Exim is reported with its path, and Exim's words are bounded and escaped") func missing() throws {
        var configuration = Configuration()
        configuration.exim = "/nonexistent/exim"
        #expect(throws: EximError.missing(["/nonexistent/exim"])) { try EximProgram(configuration, scratch: "/nonexistent") }
        let result = Program.Result(status: 1, output: [], error: "a\n \u{1B}[2J\n" + String(repeating: "x", count: 5_000))
        let words = EximProgram.words(result)
        #expect(words.hasPrefix("a \\u{1B}[2J x") && words.count < 1_100 && isPlain(words))
        #expect(EximProgram.words(.init(status: 3, output: [], error: "\n")) == "nothing, and ended with status 3")
    }
}

@Suite("Listener")
struct ListenerTests {
    private func line(_ address: String, state: String = "0A", inode: String = "12345") -> Substring {
        "   0: \(address) 00000000:0000 \(state) 00000000:00000000 00:00000000 00000000     0        0 \(inode) 1 0000000000000000 100 0 0 10 0"
    }

    @Test("a line of the kernel's TCP table is read") func table() throws {
        let four = try #require(Listener(tableLine: line("0100007F:1F90")))
        #expect(four.address == [127, 0, 0, 1] && four.port == 8080 && four.inode == 12_345)
        let six = try #require(Listener(tableLine: line("000080FE00000000FF00000001000000:0019")))
        #expect(six.address == [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0, 0, 0, 1] && six.port == 25)
        #expect(Listener(tableLine: line("00000000:0019"))?.address == [0, 0, 0, 0])
    }

    @Test("lines of sockets that do not listen, and malformed lines, are skipped") func other() {
        for bad in [
            line("0100007F:1F90", state: "01"), line("0100007F"), line("0100007:1F90"), line("0100007G:1F90"), line("0100007F:1F90F"),
            line("0100007F:1F90", inode: "-1"), line("0100007F:1F90", inode: "x"), "", "  sl  local_address rem_address st",
        ] {
            #expect(Listener(tableLine: bad) == nil)
        }
    }

    @Test("this process's own listening socket is found, with its address") func own() throws {
        let server = try LoopbackServer()
        let found = ProcessFacts(pid: getpid()).listeners.filter { Int($0.port) == server.port }
        #expect(found.map(\.address) == [[127, 0, 0, 1]])
    }
}
