import Testing
import TrustCore
import TrustTestSupport

/// A client of our CA asks for its next certificate with the key of the last one.
@Suite("A client's certificate of our CA is renewed")
struct AuthorityRenewalTests {
    /// An enrolled machine whose certificate ends in ten days, issued longer than a day ago as far as the ledger says.
    private func enrolled(_ scene: RelayScene, days: String = "10") throws -> (shown: ClientCertificate, used: ClientCertificate) {
        let shown = try scene.waitingMachine("laptop")
        _ = try scene.sign(shown, "--days", days)
        let checked = try scene.client("laptop", "check", scene.relayName)
        guard checked.exitCode == 0 else { throw NothingCame(description: "\(checked)") }
        return (shown, try scene.inUse("laptop"))
    }

    /// Makes the ledger's lines two days older. Its chain is written anew.
    private func age(_ scene: RelayScene) throws {
        let script = """
            import sys, json, hashlib, re, datetime
            path, lock = sys.argv[1:3]
            out, previous, number = [], None, 0
            for line in open(path):
                entry = json.loads(line)
                for key in ("time", "done"):
                    moment = datetime.datetime.strptime(entry[key], "%Y-%m-%dT%H:%M:%SZ") - datetime.timedelta(days=2)
                    entry[key] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
                entry.pop("previous", None)
                if previous: entry["previous"] = previous
                text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                previous, number = hashlib.sha256(text.encode()).hexdigest().upper(), number + 1
                out.append(text)
            open(path, "w").write("".join(t + "\\n" for t in out))
            seal = f"{number:020d} {previous}"
            open(lock, "w").write(f"{seal} {hashlib.sha256(seal.encode()).hexdigest().upper()[:16]}\\n")
            """
        let aged = try ProgramRun.run("python3", ["-c", script, scene.folder("ledger/ledger"), scene.folder("ledger/lock")])
        let verified = try scene.trustctl("history", "--verify")
        guard aged.exitCode == 0, verified.exitCode == 0 else { throw NothingCame(description: "\(aged)\(verified)") }
    }

    @Test("it renews by itself near the end, with the same key and name, while the last one stays in use")
    func renews() throws {
        try RelayScene.withOwnAuthority(settings: "renew = same-key\n") { scene in
            let (shown, used) = try enrolled(scene)
            try age(scene)
            #expect(try scene.client("laptop", "renew", "--due", "5").exitCode == 0)
            let waits = try scene.client("laptop", "renew", "--due", "30")
            #expect(waits.exitCode == 10, "\(waits)")
            let next = try scene.next("laptop")
            #expect(try scene.reply(to: scene.inUse("laptop")) == 250)
            // The timer's round.
            let admitted = try scene.trustctl("admit")
            #expect(admitted.exitCode == 0 && admitted.output.contains("done: sign "), "\(admitted)")
            let renewed = try scene.client("laptop", "renew")
            #expect(renewed.exitCode == 0 && renewed.output.contains("done: the next certificate is in use"), "\(renewed)")
            let now = try scene.inUse("laptop")
            #expect(![shown.fingerprint, used.fingerprint, next.fingerprint].contains(now.fingerprint))
            #expect(try scene.reply(to: now) == 250 && scene.reply(to: used) == 250)
            func subject(_ client: ClientCertificate) throws -> String {
                try ProgramRun.run("openssl", ["x509", "-in", client.certificate, "-noout", "-subject"]).output
            }
            #expect(try subject(now) == subject(used))
            let line = try #require(scene.ledgerLines.last)
            #expect(line.contains("renew = same-key in ") && line.contains("\"for\":\"\(next.fingerprint)\""), "\(line)")
            #expect(try scene.trustctl("ca", "renew").exitCode == 0)
        }
    }

    @Test("the attack: too early, a second one in a day, two at once, revoked, ended or foreign: a person decides")
    func waits() throws {
        try RelayScene.withOwnAuthority { scene in
            let (shown, used) = try enrolled(scene)
            func ask(_ name: String, _ kind: ClientCertificate.Kind = .leaf) throws -> ClientCertificate {
                let next = try ClientCertificate("clients/\(name)", kind, in: scene.folder, keyOf: shown)
                try scene.folder.queue(next)
                return next
            }
            func expectWaits(_ words: String) throws {
                let lines = try scene.ledgerLines.count
                let round = try scene.trustctl("ca", "renew")
                #expect(round.exitCode == 0 && round.errors.contains(words) && round.output.isEmpty, "\(round)")
                #expect(try scene.ledgerLines.count == lines)
            }
            let first = try ask("first")
            try expectWaits("less than a day ago")
            try age(scene)
            let second = try ask("second")
            try expectWaits("2 certificates ask for the next one of this key")
            #expect(try scene.trustctl("forget", "\(second.fingerprint)", "--yes").exitCode == 0)
            // Without `renew = same-key` admit leaves it to a person.
            let admitted = try scene.trustctl("admit")
            #expect(admitted.exitCode == 0 && !admitted.output.contains("sign"), "\(admitted)")
            try scene.writeSettings("renew_window = 3d\n")
            try expectWaits("later than renew_window allows")
            try scene.writeSettings("")
            #expect(try scene.trustctl("ca", "revoke", "\(used.fingerprint)", "--yes").exitCode == 0)
            try expectWaits("was revoked")
            #expect(try scene.trustctl("undo", "\(scene.ledgerLines.count)", "--yes").exitCode == 0)
            let signed = try scene.trustctl("ca", "renew", "--days", "3")
            #expect(signed.exitCode == 0 && signed.output.contains("done: sign "), "\(signed)")
            #expect(try scene.folder.read("etc/issued/\(first.fingerprint)").hasPrefix("-----BEGIN CERTIFICATE-----"))
            // A stranger's, with the name of the client.
            let stranger = try scene.makeClient("laptop.example")
            try scene.folder.queue(stranger)
            let none = try scene.trustctl("ca", "renew", "--json")
            #expect(none.exitCode == 0 && !none.output.contains("\(stranger.fingerprint)"), "\(none)")
        }
    }

    @Test("doctor tells of a key that others can read, and of one that is here again after it was moved")
    func doctor() throws {
        try RelayScene.withOwnAuthority { scene in
            let key = scene.folder("etc/ca/ca.key")
            #expect(try scene.findings().isEmpty)
            try ProgramRun.run("chmod", ["644", key])
            try scene.apply(scene.finding("own-ca-key-readable"))
            #expect(try scene.findings().isEmpty)
            #expect(try scene.trustctl("ca", "move-key", scene.folder("stick"), "--yes").exitCode == 0)
            #expect(try scene.findings().isEmpty)
            try scene.folder.write("etc/ca/ca.key", scene.folder.read("stick"), mode: 0o600)
            #expect(try scene.finding("own-ca-key-here").mend.contains("shred"))
        }
    }
}
