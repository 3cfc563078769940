import Glibc
import Testing
import TrustCore
import TrustTestSupport

@Suite("Whoever carries packs shows nobody what no relay has said") struct BroughtSightingAttackTests {
    @Test("the attack: in another member's name, of another fleet, by a stranger, for another purpose") func names() throws {
        try ConsoleScene.run { scene in
            let alice = try QueueScene.fingerprint(1)
            let stranger = try scene.text("mx1", [alice], of: "example-mail " + String(repeating: "A", count: 64))
            for (text, key, purpose) in [
                (try scene.text("mx1", [alice]), "mx2", "trust-sighting"), (try scene.text("mx1", [alice]), "key", "trust-sighting"),
                (try scene.text("mx3", [alice]), "mx1", "trust-sighting"), (stranger, "mx1", "trust-sighting"),
                (try scene.text("mx1", [alice]), "mx1", "trust-receipt"),
                (try scene.text("mx1", [alice]).replacing("192.0.2.7", with: "192.0.2.7\u{1B}[2J"), "mx1", "trust-sighting"),
                (try scene.text("mx1", [alice]).replacing("192.0.2.7", with: "\u{202E}192.0.2.7"), "mx1", "trust-sighting"),
                (try scene.text("mx1", [alice]).replacing("\(alice)", with: Fingerprint.digestOfNothing), "mx1", "trust-sighting"),
            ] {
                let brought = try scene.bring(try scene.signed(text, by: key, for: purpose))
                #expect(brought.exitCode == 65 && brought.errors.contains("not signed by the member that they name"), "\(brought)")
                #expect(try scene.host.seen().isEmpty && !brought.output.contains("\u{1B}"))
            }
            #expect(try scene.bring(try scene.signed(try scene.text("mx1", [alice]), by: "mx1")).exitCode == 0)
            #expect(try scene.waiting == ["\(alice)": ["mx1"]])
        }
    }

    @Test("the attack: an old pack again; a clock that was years ahead shuts no relay out") func times() throws {
        try ConsoleScene.run { scene in
            let (alice, bob, carol) = (try QueueScene.fingerprint(1), try QueueScene.fingerprint(2), try QueueScene.fingerprint(3))
            func said(_ one: Fingerprint, _ seconds: Int64) throws -> String {
                try scene.signed(try scene.text("mx1", [one], after: seconds), by: "mx1")
            }
            let (old, late) = (try said(alice, -7_200), try said(bob, -3_600))
            _ = try scene.bring(old).done()
            for pack in [late, old, late + old, old + late] {
                _ = try scene.bring(pack).done()
                #expect(try scene.waiting == ["\(bob)": ["mx1"]])
            }
            _ = try scene.bring(try said(carol, 10 * 365 * 86_400)).done()
            #expect(try scene.waiting == ["\(carol)": ["mx1"]])
            _ = try scene.bring(try said(bob, 0)).done()
            #expect(try scene.waiting == ["\(bob)": ["mx1"]])
            _ = try scene.bring(old).done()
            #expect(try scene.waiting == ["\(bob)": ["mx1"]])
        }
    }

    @Test("the attack: four mebibytes, ten thousand, a part of a whole; the other's entry stays") func flood() throws {
        try ConsoleScene.run { scene in
            let alice = try QueueScene.fingerprint(1)
            _ = try scene.bring(try scene.signed(try scene.text("mx2", [alice]), by: "mx2")).done()
            let many = try (2...9_001).map { try QueueScene.fingerprint($0) }
            let parts = stride(from: 0, to: many.count, by: 1_000).map { Array(many[$0..<$0 + 1_000]) }
            let now = Timestamp.now
            let records = try parts.enumerated().map { number, part in
                try scene.signed(try scene.text("mx1", part, part: "\(number + 1) of \(parts.count)", now: now), by: "mx1")
            }
            let cut = try scene.bring(records.dropLast().joined())
            #expect(cut.exitCode == 65 && cut.errors.contains("what waits on mx1 is not whole"), "\(cut)")
            #expect(try scene.waiting == ["\(alice)": ["mx2"]])
            // Two members share the room.
            #expect(try scene.bring(records.joined()).done().output.contains("; 5000 wait on mx1\n"))
            let waiting = try scene.waiting
            #expect(waiting.count == 5_001 && waiting["\(alice)"] == ["mx2"])
            let text = try scene.text("mx1", Array(many.prefix(1_800)))
            let long = try scene.bring(try scene.signed(text + text, by: "mx1"))
            #expect(long.exitCode == 65, "more than a record may have: \(long)")
            let tiny = String(repeating: "trust-record 17 0\ntrust-sighting 1\n", count: 130_000)
            let junk = try scene.bring(tiny)
            #expect(junk.exitCode == 65 && junk.errors.contains("beyond the 10000"), "\(junk)")
            #expect(try scene.waiting.count == 5_001)
        }
    }

    @Test("what the fleet has approved, denied or revoked does not wait; what is seen again after that does") func decided() throws {
        try ConsoleScene.run { scene in
            let clients = try (1...3).map { try ClientCertificate("guests/client\($0)", in: scene.folder) }
            let all = clients.map(\.fingerprint)
            _ = try scene.bring(try scene.signed(try scene.text("mx1", all), by: "mx1")).done()
            #expect(try scene.waiting.count == 3)
            #expect(try scene.decide("approve", "\(all[0])", "--label", "one").exitCode == 0)
            #expect(try scene.decide("deny", "\(all[1])").exitCode == 0)
            #expect(try scene.decide("approve", "\(all[2])", "--label", "three").exitCode == 0)
            #expect(try scene.decide("revoke", "three").exitCode == 0)
            #expect(try scene.waiting.isEmpty)
            // The relay has not heard of it yet.
            _ = try scene.bring(try scene.signed(try scene.text("mx1", all, after: 5, seen: -3_600), by: "mx1")).done()
            #expect(try scene.waiting.isEmpty && scene.approved == ["\(all[0])"])
            _ = try scene.bring(try scene.signed(try scene.text("mx1", all, after: 10, seen: 10), by: "mx1")).done()
            #expect(try scene.waiting == ["\(all[2])": ["mx1"]] && scene.approved == ["\(all[0])"])
            #expect(try scene.warnings(of: clients[2]).contains { $0.hasPrefix("it was revoked ") })
        }
    }

    @Test("the attack: a certificate of somebody else, and thousands of others, are not kept") func certificates() throws {
        try ConsoleScene.run { scene in
            let (alice, mallory) = (
                try ClientCertificate("guests/alice", in: scene.folder), try ClientCertificate("guests/mallory", in: scene.folder)
            )
            let said = try scene.signed(try scene.text("mx1", [alice.fingerprint]), by: "mx1")
            _ = try scene.bring(said, try scene.record(of: mallory)).done()
            let entry = try #require(try scene.host.seen().first)
            let kept = scene.host("ledger/fleet/certificates")
            #expect(entry.certificate == nil && File.names(in: kept).isEmpty, "\(entry)")
            // It comes later.
            _ = try scene.bring("", try scene.record(of: alice)).done()
            #expect(try scene.host.seen().first?.certificate?.subject == "CN=alice")
            // Root's folder was filled by somebody: only the digest ties a certificate to its name.
            try ProgramRun.run("cp", [scene.folder("record"), kept + "/\(alice.fingerprint)"]).done()
            #expect(try scene.host.seen().first?.certificate == nil)
            #expect(try scene.decide("approve", "\(alice.fingerprint)", "--label", "alice").exitCode == 0)
            #expect(try scene.approved == ["\(alice.fingerprint)"])
        }
    }

    @Test("the attack: links, FIFOs, garbage and other names in the folder; a relay that the fleet removes goes") func folder() throws {
        try ConsoleScene.run { scene in
            let alice = try QueueScene.fingerprint(1)
            _ = try scene.bring(try scene.signed(try scene.text("mx1", [alice]), by: "mx1")).done()
            let folder = scene.host("ledger/fleet/sightings")
            let good = try File.read(folder + "/mx1")
            func put(_ make: () throws -> Void) throws {
                unlink(folder + "/mx2")
                try make()
                #expect(try scene.waiting == ["\(alice)": ["mx1"]])
            }
            try put { symlink(folder + "/mx1", folder + "/mx2") }
            try put { mkfifo(folder + "/mx2", 0o644) }
            try put { try File.write(folder + "/mx2", good) }
            try put { try File.write(folder + "/mx2", "trust-record 999999 0\n\u{1B}[2Jgarbage") }
            try put { try File.write(folder + "/mx2", String(repeating: "x", count: 5 << 20)) }
            try put { try File.write(folder + "/ghost", good) }
            _ = try scene.bring(try scene.signed(try scene.text("mx2", [alice]), by: "mx2")).done()
            #expect(try scene.waiting == ["\(alice)": ["mx1", "mx2"]])
            #expect(try scene.trustctl("fleet", "member", "remove", "mx1", "--sign-with", scene.key).exitCode == 0)
            #expect(try scene.waiting == ["\(alice)": ["mx2"]])
            #expect(File.names(in: folder) == ["mx2"], "what is of no member is removed")
        }
    }
}

/// What a relay's root would say, or somebody who pretends to be it.
extension ConsoleScene {
    /// `after` and `seen` are seconds from now: the relay's time, and when it has seen them last.
    func text(
        _ member: String, _ some: [Fingerprint], of fleet: String? = nil, after: Int64 = 0, seen: Int64 = -7_200, part: String = "1 of 1",
        now: Timestamp = .now
    ) throws -> String {
        func moment(_ seconds: Int64) -> String { Timestamp(seconds: now.seconds + seconds).description }
        let settings = try File.read(host("etc/fleet.conf")).split(separator: "\n")
        let genesis = settings.first { $0.hasPrefix("genesis = ") }?.dropFirst(10) ?? ""
        var text = """
            trust-sighting 1
            Fleet: \(fleet ?? "example-mail \(genesis)")
            Member: \(member)
            Time: \(moment(after).dropLast()).000Z
            Part: \(part)

            """
        for one in some {
            text += "\nFingerprint: \(one)\nFirst-Seen: \(moment(seen))\nLast-Seen: \(moment(seen))\nSightings: 1\nAddress: 192.0.2.7\n"
        }
        return text
    }

    func signed(_ text: String, by key: String, for purpose: String = "trust-sighting") throws -> String {
        try folder.write("text", text)
        unlink(folder("text.sig"))
        _ = try ProgramRun.run("ssh-keygen", ["-q", "-Y", "sign", "-f", folder(key), "-n", purpose, folder("text")]).done()
        let signature = try File.read(folder("text.sig"))
        return "trust-record \(text.utf8.count) \(signature.utf8.count)\n\(text)\(signature)"
    }

    /// A file with a certificate as packs carry it.
    func record(of client: ClientCertificate) throws -> String {
        _ = try ProgramRun.run("openssl", ["x509", "-in", client.certificate, "-outform", "DER", "-out", folder("der")]).done()
        let command = "n=$(stat -c %s \"$1\"); { printf 'trust-record %d 0\\ntrust-certificate 1\\n' $((n + 20)); cat \"$1\"; } >\"$2\""
        _ = try ProgramRun.run("sh", ["-c", command, "sh", folder("der"), folder("record")]).done()
        return folder("record")
    }

    /// Imports this pack, with a file behind it if one is given.
    func bring(_ pack: String, _ file: String? = nil) throws -> ProgramRun.Outcome {
        try folder.write("pack", pack)
        if let file { _ = try ProgramRun.run("sh", ["-c", "cat \"$1\" >>\"$2\"", "sh", file, folder("pack")]).done() }
        return try trustctl("fleet", "import", folder("pack"))
    }

    /// Which relays have seen what waits.
    var waiting: [String: [String]] {
        get throws {
            Dictionary(uniqueKeysWithValues: try host.seen().map { ($0.fingerprint, ($0.relays ?? []).map(\.member).sorted()) })
        }
    }
}
