import Glibc
import Testing
import TrustTestSupport

@Suite("An operator without root decides in a fleet, through trustsync")
struct SyncOperatorTests {
    /// A host where somebody who is not root may read what root keeps, and may leave decisions.
    private func open(_ host: SyncHost, _ scene: SyncScene) throws -> Operator {
        chmod(host("trustsync/outbox"), 0o1777)
        chown(host("ledger/ledger"), 0, Owner.daemon.gid)
        chown(scene.folder("key"), Owner.daemon.uid, Owner.daemon.gid)
        var person = host.operator
        person.prefix = TrustDaemon.withoutPrivileges
        return person
    }

    @Test(
        "his approval is in the database and on another console; he needs no root",
        .skipped(by: TrustDaemon.privilegeObstacle))
    func sent() throws {
        try SyncScene.run { scene in
            let (h1, h2) = (scene.hosts[0], scene.hosts[1])
            let person = try open(h1, scene)
            let digits = String(repeating: "7", count: 64)
            try h1.following { _ in
                try h2.following { _ in
                    for host in [h1, h2] { try host.waitUntilStatus(" notified ") }
                    let run = try person.start(["approve", digits, "--sign-with", scene.key, "--yes", "--wait-fleet", "100"])
                    try waitUntil("it is sent: \(run.errorsSoFar)") {
                        try h1.takeInbox()
                        return !run.isRunning
                    }
                    let sent = try run.wait()
                    #expect(sent.exitCode == 0 && sent.errors.contains("sent: the fleet's database and this host have it"), "\(sent)")
                    #expect(h1.outbox.isEmpty)
                    let digest = try #require(try scene.digests().first { try h1.has($0) && scene.isHead($0, on: h1) })
                    try h2.waitUntilIts(digest)
                }
            }
        }
    }

    @Test(
        "while the database is away an approval waits (75), and a revocation says STILL TRUSTED (70)",
        .skipped(by: TrustDaemon.privilegeObstacle))
    func away() throws {
        try SyncScene.run(["h1"]) { scene in
            let host = scene.hosts[0]
            let digits = String(repeating: "7", count: 64)
            _ = try host.operator.start(["approve", digits, "--sign-with", scene.key, "--yes"]).wait().done()
            let person = try open(host, scene)
            let other = String(repeating: "8", count: 64)
            let approval = try person.start(["approve", other, "--sign-with", scene.key, "--yes", "--wait-fleet", "0"]).wait()
            #expect(approval.exitCode == 75 && approval.errors.contains("signed, and not sent yet: it waits in "), "\(approval)")
            let revocation = try person.start(["revoke", digits, "--sign-with", scene.key, "--yes", "--wait-fleet", "0"]).wait()
            #expect(revocation.exitCode == 70 && revocation.errors.contains("\(digits) may be STILL TRUSTED"), "\(revocation)")
            #expect(host.outbox.count == 2)
            // The database comes back.
            #expect(try host.once().exitCode == 0)
            try host.takeInbox()
            #expect(try host.once().exitCode == 0)
            #expect(host.outbox.isEmpty)
            #expect(try scene.digests().count == 4)
            // Nobody else's outbox: without the right to write there, it is refused before anything is signed.
            chown(host("trustsync/outbox"), 0, 0)
            chmod(host("trustsync/outbox"), 0o755)
            let refused = try person.start(["approve", other, "--sign-with", scene.key, "--yes"]).wait()
            #expect(refused.exitCode == 77 && !refused.errors.contains("signed:"), "\(refused)")
        }
    }
}
