import FleetCarrier
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import trustsync

@Suite("What trustsync carries, in its form")
struct CarriedRecordTests {
    private let armour = "-----BEGIN SSH SIGNATURE-----\n"

    @Test("SHA-256 is that of FIPS 180-4, for every length around a block") func digests() throws {
        #expect(ContentDigest.of([]).description == "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")
        #expect(ContentDigest.of(Array("abc".utf8)).description == "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")
        let folder = try SceneFolder()
        defer { folder.remove() }
        for length in [1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1_000] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            try File.write(folder("bytes"), bytes: bytes)
            let other = try ProgramRun.run("sha256sum", [folder("bytes")]).output.prefix(64).uppercased()
            #expect(ContentDigest.of(bytes).description == other, "\(length)")
            #expect(ContentDigest.of(Array(bytes.prefix(3)), [], Array(bytes.dropFirst(3))).description == other, "\(length) in parts")
        }
    }

    @Test("one record is read as it was written, and nothing else is one") func decoding() throws {
        let record = try #require(CarriedRecord(body: Array("body".utf8), signature: Array("signature".utf8)))
        #expect(CarriedRecord(decoding: record.encoded)?.name == record.name)
        let text = String(decoding: record.encoded, as: UTF8.self)
        for other in [
            text + "x", String(text.dropLast()), "", "trust-record 4 9\n", "trust-record 4 0\ntext", text.replacing("4 9", with: "04 9"),
            text.replacing("4 9", with: "4  9"),
            text.replacing("4 9", with: "4 9 "), text.replacing("4 9", with: "-4 9"), text.replacing("4 9", with: "99999999 9"), "x" + text,
        ] { #expect(CarriedRecord(decoding: Array(other.utf8)) == nil, "\(other)") }
        #expect(CarriedRecord(body: [], signature: [1]) == nil && CarriedRecord(body: [1], signature: []) == nil)
        #expect(CarriedRecord(body: .init(repeating: 1, count: 256 << 10 + 1), signature: [1]) == nil)
        #expect(CarriedRecord(body: [1], signature: .init(repeating: 1, count: 4_097)) == nil)
    }

    @Test("another fleet's decision, an unsigned one and a receipt are no decision of this fleet") func forms() throws {
        let genesis = String(repeating: "A", count: 64)
        let file = try FleetFile(parsing: Array("fleet = one\ngenesis = \(genesis)\n".utf8), file: "/f")
        func isDecision(_ body: String, _ signature: String? = nil) -> Bool? {
            CarriedRecord(body: Array(body.utf8), signature: Array((signature ?? armour).utf8))?.isDecision(of: file.fleet)
        }
        #expect(isDecision("trust-decision 1\nFleet: one \(genesis)\n") == true)
        #expect(isDecision("trust-decision 1\nFleet: one -\n") == true)
        #expect(isDecision("trust-decision 1\nFleet: one \(genesis)\n", "no signature") == false)
        for body in [
            "trust-decision 1\nFleet: two \(genesis)\n", "trust-decision 1\nFleet: one \(genesis.lowercased())\n", "trust-receipt 1\n",
        ] {
            #expect(isDecision(body) == false, "\(body)")
        }
        #expect(CarriedRecord(body: Array("trust-receipt 1\n".utf8), signature: Array(armour.utf8))?.isReceipt == true)
    }

    @Test("a notification is what PostgreSQL's encode writes, and any other payload is junk") func notifications() throws {
        let record = try #require(CarriedRecord(body: .init(repeating: 65, count: 100), signature: Array(armour.utf8)))
        func isRecord(_ payload: String) -> Bool { if case .record = NotifiedRecord(payload) { true } else { false } }
        let body = "QUFB\n" + String(repeating: "QUFB", count: 32) + "\nQQ=="
        #expect(isRecord(body + " LS0t"))
        for junk in ["x", body, body + " ", " LS0t", body + "  LS0t", body + " LS0t x", "%%%% LS0t", body + " LS0"] {
            #expect(!isRecord(junk), "\(junk)")
        }
        if case .unsaid = NotifiedRecord("") {} else { Issue.record("an empty payload says nothing") }
        #expect(record.body.count == 100)
    }

    @Test("what root has accepted is read as it grows; a torn end, a cut and another file are noticed") func accepted() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        var records = AcceptedRecords(FilePath(folder("decisions")))
        #expect(try records.refresh().isEmpty)
        let all = try (0..<5).map { number in
            try #require(CarriedRecord(body: .init(repeating: UInt8(number), count: 200_000), signature: [UInt8(number)]))
        }
        try File.write(folder("decisions"), bytes: all[0].encoded + all[1].encoded + all[2].encoded.prefix(1_000))
        #expect(try records.refresh() == all[0...1].map(\.name))
        try File.write(folder("decisions"), bytes: all.flatMap(\.encoded))
        #expect(Set(try records.refresh()).isSuperset(of: all[2...].map(\.name)) && records.count == 5)
        for one in all { #expect(records.record(one.name)?.body == one.body) }
        #expect(records.sums.counts.reduce(0, +) == 5)
        // It was cut: what is gone is not there any more.
        try File.write(folder("decisions"), bytes: all[0].encoded)
        _ = try records.refresh()
        #expect(records.count == 1 && records.record(all[1].name) == nil)
        // What is no record: nobody reads on behind it.
        try File.write(folder("decisions"), bytes: all[0].encoded + Array("nonsense\n".utf8) + all[1].encoded)
        _ = try records.refresh()
        #expect(records.count == 1)
    }

    @Test("fleet.conf's keys for the database: their defaults, and each mistake with its line") func configuration() throws {
        let start = "fleet = one\ngenesis = \(String(repeating: "A", count: 64))\n"
        func parsed(_ lines: String) throws -> FleetFile { try FleetFile(parsing: Array((start + lines).utf8), file: "/f") }
        let usual = try parsed("").database
        #expect(usual.staleAfter == 1_800)
        #expect(usual.place == nil && usual.poll == 30 && usual.key == "/etc/trustd/fleet/client.key" && usual.text == "")
        let lines = """
            database = host=a dbname=d user=u
            database_ca = /a
            database_certificate = /b
            database_key = /c
            poll = 120s
            stale_after = 60s

            """
        let given = try parsed(lines).database
        #expect(given.text == lines)
        #expect(try parsed("poll = 2m\n").database.poll == 120)
        for bad in ["poll = 0s", "poll = 5", "poll = 2h", "database_key = relative", "databse = x", "member = a b", "poll = 1s\npoll = 1s"]
        {
            let failure = #expect(throws: ConfigurationError.self, "\(bad)") { try parsed(bad + "\n") }
            #expect(failure?.description.contains("/f:") == true, "\(bad)")
        }
    }

    @Test("the status reads back as it was written, and a cut or forged one is none") func status() {
        var status = CarrierStatus(process: 7, since: .now, updated: .now)
        #expect(CarrierStatus(decoding: status.encoded) == status)
        status.connection = .init(host: "db1.example.org", since: .now, way: .polling)
        (status.heard, status.trouble, status.outbox, status.missing, status.accepted) = (.now, "a trouble: of two lines", 1, 2, 3)
        #expect(CarrierStatus(decoding: status.encoded) == status)
        for count in [0, 10, status.encoded.count - 1] { #expect(CarrierStatus(decoding: Array(status.encoded.prefix(count))) == nil) }
        status.trouble = "two\nOutbox: 9"
        #expect(CarrierStatus(decoding: status.encoded)?.outbox == 1)
    }
}
