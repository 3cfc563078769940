import Glibc
import Testing
import TrustCore
import TrustTestSupport

/// `renew = same-key` and `renew = signed` in trustd.conf.
@Suite("Renewals that are approved without a person, and what keeps them from it")
struct RenewalPolicyTests {
    private static let sameKey = "renew = same-key\n"

    /// Waits with this certificate, as the log says.
    private func wait(_ clients: ClientCertificate..., in scene: RelayScene) throws {
        for client in clients {
            #expect(try scene.reply(to: client) == 550)
            try scene.operator.waitUntilPending(client)
        }
    }

    /// `admit` approves nobody, and says why where the one that waits renews another one.
    private func refuses(_ reason: String?, in scene: RelayScene, _ place: SourceLocation = #_sourceLocation) throws {
        let before = try scene.trusted
        let done = try scene.trustctl("admit")
        #expect(done.exitCode == 0 && !done.output.contains("done:"), "\(done)", sourceLocation: place)
        if let reason {
            #expect(done.errors.contains("but you must decide: ") && done.errors.contains(reason), "\(done)", sourceLocation: place)
        } else {
            #expect(!done.errors.contains("but you must decide"), "\(done)", sourceLocation: place)
        }
        #expect(try scene.trusted == before, sourceLocation: place)
    }

    @Test("admit approves a renewal with the same key: label, ledger and undo are as by hand")
    func sameKey() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            let next = try scene.successor(of: laptop, "laptop")
            let stranger = try scene.makeClient("stranger")
            try wait(next, stranger, in: scene)
            let done = try scene.trustctl("admit")
            #expect(done.exitCode == 0, "\(done)")
            #expect(done.output.contains("done: approve \(next.fingerprint) (laptop), which renews laptop"), "\(done)")
            #expect(try scene.trusted == ["\(laptop.fingerprint)", "\(next.fingerprint)"])
            #expect(try scene.reply(to: next) == 250)
            #expect(try scene.reply(to: laptop) == 250)
            #expect(try scene.reply(to: stranger) == 550)
            let history = try scene.trustctl("history", "--json").output
            #expect(history.contains("\"renews\" : \"\(laptop.fingerprint)\"") && history.contains("renew = same-key in "), "\(history)")
            #expect(try scene.trustctl("history", "--verify").exitCode == 0)
            #expect(try scene.operator.entries("approved").first { $0.fingerprint == "\(next.fingerprint)" }?.label == "laptop")
            try refuses(nil, in: scene)

            // The attack: whoever has the key keeps making more. A third one waits, also when it is the only one.
            let third = try scene.successor(of: laptop, "laptop")
            try wait(third, in: scene)
            try refuses("approved already", in: scene)
            let card = try scene.trustctl("show", "\(third.fingerprint)")
            #expect(card.output.contains("not approved without a person: "), "\(card)")

            // What was taken back does not come in by itself again.
            #expect(try scene.trustctl("undo", "2", "--yes").exitCode == 0)
            try wait(next, in: scene)
            try refuses("was taken back on", in: scene)
            #expect(try scene.trusted == ["\(laptop.fingerprint)"])
        }
    }

    @Test("by default, and with off, admit approves no renewal; with off none is shown as one")
    func ways() throws {
        try RelayScene.run { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            let next = try scene.successor(of: laptop, "laptop")
            try wait(next, in: scene)
            try refuses(nil, in: scene)
            try scene.writeSettings("renew = propose\n")
            try refuses(nil, in: scene)
            #expect(try scene.trustctl("list").output.contains("renews laptop (same key, ends "))
            try scene.writeSettings("renew = off\n")
            try refuses(nil, in: scene)
            let listed = try scene.trustctl("list")
            #expect(!listed.output.contains("renews ") && listed.output.contains("the same key as laptop"), "\(listed)")
            let refused = try scene.trustctl("approve", "--renewals", "--yes")
            #expect(refused.exitCode == 65 && refused.errors.contains("renew = off"), "\(refused)")
            try scene.writeSettings("renew = sometimes\n")
            let mistake = try scene.trustctl("admit")
            #expect(mistake.exitCode == 78 && mistake.errors.contains("off, propose, same-key, signed"), "\(mistake)")
            let daemon = try ProgramRun.run(BuiltPrograms.trustd, ["--config", scene.folder("etc/trustd.conf")])
            #expect(daemon.exitCode == 78 && daemon.errors.contains("off, propose, same-key, signed"), "\(daemon)")
        }
    }

    @Test("too early, too late, too long, and too long without a person: each alone leaves it to a person")
    func limits() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            _ = try scene.startDaemon()
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            let next = try scene.successor(of: laptop, "laptop")
            try wait(next, in: scene)
            for (setting, reason) in [
                ("renew_window = 5d", "later than renew_window allows"), ("renew_max = 30d", "longer than renew_max allows"),
                ("renew_until = 1s", "longer ago than renew_until allows"),
            ] {
                if setting.hasPrefix("renew_until") { sleep(2) }
                try scene.writeSettings(Self.sameKey + setting + "\n")
                try refuses(reason, in: scene)
            }
            // At the edges: ten days are left, and 365 are asked for.
            try scene.writeSettings(Self.sameKey + "renew_window = 10d\nrenew_max = 365d\n")
            #expect(try scene.trustctl("admit").output.contains("done: approve \(next.fingerprint)"))

            // The line was renewed today, so once more is too often, wherever its end is.
            #expect(try scene.trustctl("revoke", "\(laptop.fingerprint)", "--only", "--yes").exitCode == 0)
            let third = try scene.successor(of: laptop, "laptop")
            try wait(third, in: scene)
            try scene.writeSettings(Self.sameKey + "renew_window = 0\n")
            try refuses("renewed less than a day ago", in: scene)
        }
    }

    @Test("a renewal inherits the end of the approval, and nobody is renewed beyond it")
    func approvalEnds() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            #expect(try scene.trustctl("approve", "laptop", "--for", "40d", "--yes").exitCode == 0)
            let ends = try #require(try scene.operator.entries("approved").first?.until)
            let next = try scene.successor(of: laptop, "laptop")
            try scene.folder.queue(next)
            #expect(try scene.trustctl("admit").output.contains("done: approve \(next.fingerprint)"))
            #expect(try scene.operator.entries("approved").map(\.until) == [ends, ends])

            // The attack: a guest's certificate renews itself when his time is over.
            let guest = try scene.makeClient("guest", .expiring)
            try scene.approve(shown: guest, "guest")
            let end = Timestamp(seconds: Timestamp.now.seconds + 20)
            #expect(try scene.trustctl("approve", "guest", "--until", "\(end)", "--yes").exitCode == 0)
            try scene.folder.queue(try scene.successor(of: guest, "guest"))
            try waitUntil("his time is over") { end < .now }
            try refuses(nil, in: scene)
            // Nor does the certificate itself, when it was taken out.
            #expect(try scene.trustctl("expire", "--yes").exitCode == 0)
            try scene.folder.queue(guest)
            try refuses(nil, in: scene)
        }
    }

    @Test("the attack: a certificate that has ended is followed long afterwards")
    func expiredPredecessor() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            let old = try scene.makeClient("laptop", .expired)
            try scene.approve(shown: old, "laptop")
            let next = try scene.successor(of: old, "laptop")
            try scene.folder.queue(next)
            try refuses("longer ago than renew_grace allows", in: scene)
            try scene.writeSettings(Self.sameKey + "renew_grace = 50y\n")
            #expect(try scene.trustctl("admit").output.contains("done: approve \(next.fingerprint)"))
        }
    }

    @Test("the attack: a thief with the old certificate's file, and without its key")
    func withoutKey() throws {
        try RelayScene.run(settings: "renew = signed\n") { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            try scene.folder.makeFolder("clients/thief")
            let own = try ClientCertificate("clients/thief/laptop", in: scene.folder)
            // The old one's public key and subject, signed by a key of his own.
            let forged = scene.folder("clients/thief/forged.pem")
            let made = try ProgramRun.run(
                "sh",
                [
                    "-ec",
                    """
                    openssl x509 -in \(laptop.certificate) -pubkey -noout >\(forged).pub
                    openssl req -new -key \(own.key) -subj /CN=laptop -out \(forged).req
                    openssl x509 -req -in \(forged).req -CA \(own.certificate) -CAkey \(own.key) -force_pubkey \(forged).pub \
                        -days 365 -out \(forged)
                    """,
                ])
            #expect(made.exitCode == 0, "\(made)")
            for client in [own, try ClientCertificate(certificate: forged, key: own.key)] {
                try scene.folder.queue(client)
                try refuses(nil, in: scene)
            }
            // It is no second claim either: the owner's next one comes in.
            let next = try scene.successor(of: laptop, "laptop")
            try scene.folder.queue(next)
            #expect(try scene.trustctl("admit").output.contains("done: approve \(next.fingerprint)"))
        }
    }

    @Test("the attack: a certificate with a key that was revoked")
    func revokedKey() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            let (laptop, other) = (try scene.makeClient("laptop", .expiring), try scene.makeClient("other", .expiring))
            for (client, label) in [(laptop, "laptop"), (other, "other")] { try scene.approve(shown: client, label) }
            let next = try scene.successor(of: laptop, "laptop")
            #expect(try scene.trustctl("revoke", "laptop", "--yes").exitCode == 0)
            try scene.folder.queue(next)
            try refuses(nil, in: scene)
            // Also when somebody has approved the old one again.
            try scene.approve(shown: laptop, "laptop")
            try refuses(nil, in: scene)
            #expect(try scene.trustctl("list").output.contains("its key was revoked"))
        }
    }

    @Test("the attack: two successors of one key: neither is approved, both have a warning")
    func twoSuccessors() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            let both = [try scene.successor(of: laptop, "laptop"), try scene.successor(of: laptop, "laptop")]
            for client in both { try scene.folder.queue(client) }
            let theft = "two certificates claim to follow laptop: its key may be stolen"
            try refuses(theft, in: scene)
            for client in both { #expect(try scene.warnings(of: client.fingerprint).contains(theft)) }
            #expect(try scene.trustctl("list").output.contains("warning: \(theft)"))
            // One is rejected: that there were two is not forgotten before a person approves the other.
            #expect(try scene.trustctl("deny", "\(both[0].fingerprint)", "--yes").exitCode == 0)
            try refuses("was denied on", in: scene)
            #expect(try scene.trustctl("approve", "--renewals", "--yes").exitCode == 0)
            #expect(try scene.trusted == ["\(laptop.fingerprint)", "\(both[1].fingerprint)"])
        }
    }

    @Test("the attack: the approved key under another subject, or in an authority's certificate")
    func otherSubject() throws {
        try RelayScene.run(settings: Self.sameKey) { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            for client in [try scene.successor(of: laptop, "server"), try scene.successor(of: laptop, "laptop", .authority)] {
                try scene.folder.queue(client)
                try refuses(nil, in: scene)
            }
        }
    }

    @Test("the attack: trustd's user writes into the queue what he has seen of others")
    func trustdUser() throws {
        try RelayScene.run(settings: "renew = signed\n") { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            // An earlier certificate of that key, which has ended.
            let earlier = try scene.successor(of: laptop, "laptop", .expired)
            try scene.folder.queue(earlier)
            // His own fingerprint beside the owner's next certificate.
            let next = try scene.successor(of: laptop, "laptop")
            try scene.folder.makeFolder("clients/daemon")
            let own = try ClientCertificate("clients/daemon/laptop", in: scene.folder)
            try scene.folder.queue(next)
            let entry = try scene.folder.read("state/pending/\(next.fingerprint)")
            try ProgramRun.run("rm", [scene.folder("state/pending/\(next.fingerprint)")])
            try scene.folder.write(
                "state/pending/\(own.fingerprint)", entry.replacing("\(next.fingerprint)", with: "\(own.fingerprint)"))
            // A link to a good entry, and a folder.
            try scene.folder.write("elsewhere", entry)
            symlink(scene.folder("elsewhere"), scene.folder("state/pending/\(next.fingerprint)"))
            let done = try scene.trustctl("admit")
            #expect(!done.output.contains("done:"), "\(done)")
            #expect(try scene.trusted == ["\(laptop.fingerprint)"])
        }
    }
}
