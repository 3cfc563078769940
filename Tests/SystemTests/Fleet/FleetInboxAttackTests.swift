import Glibc
import Testing
import TrustTestSupport

@Suite("A relay whose inbox somebody fills with what is no pack of its fleet")
struct FleetInboxAttackTests {
    /// Each of these in the inbox, with a good pack beside it. What is made must not change, and must not stay.
    private static let attacks = [
        "link to /etc/shadow", "link to itself", "FIFO", "device", "socket", "folder", "deep folder", "full folder", "hard link",
        "name that is no text", "name for a terminal", "empty file", "four mebibytes", "more than may be read at once",
        "another fleet's pack",
        "half a pack", "forged pack", "lying sizes", "list of the relay",
    ]

    @Test("a link, a FIFO, a device, folders, garbage and another fleet's pack are removed, and the good pack beside is live")
    func kinds() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let inbox = try FleetInbox(mx2)
            let thief = try scene.makeKey("thief")
            let foreign = mx1.folder("foreign.pack")
            try scene.trustctl(["fleet", "init", "example-mail", "--key", thief, "--output", foreign])
            let secret = mx2.folder("secret")
            let shadow = try File.read("/etc/shadow")
            for (number, attack) in Self.attacks.enumerated() {
                let client = try mx1.makeClient("client\(number)")
                _ = try scene.decide(0, "approve", "\(client.fingerprint)").done()
                let good = try scene.pack(0)
                try File.write(secret, "nobody's\n", mode: 0o600)
                let name = inbox("0-attack")
                switch attack {
                case "link to /etc/shadow": symlink("/etc/shadow", name)
                case "link to itself": symlink(name, name)
                case "FIFO": mkfifo(name, 0o666)
                // Would never end.
                case "device": mknod(name, S_IFCHR | 0o666, 1 << 8 | 5)
                case "socket":
                    let made = try ProgramRun.run(
                        "python3", ["-c", "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", name])
                    #expect(made.exitCode == 0, "\(made)")
                case "folder": mkdir(name, 0o777)
                case "deep folder":
                    let made = try ProgramRun.run(
                        "python3",
                        ["-c", "import os, sys\nos.chdir(sys.argv[1])\nfor _ in range(3000): os.mkdir('0-d'); os.chdir('0-d')", inbox.path])
                    #expect(made.exitCode == 0, "\(made)")
                case "full folder":
                    mkdir(name, 0o777)
                    for file in 0..<50 { try File.write("\(name)/\(file)", "x") }
                    symlink(secret, "\(name)/link")
                    mkfifo("\(name)/fifo", 0o666)
                case "hard link": link(secret, name)
                case "name that is no text": try badName(inbox.path)
                case "name for a terminal": try inbox.put("x", as: "0\u{1B}[2J\n\u{202E}")
                case "empty file": try inbox.put([], as: "0-attack")
                case "four mebibytes": try inbox.put(garbage(4 << 20), as: "0-attack")
                case "more than may be read at once": truncate(try made(name), (64 << 20) + 1)
                case "another fleet's pack": try inbox.put(Array(File.read(foreign).utf8), as: "0-attack")
                case "half a pack": try inbox.put(Array(good.prefix(good.count / 20)), as: "0-attack")
                case "forged pack":
                    var forged = try scene.records(0)[0]
                    forged[forged.count - 200] ^= 1
                    try inbox.put(forged, as: "0-attack")
                case "lying sizes": try inbox.put("trust-record 262144 4096\nx", as: "0-attack")
                default: try inbox.put(mx2.listText, as: "0-attack")
                }
                try inbox.put(good, as: "1-good.pack")
                let applied = try inbox.apply().done()
                #expect(applied.output.hasPrefix("kept: 1 new decision,") && applied.errors.contains("left out: "), "\(attack): \(applied)")
                #expect(!applied.errors.contains("\u{1B}") && !applied.errors.contains("root:"), "\(attack): \(applied)")
                let left = inbox.names
                #expect(left.isEmpty, "\(attack): \(left)\(applied)")
                #expect(try scene.reply(1, client) == 250, "\(attack)")
                #expect(try File.read(secret) == "nobody's\n", "\(attack)")
            }
            #expect(try File.read("/etc/shadow") == shadow)
            #expect(try mx2.trustctl("fleet", "verify").exitCode == 0)
            let copies = inbox.copies
            #expect(!copies.isEmpty && copies.count <= 100)
            for copy in copies { #expect(try File.read(mx2.folder("ledger/fleet/refused/\(copy)")).utf8.count <= 65_536 * 3) }
            let mode = try ProgramRun.run("stat", ["-c", "%a %U", mx2.folder("ledger/fleet/refused")]).output
            #expect(mode == "700 root\n")
        }
    }

    private func made(_ name: String) throws -> String {
        try File.write(name, bytes: [])
        return name
    }

    private func badName(_ folder: String) throws {
        let made = try ProgramRun.run(
            "python3", ["-c", "import os, sys; os.close(os.open(os.fsencode(sys.argv[1]) + b'/0\\xff\\xfe', os.O_CREAT))", folder])
        #expect(made.exitCode == 0, "\(made)")
    }

    private func garbage(_ count: Int) -> [UInt8] {
        var random = Randomness("inbox")
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    @Test("a file that grows without end while it is read, and one that is exchanged, stop nothing")
    func moving() throws {
        try FleetScene.founded(2) { scene in
            let inbox = try FleetInbox(scene.relays[1])
            let script = """
                import os, sys
                grows = open('0-grows', 'ab', 0)
                os.mkfifo('.fifo')
                open('.file', 'w').write('x')
                os.mkdir('.folder')
                size = 0
                while True:
                    if size < 200 << 20: size += grows.write(b'x' * 65536)
                    for one in ['.file', '.fifo', '.folder']:
                        try: os.rename(one, '0-exchanged')
                        except OSError: pass
                        for taken in ['0-exchanged'] + [n for n in os.listdir('.') if n.startswith('.taken-')]:
                            try: os.rename(taken, one); break
                            except OSError: pass
                        else:
                            try: open('.file', 'w').write('x')
                            except OSError: pass
                """
            let attacker = try ProgramRun(starting: "sh", ["-c", "cd \"$1\" && exec python3 -c \"$2\"", "sh", inbox.path, script])
            defer { attacker.send(SIGKILL) }
            try waitUntil("the attacker is at work") { inbox.names.contains("0-grows") }
            for number in 0..<5 {
                let client = try scene.relays[0].makeClient("client\(number)")
                _ = try scene.decide(0, "approve", "\(client.fingerprint)").done()
                // He exchanges what we have taken, too: a pack may need to come again, and nothing else happens.
                try waitUntil("the approval is live") {
                    try inbox.put(try scene.pack(0), as: "1-good.pack")
                    let applied = try inbox.apply()
                    #expect(applied.exitCode == 0 || applied.errors.contains("the inbox cannot be emptied"), "\(applied)")
                    return try scene.reply(1, client) == 250
                }
            }
            attacker.send(SIGKILL)
            _ = try? attacker.wait()
            try waitUntil("the inbox is empty") {
                try inbox.apply()
                return inbox.names.allSatisfy { [".fifo", ".file", ".folder"].contains($0) }
            }
            #expect(try scene.relays[1].trustctl("fleet", "verify").exitCode == 0)
        }
    }

    @Test("2,000 files of garbage are removed at once, root keeps a hundred, and what is good among them is live")
    func many() throws {
        try FleetScene.founded(2) { scene in
            let inbox = try FleetInbox(scene.relays[1])
            let alice = try scene.relays[0].makeClient("alice")
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            for number in 0..<2_000 { try inbox.put("garbage \(number)", as: "\(1000 + number)") }
            let records = try scene.records(0)
            for (number, record) in records.enumerated() { try inbox.put(record, as: "1999-\(number)") }
            let applied = try inbox.apply().done()
            #expect(inbox.names.isEmpty, "\(applied)")
            #expect(inbox.copies.count == 100, "\(inbox.copies)")
            #expect(try scene.reply(1, alice) == 250)
            #expect(applied.errors.split(separator: "\n").count < 30, "\(applied)")
        }
    }

    @Test("an inbox without any right is read; one that is a link or a file is not, and what is kept is made so all the same")
    func unreadable() throws {
        try FleetScene.founded(2) { scene in
            let (mx1, mx2) = (scene.relays[0], scene.relays[1])
            let inbox = try FleetInbox(mx2)
            let (alice, bob) = (try mx1.makeClient("alice"), try mx1.makeClient("bob"))
            _ = try scene.decide(0, "approve", "\(alice.fingerprint)").done()
            try inbox.put(try scene.pack(0))
            chmod(inbox.path, 0)
            try inbox.apply().done()
            #expect(try scene.reply(1, alice) == 250)
            #expect(inbox.names.isEmpty)

            _ = try scene.decide(0, "approve", "\(bob.fingerprint)").done()
            _ = try mx2.trustctl("fleet", "import", try scene.export(0), "--keep-only").done()
            rmdir(inbox.path)
            let elsewhere = mx2.folder("elsewhere")
            try mx2.folder.makeFolder("elsewhere")
            try File.write("\(elsewhere)/file", "stays")
            symlink(elsewhere, inbox.path)
            for options in [["--unit"], []] {
                let refused = try mx2.operator.start(["fleet", "apply"] + options).wait()
                #expect(refused.exitCode == 78 && refused.errors.contains("the inbox cannot be read"), "\(refused)")
                #expect(try scene.reply(1, bob) == 250)
            }
            #expect(File.names(in: elsewhere) == ["file"])
            unlink(inbox.path)
            try File.write(inbox.path, "a file")
            #expect(try inbox.apply().exitCode == 78)
            #expect(try File.read(inbox.path) == "a file")
        }
    }

    @Test("whoever fills the inbox has root's program started once a second at most, and decides nothing")
    func takenOver() throws {
        try FleetScene.founded(2) { scene in
            let inbox = try FleetInbox(scene.relays[1])
            try inbox.apply().done()
            let store = scene.store(1)
            let known = try scene.pack(1)
            for (name, bytes) in [("garbage", Array("garbage".utf8)), ("known", known)] {
                try inbox.put(bytes, as: name)
                let start = ContinuousClock.now
                let applied = try inbox.apply("--unit").done()
                #expect(ContinuousClock.now - start >= .seconds(1), "\(name): \(applied)")
                #expect(inbox.names.isEmpty && scene.store(1) == store, "\(name)")
                #expect(!applied.output.contains("done:"), "\(name): \(applied)")
            }
            // What is damaged here is not mended by what comes, and what comes is not removed unread.
            let path = inbox.relay.folder("ledger/fleet/out/decisions")
            var damaged = store
            damaged[5] ^= 0x20
            try File.write(path, bytes: damaged)
            try inbox.put(known, as: "known")
            let start = ContinuousClock.now
            let refused = try inbox.apply("--unit")
            #expect(refused.exitCode == 78 && inbox.names == ["known"], "\(refused)")
            #expect(ContinuousClock.now - start >= .seconds(1))
        }
    }
}
