import Foundation
import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import Trust
@testable import trustctl

@Suite("What reaches a terminal")
struct TerminalTests {
    private typealias Object = [String: Any]

    private func entries(_ text: String) throws -> [[String: Any]] {
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? Object)
        #expect(Set(document.keys) == ["version", "entries"])
        #expect(document["version"] as? Int == 1)
        return try #require(document["entries"] as? [Object])
    }

    private func json(_ records: [Record], _ register: Register) -> String {
        let warnings = Warnings(register)
        return JSON.text(EntriesDocument(entries: records.map { .init($0, warnings) }))
    }

    @Test("a card with hostile text is plain") func card() throws {
        try inFolder { folder throws in
            let register = try HostileScene.lay(in: folder)
            #expect(try register.records().count == 5)
            let warnings = Warnings(register)
            for record in try register.records().values {
                let text = Card(record, warnings, style: Style(for: -1)).text
                #expect(isPlain(text), "\(text.debugDescription)")
                #expect(text.contains(record.fingerprint.grouped[0]) && text.contains(record.fingerprint.grouped[1]))
            }
            let lie = register[try Some.fingerprint("D4")]
            #expect(lie.lie == .otherBytes && lie.certificate == nil)
            #expect(Card(lie, warnings, style: Style(for: -1)).text.contains("warning: the certificate logged for it is"))
        }
    }

    @Test(
        "no command prints hostile text raw",
        arguments: [
            ["list", "--state", "all"], ["list"], ["list", "--state", "approved"], ["list", "--state", "denied"], ["history"],
            ["list", "--state", "all", "--json"], ["history", "--json"], ["show", Some.a], ["show", Some.c], ["show", Some.b, "--json"],
            ["history", "--verify"], ["approve", String(repeating: "D4", count: 32), "--dry-run"],
            ["revoke", Some.b, "--dry-run", "--json"],
        ])
    func commands(_ arguments: [String]) throws {
        try inFolder { folder throws in
            _ = try HostileScene.lay(in: folder)
            let outcome = try ProgramRun.run(BuiltPrograms.trustctl, arguments + ["--config", folder("conf")])
            #expect(outcome.exitCode == 0, "\(outcome)")
            #expect(isPlain(outcome.errors), "\(outcome.errors.debugDescription)")
            // A diff must show the list's own bytes.
            if !arguments.contains("--dry-run") { #expect(isPlain(outcome.output), "\(outcome.output.debugDescription)") }
            if arguments.contains("--json"), !arguments.contains("--dry-run") {
                let document = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? Object)
                // Each decision of the scene has a time that is none.
                if let decisions = document["decisions"] as? [Object] {
                    #expect(decisions.count == 3 && decisions.allSatisfy { $0["time"] is NSNull })
                }
            }
        }
    }

    private static let keys: Set = [
        "fingerprint", "state", "first_seen", "last_seen", "sightings", "addresses", "observed", "certificate", "label", "decided_by",
        "decided_at", "reason", "warnings",
    ]

    @Test("an entry has exactly the contract's keys, and hostile text decodes unchanged") func contract() throws {
        try inFolder { folder throws in
            let register = try HostileScene.lay(in: folder)
            let text = json(Array(try register.records().values), register)
            #expect(isPlain(text))
            let entries = try entries(text)
            #expect(entries.count == 5)
            #expect(entries.allSatisfy { Set($0.keys) == Self.keys })
            let withCertificate = try #require(entries.first { $0["certificate"] is Object })
            let certificate = try #require(withCertificate["certificate"] as? Object)
            let fields: Set = ["source", "subject", "issuer", "not_before", "not_after", "key", "self_signed", "ca", "spki_sha256"]
            #expect(Set(certificate.keys) == fields)
            #expect(certificate["subject"] as? String == (try Fixture.certificate("hostile")).subject)
            let observed = try #require(withCertificate["observed"] as? Object)
            #expect(observed["address"] as? String == "2001:db8::1" && Set(observed.keys) == ["address", "helo", "domain"])
            let denied = try #require(entries.first { $0["state"] as? String == "denied" })
            #expect(denied["reason"] as? String == HostileScene.evil && denied["decided_by"] as? String == HostileScene.evil)
            #expect(denied["addresses"] as? [String] == [HostileScene.evil])
            #expect(["first_seen", "last_seen", "decided_at"].allSatisfy { denied[$0] is NSNull } && denied["sightings"] as? Int == 2)
        }
    }

    @Test("missing facts are null in JSON") func absent() throws {
        try inFolder { folder throws in
            try folder.write("list", "RELAY_FROM_CERTS =\n")
            let register = try Register(Configuration.of(folder))
            let entry = try #require(try entries(json([register[try Some.fingerprint("A1")]], register)).first)
            #expect(entry["state"] as? String == "none" && entry["fingerprint"] as? String == Some.a)
            for key in Self.keys.subtracting(["fingerprint", "state", "addresses", "warnings"]) { #expect(entry[key] is NSNull, "\(key)") }
            #expect((entry["addresses"] as? [String])?.isEmpty == true && (entry["warnings"] as? [String])?.isEmpty == true)
        }
    }

    @Test("every character survives JSON, and none that controls a terminal is written raw") func characters() throws {
        var text = ""
        for value in (UInt32(0)...0x3000).map({ $0 }) + [0xFEFF, 0xFFFD, 0x1D173, 0xE0001, 0xF0000, 0x10FFFF, 0x1F600] {
            if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
        }
        let written = JSON.text([text])
        #expect(isPlain(written))
        let read = try #require(try JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String])
        #expect(read.map { Array($0.unicodeScalars) } == [Array(text.unicodeScalars)])
    }
}
