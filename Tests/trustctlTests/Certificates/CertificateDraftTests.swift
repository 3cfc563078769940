import Glibc
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates

/// Certificates made by trustctl, read back by trustctl and by openssl(1).
@Suite("CertificateDraft")
struct CertificateDraftTests {
    private static func draft(_ purpose: CertificateDraft.Purpose = .client) throws -> CertificateDraft {
        CertificateDraft(
            purpose, commonName: "alice's laptop, “ü”",
            alternativeNames: [
                .dns("alice.example"), .email("alice@client.example"), .address(try #require(Address("192.0.2.1"))),
                .address(try #require(Address("2001:db8::1"))),
            ], days: 365)
    }

    @Test("a self-signed certificate has the drafted fields and no warnings", arguments: PrivateKey.Kind.allCases)
    func reads(_ kind: PrivateKey.Kind) throws {
        let certificate = try Self.draft().selfSigned(with: PrivateKey(kind))
        #expect(certificate.subject == "CN=alice's laptop\\, “ü”")
        #expect(certificate.issuer == certificate.subject)
        #expect(
            certificate.subjectAlternativeNames == ["DNS:alice.example", "email:alice@client.example", "IP:192.0.2.1", "IP:2001:db8::1"])
        #expect(!certificate.isCA)
        #expect(!certificate.hasMalformedExtensions)
        #expect(certificate.selfSigned)
        #expect(certificate.serial.count <= 34)
        #expect(certificate.warnings(at: .now, inTrustDirectory: false, known: []) == [])
        #expect(
            "\(certificate.key)" == ["EC prime256v1 256", "ED25519 256", "RSA 4096"][PrivateKey.Kind.allCases.firstIndex(of: kind) ?? 0])
    }

    @Test("openssl(1) accepts the certificate and its key", arguments: [true, false])
    func openssl(isClient: Bool) throws {
        try inFolder { folder in
            let key = try PrivateKey()
            let certificate = try Self.draft(isClient ? .client : .server).selfSigned(with: key)
            try folder.write("c.pem", certificate.pemText)
            try folder.write("c.key", bytes: try key.pem())
            #expect(try folder.read("c.key").hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
            let text = try ProgramRun.run("openssl", ["x509", "-in", folder("c.pem"), "-noout", "-text", "-fingerprint", "-sha256"]).output
            #expect(text.contains("Version: 3 (0x2)"))
            #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:FALSE"))
            #expect(text.contains("X509v3 Key Usage: critical\n                Digital Signature\n"))
            #expect(text.contains(isClient ? "TLS Web Client Authentication\n" : "TLS Web Server Authentication\n"))
            #expect(!text.contains(isClient ? "TLS Web Server Authentication" : "TLS Web Client Authentication"))
            #expect(try Fingerprint(String(text.split(separator: "\n").last ?? "")) == certificate.fingerprint)
            // Key, issuer and serial number: else two of one name cannot both verify.
            let identifier = try ProgramRun.run("openssl", ["x509", "-in", folder("c.pem"), "-noout", "-ext", "authorityKeyIdentifier"])
                .output
            #expect(identifier.contains("DirName:/CN=alice's laptop") && identifier.contains("serial:"), "\(identifier)")
            let verified = try ProgramRun.run(
                "openssl",
                [
                    "verify", "-partial_chain", "-purpose", isClient ? "sslclient" : "sslserver", "-trusted", folder("c.pem"),
                    folder("c.pem"),
                ])
            #expect(verified.exitCode == 0, "\(verified)")
            let public1 = try ProgramRun.run("openssl", ["pkey", "-in", folder("c.key"), "-pubout"])
            let public2 = try ProgramRun.run("openssl", ["x509", "-in", folder("c.pem"), "-noout", "-pubkey"])
            #expect(public1.exitCode == 0)
            #expect(public1.output == public2.output)
        }
    }

    @Test("a certificate and its key can be read back from PEM")
    func again() throws {
        let key = try PrivateKey()
        let certificate = try Self.draft().selfSigned(with: key)
        #expect(try Certificate.read(file: Array(certificate.pemText.utf8), name: "x") == certificate)
        let same = try PrivateKey(pem: try key.pem())
        #expect(try Self.draft().selfSigned(with: same).spkiSHA256 == certificate.spkiSHA256)
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: Array(certificate.pemText.utf8)) }
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: try Fixture.bytes("refused/encrypted.key")) }
    }

    @Test("the dates are the caller's, before and after 2050")
    func dates() throws {
        let key = try PrivateKey()
        for (from, to) in [("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"), ("2040-01-01T00:00:00Z", "2099-12-31T23:59:59Z")] {
            var draft = try Self.draft()
            (draft.notBefore, draft.notAfter) = (try #require(Timestamp(rfc3339: from)), try #require(Timestamp(rfc3339: to)))
            let certificate = try draft.selfSigned(with: key)
            #expect(certificate.notBefore.description == from)
            #expect(certificate.notAfter.description == to)
        }
    }

    @Test("an authority is marked as one, and two certificates of one draft have different serials")
    func authority() throws {
        let key = try PrivateKey()
        var draft = try Self.draft()
        let one = try draft.selfSigned(with: key)
        #expect(try draft.selfSigned(with: key).serial != one.serial)
        draft.isAuthority = true
        #expect(try draft.selfSigned(with: key).isCA)
    }

    @Test("names that a certificate cannot hold are refused")
    func refused() throws {
        let key = try PrivateKey()
        #expect(throws: OpenSSLError.self) {
            try CertificateDraft(.client, commonName: String(repeating: "x", count: 65), days: 1).selfSigned(with: key)
        }
        for name in ["", "a b", "ü.example", "a\nb"] {
            #expect(throws: OpenSSLError.self) {
                try CertificateDraft(.client, commonName: "x", alternativeNames: [.dns(name)], days: 1).selfSigned(with: key)
            }
        }
    }
}
