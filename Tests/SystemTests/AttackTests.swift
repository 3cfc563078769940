import Glibc
import Testing
import TrustTestSupport

/// Attacks by other users of the machine, and mistakes of a hurried operator, that could make trustctl say `done` of what is not done.
@Suite("Revocation never fails silently")
struct AttackTests {
    func withFriend(_ body: (RelayScene, ClientCertificate) throws -> Void) throws {
        try RelayScene.run { scene in
            let friend = try scene.makeClient("friend")
            let approved = try scene.trustctl("approve", "\(friend.fingerprint)", "--label", "friend", "--yes")
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: friend) == 250)
            try body(scene, friend)
        }
    }

    @Test("revoke after a hand edit without a reload: done only when Exim refuses the client")
    func removedByHand() throws {
        try withFriend { scene, friend in
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS =\n")
            #expect(try scene.reply(to: friend) == 250)
            let revoked = try scene.trustctl("revoke", "\(friend.fingerprint)", "--yes")
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: friend) == 550)
        }
    }

    @Test(
        "deny and undo after a hand edit without a reload make Exim refuse the client",
        arguments: [["deny"], ["deny", "deny"], ["undo"]])
    func removedByHandAndDenied(commands: [String]) throws {
        try withFriend { scene, friend in
            let name = "\(friend.fingerprint)"
            if commands.count > 1 {
                // Denied first, then approved by hand, then removed by hand. Exim's loaded list counts, not the file alone.
                let list = scene.listText
                #expect(try scene.trustctl("deny", name, "--yes").exitCode == 0)
                try scene.folder.write("etc/relay_from_certs", list)
                try scene.exim.reload()
                #expect(try scene.reply(to: friend) == 250)
            }
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS =\n")
            #expect(try scene.reply(to: friend) == 250)
            let outcome = try scene.trustctl(commands[0], commands[0] == "undo" ? "1" : name, "--yes")
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(try scene.reply(to: friend) == 550, "\(outcome)")
        }
    }

    @Test("deny and revoke fail with STILL TRUSTED if Exim cannot reload a hand-edited list")
    func removedByHandAndBroken() throws {
        try withFriend { scene, friend in
            try scene.folder.write("etc/relay_from_certs", "RELAY_FROM_CERTS =\n")
            try scene.folder.write("exim.conf", "no_such_option = 1\n" + scene.folder.read("exim.conf"))
            for command in ["deny", "revoke"] {
                let outcome = try scene.trustctl(command, "\(friend.fingerprint)", "--yes")
                #expect(outcome.exitCode == 65 && outcome.errors.contains("STILL TRUSTED"), "\(outcome)")
            }
            #expect(try scene.reply(to: friend) == 250)
        }
    }

    @Test("with the list missing, trustctl says STILL TRUSTED, or that it does not know", arguments: [false, true])
    func listGone(isLink: Bool) throws {
        try RelayScene.run { scene in
            let friend = try scene.makeClient("friend")
            var list = scene.folder("etc/relay_from_certs")
            if isLink {
                try #require(mkdir(scene.folder("etc/there"), 0o755) == 0)
                try #require(rename(list, scene.folder("etc/there/list")) == 0)
                try #require(symlink("there/list", list) == 0)
                list = scene.folder("etc/there/list")
            }
            try scene.approve(friend, label: "friend")
            #expect(try scene.reply(to: friend) == 250)
            let name = "\(friend.fingerprint)"
            try #require(rename(list, scene.folder("etc/aside")) == 0)
            for words in [["revoke", name], ["revoke", "friend"], ["deny", name], ["undo", "1"]] {
                let outcome = try scene.trustctl(words[0], words[1], "--yes")
                #expect(outcome.exitCode == 78 && outcome.errors.contains("is missing"), "\(outcome)")
                #expect(outcome.errors.contains("STILL TRUSTED"), "\(outcome)")
            }
            for words in [["list", "--state=approved"], ["list", "--json"], ["show", name]] {
                #expect(try scene.trustctl(words[0], words[1]).errors.contains("what Exim trusts is unknown"), "\(words)")
            }
            #expect(try scene.reply(to: friend) == 250)
            try #require(rename(scene.folder("etc/aside"), list) == 0)
            #expect(try scene.operator.state(of: friend) == "approved")
            #expect(File.names(in: scene.folder("ledger/denied")).isEmpty)
            #expect(try scene.trustctl("revoke", name, "--yes").exitCode == 0)
            #expect(try scene.reply(to: friend) == 550)
        }
    }

    @Test("with the digest of no certificate in the list, a failed revoke says STILL TRUSTED")
    func poisonInTheList() throws {
        try withFriend { scene, friend in
            let list = scene.listText
            let digest = "5AC531111CF1F39655189204360A8A214E0BD1F8F2A7B8A1BB6D29B627CB4E6C"
            let both = "\(friend.fingerprint) : \(digest)"
            try scene.folder.write("etc/relay_from_certs", list.replacing("\(friend.fingerprint)", with: both))
            for command in ["revoke", "deny"] {
                let outcome = try scene.trustctl(command, "\(friend.fingerprint)", "--yes")
                #expect(outcome.exitCode != 0 && outcome.errors.contains("STILL TRUSTED"), "\(outcome)")
            }
            #expect(try scene.reply(to: friend) == 250)
        }
    }

    @Test("with standard output and error closed, no message ends in the ledger, lock or list")
    func closedDescriptors() throws {
        try withFriend { scene, friend in
            func closed(_ words: String) throws -> Int32 {
                try ProgramRun.run(
                    "sh", ["-c", "exec '\(BuiltPrograms.trustctl)' \(words) --config '\(scene.folder("etc/trustd.conf"))' <&- >&- 2>&-"]
                ).exitCode
            }
            let alice = try scene.makeClient("alice")
            #expect(try closed("approve \(alice.fingerprint) --yes --json") == 0)
            #expect(try closed("revoke \(friend.fingerprint) --yes") == 0)
            #expect(try closed("list --state all --json") == 78)
            #expect(try scene.reply(to: alice) == 250)
            #expect(try scene.reply(to: friend) == 550)
            let verified = try scene.trustctl("history", "--verify")
            #expect(verified.exitCode == 0 && verified.errors.isEmpty, "\(verified)")
            #expect(try scene.folder.read("ledger/lock").split(separator: "\n").count == 1)
            #expect(try scene.trusted == ["\(alice.fingerprint)"])
        }
    }

    @Test("output that cannot be written fails a listing, but not a completed revoke") func fullOutput() throws {
        try withFriend { scene, friend in
            func full(_ words: String) throws -> ProgramRun.Outcome {
                try ProgramRun.run(
                    "sh", ["-c", "exec '\(BuiltPrograms.trustctl)' \(words) --config '\(scene.folder("etc/trustd.conf"))' >/dev/full"])
            }
            for words in ["list --state all", "list --state=all --json", "show \(friend.fingerprint)", "history", "history --verify"] {
                let outcome = try full(words)
                #expect(outcome.exitCode == 78 && outcome.errors.contains("part of the output is lost"), "\(words): \(outcome)")
            }
            let revoked = try full("revoke \(friend.fingerprint) --yes --json")
            #expect(revoked.exitCode == 0 && revoked.errors.contains("part of the output is lost"), "\(revoked)")
            #expect(try scene.reply(to: friend) == 550)
        }
    }

    @Test(
        "root does not run the program that SWIFT_BACKTRACE names, on Ctrl-\\ or a crash",
        .enabled(if: Sanitizer.isOff, "a sanitizer takes these signals"), arguments: [SIGQUIT, SIGSEGV])
    func backtrace(signal: CInt) throws {
        try withFriend { scene, friend in
            let program = scene.folder("backtrace")
            try scene.folder.write("backtrace", "#!/bin/sh\n: >'\(scene.folder("ran"))'\n", mode: 0o755)
            let holder = try ProgramRun(starting: "flock", [scene.folder("ledger/lock"), "sleep", "1000"])
            try waitUntil("the lock is held") {
                try ProgramRun.run("flock", ["--nonblock", scene.folder("ledger/lock"), "true"]).exitCode != 0
            }
            try #require(rmdir(scene.folder("ledger/denied")) == 0)
            let revoke = try ProgramRun(
                starting: BuiltPrograms.trustctl,
                ["revoke", "\(friend.fingerprint)", "--yes", "--wait", "1000", "--config", scene.folder("etc/trustd.conf")],
                environment: ["SWIFT_BACKTRACE": "enable=yes,color=no,swift-backtrace=\(program)", "SWIFT_ROOT": "\(scene.folder.path)"])
            // trustctl makes this folder before it waits. From then on the runtime's signal handlers, if any, are installed.
            try waitUntil("trustctl waits for the lock") { File.exists(scene.folder("ledger/denied")) }
            revoke.send(signal)
            // Where Swift is installed, its own program reports the crash, and the program that got the signal goes on.
            try waitUntil("the signal has taken effect") {
                !revoke.isRunning || revoke.errorsSoFar.contains("Backtrac") || File.exists(scene.folder("ran"))
            }
            revoke.send(SIGKILL)
            let outcome = try revoke.wait()
            #expect(!File.exists(scene.folder("ran")), "\(outcome)")
            holder.sendToGroup(SIGKILL)
            try holder.wait()
        }
    }
}
