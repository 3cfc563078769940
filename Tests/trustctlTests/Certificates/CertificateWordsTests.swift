import Foundation
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import trustctl

/// What a person reads of a certificate, with certificates that openssl(1) makes.
@Suite("What a certificate says")
struct CertificateWordsTests {
    private func made(_ options: [String], extensions: String = "", in folder: SceneFolder) throws -> Certificate {
        try folder.write("one.cnf", "[req]\ndistinguished_name = name\n[name]\n[one]\nbasicConstraints = CA:FALSE\n\(extensions)\n")
        let run = try ProgramRun.run(
            "openssl",
            [
                "req", "-x509", "-config", folder("one.cnf"), "-extensions", "one", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                "-keyout",
                folder("one.key"), "-out", folder("one.pem"),
            ] + options)
        guard run.exitCode == 0 else { throw NothingCame(description: "\(run)") }
        return try Certificate.read(file: Array(File.read(folder("one.pem")).utf8), name: "one.pem")
    }

    private func withFolder(_ body: (SceneFolder) throws -> Void) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        try body(folder)
    }

    private func line(_ name: String, _ certificate: Certificate) -> String? {
        CertificateCard(certificate: certificate).text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .map { String($0.dropFirst(Card.width)) }
    }

    @Test("a backslash of the name's own form is shown once") func backslash() throws {
        try withFolder { folder in
            let certificate = try made(["-subj", "/O=Acme, Inc.\\\\x/CN=alice"], in: folder)
            #expect(line("subject", certificate) == "CN=alice,O=Acme\\, Inc.\\\\x")
        }
    }

    @Test("an empty subject is `none`, and a list shows the first name instead") func empty() throws {
        try withFolder { folder in
            let named = try made(["-subj", "/"], extensions: "subjectAltName = DNS:alice.laptop, email:a@x.org", in: folder)
            #expect(line("subject", named) == "none" && line("issuer", named) == "itself (self-signed)")
            #expect(named.shownTitle == "DNS:alice.laptop")
            #expect(try made(["-subj", "/"], in: folder).shownTitle == "none")
        }
    }

    @Test("the attack: a URI that looks like two names") func names() throws {
        try withFolder { folder in
            let certificate = try made(
                ["-subj", "/CN=x"],
                extensions: """
                    subjectAltName = @alt
                    [alt]
                    URI.1 = "http://a, DNS:bob.example"
                    DNS.1 = alice.example
                    """, in: folder)
            let line = try #require(self.line("names", certificate))
            #expect(line.components(separatedBy: ", ").count == 2 && line.contains("http://a\\u{2C} DNS:bob.example"), "\(line)")
        }
    }

    @Test("an otherName is shown with its kind, and with its value where that is text") func otherName() throws {
        try withFolder { folder in
            let certificate = try made(
                ["-subj", "/CN=x"],
                extensions: "subjectAltName = otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@example.org, otherName:1.2.3.4;INTEGER:5",
                in: folder)
            #expect(
                certificate.subjectAlternativeNames == [
                    "otherName:1.3.6.1.4.1.311.20.2.3=alice@example.org", "otherName:1.2.3.4",
                ])
        }
    }

    @Test("a signature that cannot be checked is not called another key's") func unchecked() throws {
        try withFolder { folder in
            let certificate = try made(["-subj", "/CN=x"], in: folder)
            #expect(certificate.ownSignature == .right)
            // sha256WithRSAEncryption, and an algorithm that nobody has defined.
            let known: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B]
            var der = certificate.der
            for start in der.indices.dropLast(known.count) where Array(der[start..<start + known.count]) == known {
                der[start + known.count - 1] = 0x7F
            }
            let unknown = try Certificate(der: der)
            #expect(unknown.ownSignature == .unchecked && !unknown.selfSigned)
            let warnings = unknown.warnings(at: .now, inTrustDirectory: true, known: []).map(\.description)
            #expect(warnings.contains { $0.contains("could not be checked") && $0.contains("1.2.840.113549.1.1.127") }, "\(warnings)")
            #expect(!warnings.contains { $0.contains("not signed with its own key") })
            #expect(line("issuer", unknown)?.contains("could not be checked") == true)
            // A signature of another key, and what is none.
            var changed = certificate.der
            changed[changed.count - 20] ^= 1
            #expect(try Certificate(der: changed).ownSignature == .wrong)
        }
    }

    @Test("dates before 1970 are shown as they are") func dates() throws {
        #expect(Timestamp(anySeconds: -1).description == "1969-12-31T23:59:59Z")
        #expect(Timestamp(anySeconds: -62_135_596_800).description == "0001-01-01T00:00:00Z")
        #expect(Timestamp(seconds: -1).seconds == 0)
        try withFolder { folder in
            let old = try ClientCertificate("old", startingIn: "19600102030405Z", endingIn: "19610102030405Z", in: folder)
            let certificate = try Certificate.read(file: Array(File.read(old.certificate).utf8), name: "old")
            #expect(line("valid", certificate) == "1960-01-02T03:04:05Z to 1961-01-02T03:04:05Z")
        }
    }

    @Test("a certificate of ours never ends after the last second that Exim counts") func lastSecond() throws {
        let draft = CertificateDraft(.client, commonName: "x", days: 36_500)
        #expect(draft.notAfter.description == "2106-02-07T06:28:15Z")
        #expect(CertificateDraft(.client, commonName: "x", days: 730).notAfter < draft.notAfter)
    }

    @Test("names of other certificates always stand in one order, labels first") func order() {
        let names = ["F123456789ABCDEF", "bob", "0123456789ABCDEF", "alice", "ABCDEFGH"]
        let words = "the same subject as ABCDEFGH, alice, bob, 0123456789ABCDEF and 1 more, but another certificate"
        #expect(CertificateWarning.sameSubject(as: names).description == words)
        #expect(CertificateWarning.sameSubject(as: names.reversed()).description == words)
    }
}
