import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// What trustctl does as root, seen from outside: the real program under strace, with a hostile environment.
@Suite(
    "trustctl as root, traced",
    .skipped(by: SystemCallTrace.obstacle))
struct TracedDoingsTests {
    /// The whole environment of every program that trustctl starts.
    private static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/"]

    /// All programs that trustctl may start.
    private static let programs: Set<String> = [PrivateExim.binary, "/usr/sbin/exim4", "/usr/sbin/exim", "/usr/sbin/update-exim4.conf"]

    /// Every variable points into one folder: a program that opens a file there has followed it.
    private static func poison(_ folder: String) -> [String: String] {
        var all = [
            "PATH": "\(folder)/bin:/usr/sbin:/usr/bin", "HOME": "\(folder)/home", "BASH_ENV": "\(folder)/script", "ENV": "\(folder)/script",
            "IFS": "/e", "SHELLOPTS": "xtrace", "PS4": "$(\(folder)/bin/sh)", "LANG": "\(folder)/xx", "LOCPATH": "\(folder)/locale",
            "LC_ALL": "xx_XX", "NLSPATH": "\(folder)/%N", "TMPDIR": "\(folder)/tmp", "TZ": ":\(folder)/zone", "PERL5LIB": "\(folder)/perl",
            "PERL5OPT": "-Mpoison", "OPENSSL_CONF": "\(folder)/openssl.cnf", "OPENSSL_MODULES": "\(folder)/modules",
            "SSL_CERT_FILE": "\(folder)/ca.pem", "GNUTLS_SYSTEM_PRIORITY_FILE": "\(folder)/gnutls", "EXIM_USER": "poison",
            "EXIM4_CONF": "\(folder)/exim.conf", "UPEX4OPTS": "-o \(folder)/out", "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=\(folder)/bus",
            "LD_BIND_NOW": "poison", "LD_DEBUG_OUTPUT": "\(folder)/debug", "MALLOC_TRACE": "\(folder)/malloc",
            "GCONV_PATH": "\(folder)/gconv",
            "SWIFT_BACKTRACE": "swift-backtrace=\(folder)/bin/sh", "SUDO_USER": "alice", "TERM": "dumb",
        ]
        // ThreadSanitizer makes a file there at the start of each program.
        if !Sanitizer.isOff { all["TMPDIR"] = nil }
        // Where the tests' toolchain keeps the runtime that debug builds need.
        if let libraries = getenv("LD_LIBRARY_PATH") { all["LD_LIBRARY_PATH"] = String(cString: libraries) }
        return all
    }

    /// Programs with common names that must never run.
    private static func layPoison(in scene: SceneFolder) throws {
        let folder = scene("poison")
        for name in ["", "/bin", "/home", "/tmp"] { mkdir(folder + name, 0o755) }
        for name in ["exim4", "exim", "sh", "update-exim4.conf", "systemctl", "kill", "openssl", "run-parts", "sed"] {
            try File.write("\(folder)/bin/\(name)", "#!/bin/sh\n: >\(folder)/ran\nexit 1\n", mode: 0o755)
        }
        try File.write("\(folder)/script", ": >\(folder)/ran\n")
        try File.write("\(folder)/openssl.cnf", "openssl_conf = poison\n[poison]\nengines = poison\n")
    }

    /// Runs `trustctl` traced, and checks all its calls.
    @discardableResult
    private static func traced(_ arguments: String..., in scene: some TrustScene, exit codes: Set<Int32> = [0]) throws -> SystemCallTrace {
        try traced(arguments, by: scene.operator, in: scene.folder, exit: codes)
    }

    @discardableResult
    private static func traced(
        _ arguments: [String], by person: Operator, in scene: SceneFolder, exit codes: Set<Int32> = [0]
    ) throws -> SystemCallTrace {
        let poison = scene("poison")
        let folder = scene("trace.\(UInt64.random(in: 0...UInt64.max))")
        mkdir(folder, 0o755)
        var person = person
        person.prefix += SystemCallTrace.prefix(into: folder, environment: Self.poison(poison))
        let outcome = try person.start(arguments).wait(timeout: .seconds(600))
        let what = "trustctl \(arguments.joined(separator: " "))"
        #expect(codes.contains(outcome.exitCode), "\(outcome)")
        let trace = try SystemCallTrace(in: folder)

        for call in trace.started {
            #expect(call.name == "execve" && programs.contains(call.texts.first ?? ""), "\(what) started \(call)")
            #expect(Array(call.texts.suffix(3)) == environment && call.arguments.split(separator: "[").count == 3, "\(what): \(call)")
        }
        for call in trace.own + trace.foreign {
            #expect(!call.arguments.contains(poison), "\(what) followed a hostile variable: \(call)")
        }
        #expect(!File.exists("\(poison)/ran"), "\(what) ran a program by PATH")
        for call in trace.own where call.path.hasPrefix(scene("state")) { judge(call, what, scene) }
        for call in trace.foreign {
            #expect(!call.path.hasPrefix(scene("state")), "\(what) lets another program read the queue: \(call)")
        }
        return trace
    }

    /// Files of the queue are opened in a folder that was opened once, without following links, without waiting, and are not inherited.
    private static func judge(_ call: SystemCallTrace.Call, _ what: String, _ scene: SceneFolder) {
        let folders = [scene("state/pending"), scene("state/position")]
        if folders.contains(call.path) {
            #expect(call.has("O_RDONLY", "O_DIRECTORY", "O_NOFOLLOW", "O_CLOEXEC"), "\(what): \(call)")
        } else if folders.contains(where: { call.path == "\($0)/." }) {
            #expect(call.has("O_RDONLY", "O_DIRECTORY", "O_CLOEXEC"), "\(what): \(call)")
        } else {
            #expect(call.name == "openat" && call.texts.first?.contains("/") == false, "\(what) opened by an absolute path: \(call)")
            #expect(call.has("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC"), "\(what): \(call)")
        }
    }

    @Test("on Debian trustctl runs no shell, passes a clean environment, and opens the queue safely")
    func debian() throws {
        var options = DebianScene.Options()
        options.isBare = true
        try DebianScene.run(options) { scene in
            try Self.layPoison(in: scene.folder)
            let setup = try Self.traced("setup", "--yes", in: scene)
            #expect(setup.started.contains { $0.texts.first == "/usr/sbin/update-exim4.conf" }, "\(setup.started)")
            let daemon = try scene.startDaemon()
            let alice = "\(try scene.refusedClient("alice").fingerprint)"
            let bob = "\(try scene.refusedClient("bob").fingerprint)"
            for format in ["--state=pending", "--json"] {
                let list = try Self.traced("list", format, in: scene)
                #expect(
                    list.own.contains { $0.path == scene.folder("state/pending/\(alice)") }, "the trace does not show the entry being read")
                #expect(list.started.isEmpty, "\(list.started)")
            }
            try Self.traced("show", alice, in: scene)
            let approve = try Self.traced("approve", alice, "--label", "alice", "--yes", in: scene)
            #expect(approve.started.contains { PrivateExim.binary == $0.texts.first }, "\(approve.started)")
            try Self.traced("history", "--verify", in: scene)
            try Self.traced("undo", "2", "--yes", in: scene)
            try Self.traced("approve", alice, "--yes", in: scene)
            try Self.traced("revoke", alice, "--yes", in: scene)
            try Self.traced("deny", alice, "--yes", in: scene)
            try Self.traced("forget", bob, "--yes", in: scene)
            try Self.traced("status", in: scene)
            try Self.traced("doctor", in: scene, exit: [0, 78])
            try Self.traced("setup", "--remove", "--yes", in: scene)
            try daemon.stop()
        }
    }

    @Test("with one configuration file trustctl is as careful as on Debian")
    func oneFile() throws {
        try RelayScene.run { scene in
            try Self.layPoison(in: scene.folder)
            let daemon = try scene.startDaemon()
            let alice = "\(try scene.refusedClient("alice").fingerprint)"
            try Self.traced("list", in: scene)
            try Self.traced("approve", alice, "--yes", in: scene)
            try Self.traced("revoke", alice, "--disconnect", "--yes", in: scene)
            try Self.traced("doctor", in: scene, exit: [0, 78])
            try Self.traced("setup", "--dry-run", in: scene, exit: [0, 65, 78])
            try daemon.stop()
        }
    }

    @Test("the client's commands are as careful, and never open the queue")
    func client() throws {
        try RelayScene.run { scene in
            try Self.layPoison(in: scene.folder)
            let relay = "127.0.0.1:\(scene.exim.port)"
            try ClientMachine.run(in: scene.folder, split: true, smarthost: "127.0.0.1::\(scene.exim.port)") { machine in
                func traced(_ words: String..., exit codes: Set<Int32> = [0]) throws -> SystemCallTrace {
                    let arguments = ["client"] + words + ["--dir", scene.folder("m/client")]
                    let trace = try Self.traced(arguments, by: machine.operator, in: scene.folder, exit: codes)
                    #expect(!trace.own.contains { $0.path.hasPrefix(scene.folder("state")) }, "\(words) opens the queue")
                    return trace
                }
                // trustctl asks Exim which group must be able to read the key.
                #expect(try traced("new", "--name", "alice.laptop").started.allSatisfy { $0.texts.first != "/usr/sbin/update-exim4.conf" })
                let server = try ProgramRun.run(
                    "openssl", ["x509", "-in", scene.folder("server.pem"), "-noout", "-fingerprint", "-sha256"])
                #expect(try traced("pin", relay, "--fingerprint", String(server.output.dropLast())).started.isEmpty)
                // 10: the relay does not trust this client yet. Exim is asked what it would do with mail, and nothing else is started.
                let check = try traced("check", relay, exit: [10])
                #expect(check.started.allSatisfy { $0.texts.first == "/usr/sbin/exim4" }, "\(check.started)")
                let setup = try traced("setup", relay, "--yes")
                #expect(setup.started.contains { $0.texts.first == "/usr/sbin/update-exim4.conf" }, "\(setup.started)")
                _ = try traced("renew", exit: [10])
                _ = try traced("setup", "--remove", "--yes")
            }
        }
    }
}
