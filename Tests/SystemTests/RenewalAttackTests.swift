import Glibc
import Testing
import TrustTestSupport

/// With `renew = same-key` or `signed` in trustd.conf.
@Suite("Who tries to be approved as a renewal, without a person and without right")
struct RenewalAttackTests {
    @Test("the attack: a certificate that has ended is followed long afterwards")
    func expiredPredecessor() throws {
        try RelayScene.run(settings: RenewalPolicyTests.sameKey) { scene in
            let old = try scene.makeClient("laptop", .expired)
            try scene.approve(shown: old, "laptop")
            let next = try scene.successor(of: old, "laptop")
            try scene.folder.queue(next)
            try scene.refuses("longer ago than renew_grace allows")
            try scene.writeSettings(RenewalPolicyTests.sameKey + "renew_grace = 50y\n")
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
                try scene.refuses(nil)
            }
            // It is no second claim either: the owner's next one comes in.
            let next = try scene.successor(of: laptop, "laptop")
            try scene.folder.queue(next)
            #expect(try scene.trustctl("admit").output.contains("done: approve \(next.fingerprint)"))
        }
    }

    @Test("the attack: a certificate with a key that was revoked")
    func revokedKey() throws {
        try RelayScene.run(settings: RenewalPolicyTests.sameKey) { scene in
            let (laptop, other) = (try scene.makeClient("laptop", .expiring), try scene.makeClient("other", .expiring))
            for (client, label) in [(laptop, "laptop"), (other, "other")] { try scene.approve(shown: client, label) }
            let next = try scene.successor(of: laptop, "laptop")
            #expect(try scene.trustctl("revoke", "laptop", "--yes").exitCode == 0)
            try scene.folder.queue(next)
            try scene.refuses(nil)
            // Also when somebody has approved the old one again.
            try scene.approve(shown: laptop, "laptop")
            try scene.refuses(nil)
            #expect(try scene.trustctl("list").output.contains("its key was revoked"))
        }
    }

    @Test("the attack: two successors of one key: neither is approved, both have a warning")
    func twoSuccessors() throws {
        try RelayScene.run(settings: RenewalPolicyTests.sameKey) { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            let both = [try scene.successor(of: laptop, "laptop"), try scene.successor(of: laptop, "laptop")]
            for client in both { try scene.folder.queue(client) }
            let theft = "two certificates claim to follow laptop: its key may be stolen"
            try scene.refuses(theft)
            for client in both { #expect(try scene.warnings(of: client.fingerprint).contains(theft)) }
            #expect(try scene.trustctl("list").output.contains("warning: \(theft)"))
            // One is rejected: that there were two is not forgotten before a person approves the other.
            #expect(try scene.trustctl("deny", "\(both[0].fingerprint)", "--yes").exitCode == 0)
            #expect(File.names(in: scene.folder("ledger/denied-keys")).isEmpty)
            try scene.refuses("was denied on")
            #expect(try scene.trustctl("approve", "--renewals", "--yes").exitCode == 0)
            #expect(try scene.trusted == ["\(laptop.fingerprint)", "\(both[1].fingerprint)"])
        }
    }

    @Test("the attack: the approved key under another subject, or in an authority's certificate")
    func otherSubject() throws {
        try RelayScene.run(settings: RenewalPolicyTests.sameKey) { scene in
            let laptop = try scene.makeClient("laptop", .expiring)
            try scene.approve(shown: laptop, "laptop")
            for client in [try scene.successor(of: laptop, "server"), try scene.successor(of: laptop, "laptop", .authority)] {
                try scene.folder.queue(client)
                try scene.refuses(nil)
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
