import Foundation
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates

@Suite("The code of an invitation and its proof, as openssl(1) computes them too")
struct InvitationTests {
    /// One block of `invitations.vectors`.
    struct Vector: CustomStringConvertible {
        let values: [String: String]
        var description: String { values["name"] ?? "" }
        subscript(_ name: String) -> String { values[name] ?? "" }

        init(_ block: some StringProtocol) {
            values = Dictionary(
                uniqueKeysWithValues: block.split(separator: "\n").map { line in
                    let words = line.split(separator: " ")
                    return (String(words[0]), String(words[1]))
                })
        }

        var code: InvitationCode {
            get throws { InvitationCode(secret: try #require(Hex.bytes(self["secret"])), relay: try Fingerprint(self["relay"])) }
        }
    }

    static func vectors() throws -> [Vector] {
        let folder = try #require(Bundle.module.resourceURL)
        let text = try String(contentsOf: folder.appendingPathComponent("Fixtures/invitations.vectors"), encoding: .utf8)
        return text.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { Vector($0) }
    }

    @Test("every vector gives the same code, key, name and proof, and the code reads back")
    func vectors() throws {
        let vectors = try Self.vectors()
        #expect(vectors.count == 7)
        for vector in vectors {
            let code = try vector.code
            #expect(code.text == vector["code"])
            #expect(try InvitationCode(typed: vector["code"]) == code)
            #expect(code.key.text == vector["key"] && code.key.name == vector["name"])
            let claim = InvitationClaim(name: code.key.name, proof: code.key.proof(for: try #require(Hex.bytes(vector["spki"]))))
            #expect(claim.uri == vector["uri"])
            #expect(InvitationClaim(uri: vector["uri"]) == claim)
            #expect(code.isFor(try Fingerprint(vector["relay"])))
            #expect(InvitationKey(hex: vector["key"]) == code.key)
        }
    }

    @Test("openssl(1) alone gives the same for new codes, and makes a certificate that proves one")
    func openssl() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let script = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/make-invitations").path
        for round in 0..<2 {
            let relay = try Fingerprint(of: [UInt8](repeating: UInt8(round), count: 9))
            let code = InvitationCode(inviting: relay)
            let key = folder("key\(round)")
            try ProgramRun.run("openssl", ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key])
            try ProgramRun.run("openssl", ["pkey", "-in", key, "-pubout", "-outform", "DER", "-out", "\(key).der"])
            let spki = SHA256.text(of: Array(try Data(contentsOf: URL(fileURLWithPath: "\(key).der"))))
            let run = try ProgramRun.run("bash", [script, "--one", Hex.text(code.secret), "\(relay)", spki])
            let vector = Vector(run.output)
            #expect(vector["code"] == code.text, "\(run)")
            try ProgramRun.run(
                "openssl",
                [
                    "req", "-x509", "-new", "-key", key, "-subj", "/CN=x", "-addext", "subjectAltName=URI:\(vector["uri"])", "-outform",
                    "DER", "-out", "\(key).crt",
                ])
            let certificate = try Certificate(der: Array(try Data(contentsOf: URL(fileURLWithPath: "\(key).crt"))))
            let claim = try #require(certificate.invitationClaim)
            #expect(code.key.isProved(by: claim, in: certificate))
            #expect(try CertificateOutline(der: certificate.der).mayClaimInvitation)
        }
    }

    @Test("case, blanks, hyphens and letters that look like digits do not matter")
    func spellings() throws {
        let code = try #require(try Self.vectors().last).code
        let text = code.text
        for spelling in [
            text.lowercased(), text.replacing("-", with: ""), text.replacing("-", with: " "), " \(text)\n",
            text.replacing("-", with: "\u{2011}"),
            text.replacing("0", with: "O").replacing("1", with: "l"), text.replacing("0", with: "o").replacing("1", with: "I"),
        ] {
            #expect(try InvitationCode(typed: spelling) == code, "\(spelling)")
        }
    }

    @Test("all slips of a letter or two exchanged neighbours are found, but one in a thousand")
    func slips() throws {
        let letters = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        var (missed, tried) = (0, 0)
        for vector in try Self.vectors() {
            let code = Array(vector["code"].filter { $0 != "-" })
            for place in code.indices {
                for letter in letters where letter != code[place] {
                    var slip = code
                    slip[place] = letter
                    tried += 1
                    if (try? InvitationCode(typed: String(slip))) != nil { missed += 1 }
                }
                guard place > 0, code[place] != code[place - 1] else { continue }
                var slip = code
                slip.swapAt(place, place - 1)
                tried += 1
                if (try? InvitationCode(typed: String(slip))) != nil { missed += 1 }
            }
        }
        #expect(tried > 8_000 && missed * 300 < tried, "\(missed) of \(tried)")
    }

    @Test("a text of another length or with another letter is refused, and no error repeats it")
    func refused() throws {
        let text = try #require(try Self.vectors().last)["code"]
        for (typed, error) in [
            ("", InvitationCodeError.length(0)), (String(text.dropLast()), .length(37)), (text + "0", .length(39)),
            ("U" + text.dropFirst(), .foreign(place: 1)), (String(text.dropLast()) + "é", .foreign(place: 38)),
            (String(repeating: " ", count: 600), .length(600)),
        ] {
            let thrown = #expect(throws: InvitationCodeError.self) { try InvitationCode(typed: typed) }
            #expect(thrown == error)
            #expect(!"\(error)".contains(text.prefix(5)))
        }
    }

    @Test("The attack: a proof copied into another certificate, or for another relay, proves nothing")
    func copied() throws {
        let relay = try Fingerprint(of: [1])
        let (code, key, thief) = (InvitationCode(inviting: relay), try PrivateKey(), try PrivateKey())
        func certificate(_ key: PrivateKey, _ uris: [String]) throws -> Certificate {
            try CertificateDraft(.client, commonName: "x", alternativeNames: [.dns("x")] + uris.map { .uri($0) }, days: 2)
                .selfSigned(with: key)
        }
        let claim = try code.key.claim(for: key)
        let right = try certificate(key, [claim.uri])
        #expect(right.invitationClaim == claim && code.key.isProved(by: claim, in: right))
        #expect(!code.key.isProved(by: claim, in: try certificate(thief, [claim.uri])))
        let other = InvitationCode(secret: code.secret, relay: try Fingerprint(of: [2]))
        #expect(!other.isFor(relay) && other.key.name != code.key.name)
        #expect(!other.key.isProved(by: InvitationClaim(name: other.key.name, proof: claim.proof), in: right))
        // Twice the same is more than one.
        #expect(try certificate(key, [claim.uri, claim.uri]).invitationClaim == nil)
        #expect(try certificate(key, [claim.uri, "trustd-invitation:1:x"]).invitationClaim == nil)
        #expect(try certificate(key, ["http://x/\(claim.uri)"]).invitationClaim == nil)
        #expect(try certificate(key, (0..<300).map { "http://example.org/\($0)" } + [claim.uri]).invitationClaim == claim)
    }

    @Test("a URI of almost this form is none")
    func uris() throws {
        let uri = try #require(try Self.vectors().last)["uri"]
        #expect(InvitationClaim(uri: uri) != nil)
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = try #require(uri.last.flatMap { digits.firstIndex(of: $0) })
        for other in [
            "", String(uri.dropLast()), uri + "A", uri + "=", uri.lowercased(), "T" + uri.dropFirst(), uri.replacing(":1:", with: ":2:"),
            String(uri.dropLast()) + String(digits[last ^ 1]), uri.replacing("-", with: "+"), "URI:" + uri, uri + "\u{0}",
        ] where other != uri {
            #expect(InvitationClaim(uri: other) == nil, "\(other)")
        }
    }
}
