import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// What is there before a setup, and what a killed one leaves.
extension SetupAgainTests {
    @Test("setup without a terminal needs --yes, and a dry run changes nothing")
    func asking() throws {
        try DebianScene.run(Self.options(split: true)) { scene in
            let before = try scene.configurationFiles()
            let asked = try scene.trustctl("setup")
            #expect(asked.exitCode == 64 && asked.errors.contains("--yes"), "\(asked)")
            let dry = try scene.trustctl("setup", "--dry-run", "--json")
            #expect(dry.exitCode == 0 && dry.output.contains("\"outcome\" : \"dry-run\""), "\(dry)")
            #expect(!dry.output.contains("PRIVATE KEY"), "\(dry)")
            #expect(try scene.configurationFiles() == before)
            #expect(File.names(in: scene.folder("etc")) == ["trustd.conf"])
            #expect(File.names(in: scene.folder("ledger")) == ["denied", "ledger", "lock"])
        }
    }

    @Test("setup and its removal keep installed files, a list with hashes and a symbolic link")
    func installed() throws {
        try DebianScene.run(Self.options(split: false)) { scene in
            try ShippedFiles.install(in: scene.folder)
            let alice = try scene.makeClient("alice")
            try scene.folder.write("etc/relay_from_certs", "# mine\nRELAY_FROM_CERTS = \(alice.fingerprint)\n")
            // The administrator keeps it under version control elsewhere.
            try scene.folder.write("fs/etc-exim4/mine", File.read(scene.localMacros))
            try ProgramRun.run("ln", ["-sf", "mine", scene.localMacros])
            let before = try scene.configurationFiles()
            let ours = try ProgramRun.run("sh", ["-c", "cd '\(scene.folder("etc"))' && find . -type f | sort | xargs sha256sum"]).output

            let setup = try scene.trustctl("setup", "--yes")
            #expect(setup.exitCode == 0, "\(setup)")
            #expect(setup.errors.contains("a certificate in it may relay then"), "\(setup)")
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.folder.read("fs/etc-exim4/mine").contains(".include"))
            let removed = try scene.trustctl("setup", "--remove", "--yes")
            #expect(removed.exitCode == 0, "\(removed)")
            #expect(try scene.configurationFiles() == before)
            #expect(
                try ProgramRun.run("sh", ["-c", "cd '\(scene.folder("etc"))' && find . -type f | sort | xargs sha256sum"]).output == ours)
        }
    }

    @Test("the next change removes what a killed setup left, unless it is still in use")
    func leftOver() throws {
        try DebianScene.run(Self.options(split: true)) { scene in
            try scene.folder.makeFolder("ledger/setup.1")
            try scene.folder.write("ledger/setup.1/passwd.client", "*:user:secret\n", mode: 0o640)
            try scene.folder.makeFolder("ledger/setup.2")
            let inUse = try ProgramRun(starting: "flock", [scene.folder("ledger/setup.2"), "sleep", "1000"])
            try waitUntil("the folder is locked") {
                try ProgramRun.run("flock", ["--nonblock", scene.folder("ledger/setup.2"), "true"]).exitCode != 0
            }
            let done = try scene.trustctl("deny", String(repeating: "A1", count: 32), "--yes")
            #expect(done.exitCode == 0, "\(done)")
            #expect(File.names(in: scene.folder("ledger")) == ["denied", "ledger", "lock", "setup.2"])
            inUse.sendToGroup(SIGKILL)
            try inUse.wait()
        }
    }

    @Test("after a setup killed at any moment, the next command completes or undoes it")
    func killed() throws {
        try DebianScene.run(Self.options(split: true)) { scene in
            let before = try scene.configurationFiles()
            for milliseconds in [300, 700, 1_100, 1_500, 1_900, 2_300] {
                let run = try scene.operator.start(["setup", "--yes"])
                usleep(UInt32(milliseconds) * 1_000)
                run.send(SIGKILL)
                try run.wait()
                #expect(try scene.trustctl("list").exitCode == 0)
                let isThere = File.exists(scene.folder("etc/exim/debian/unknown"))
                #expect(try (scene.configurationFiles() == before) == !isThere)
                #expect(try scene.exim.ask("-bV").exitCode == 0)
                let removed = try scene.trustctl("setup", "--remove", "--yes")
                #expect(removed.exitCode == 0, "\(removed)")
                #expect(try scene.configurationFiles() == before)
                // On a slow machine it is killed before it has made any of them.
                #expect(Set(File.names(in: scene.folder("ledger"))).isSubset(of: ["denied", "ledger", "lock", "setup"]))
            }
        }
    }
}
