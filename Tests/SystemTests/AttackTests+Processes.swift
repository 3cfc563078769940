import Glibc
import Testing
import TrustTestSupport

/// Attacks by processes that look like the daemon.
extension AttackTests {
    @Test("an unprivileged user's own Exim with a listening socket does not prevent a revoke")
    func socketOfNobody() throws {
        try withFriend { scene, friend in
            try scene.withDecoyOfNobody(scene.folder("exim.conf")) {
                let revoked = try scene.trustctl("revoke", "friend", "--yes")
                #expect(revoked.exitCode == 0, "\(revoked)")
                #expect(try scene.reply(to: friend) == 550)
            }
        }
    }

    @Test("an Exim that waits for its port with the old list: STILL TRUSTED, then done once it serves")
    func starting() throws {
        try withFriend { scene, friend in
            try scene.exim.stop()
            let occupant = try ProgramRun(
                starting: "python3",
                [
                    "-c",
                    """
                    import socket, sys, time
                    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(1); open(sys.argv[2], "w").close(); time.sleep(3600)
                    """, "\(scene.exim.port)", scene.folder("occupied"),
                ])
            defer {
                occupant.send(SIGKILL)
                _ = try? occupant.wait()
            }
            try waitUntil("the port is taken") { File.exists(scene.folder("occupied")) }
            let exim = try ProgramRun(starting: PrivateExim.binary, ["-C", scene.folder("exim.conf"), "-bd", "-q30m"])
            try waitUntil("Exim waits for its port") { scene.exim.logText.contains("waiting 1s") }
            let revoked = try scene.trustctl("revoke", "friend", "--yes")
            #expect(revoked.exitCode == 78, "\(revoked)")
            #expect(revoked.errors.contains("STILL TRUSTED"), "\(revoked)")
            occupant.send(SIGKILL)
            try waitUntil("Exim serves") { (try? scene.reply(to: friend)) == 250 }
            let again = try scene.trustctl("revoke", "friend", "--yes")
            #expect(again.exitCode == 0, "\(again)")
            #expect(try scene.reply(to: friend) == 550)
            _ = try? exim.wait()
        }
    }

    @Test("where nothing can be mounted, copies are checked, including files included in an ACL")
    func withoutMounts() throws {
        try withFriend { scene, friend in
            let alice = try scene.makeClient("alice")
            func withoutMounting(_ arguments: [String]) throws -> ProgramRun.Outcome {
                try ProgramRun.run(
                    "setpriv",
                    ["--inh-caps=-sys_admin", "--bounding-set=-sys_admin", BuiltPrograms.trustctl] + arguments + [
                        "--yes", "--config", scene.folder("etc/trustd.conf"),
                    ])
            }
            let approved = try withoutMounting(["approve", "\(alice.fingerprint)"])
            #expect(approved.exitCode == 0, "\(approved)")
            #expect(try scene.reply(to: alice) == 250)
            let revoked = try withoutMounting(["revoke", "friend"])
            #expect(revoked.exitCode == 0, "\(revoked)")
            #expect(try scene.reply(to: friend) == 550)
            #expect(File.names(in: scene.folder("ledger")).sorted() == ["denied", "ledger", "lock"])
        }
    }

    @Test("done is never wrongly said if Exim has the list bound in its own mount namespace")
    func boundList() throws {
        try withFriend { scene, friend in
            try scene.exim.stop()
            let list = scene.folder("etc/relay_from_certs")
            let exim = try ProgramRun.run(
                "unshare",
                ["-m", "sh", "-c", "mount --bind \(list) \(list) && exec \(PrivateExim.binary) -C \(scene.folder("exim.conf")) -bd -q30m"])
            #expect(exim.exitCode == 0, "\(exim)")
            try waitUntil("Exim serves") { (try? scene.reply(to: friend)) == 250 }
            let before = scene.listText
            let revoked = try scene.trustctl("revoke", "friend", "--yes")
            let reply = try scene.reply(to: friend)
            #expect(revoked.exitCode != 0 && reply == 250 || revoked.exitCode == 0 && reply == 550, "\(revoked)")
            if revoked.exitCode != 0 {
                #expect(revoked.errors.contains("STILL TRUSTED") && scene.listText == before, "\(revoked)")
            }
        }
    }
}
