import FoundationEssentials
import Testing
import TrustCore

@testable import Certificates
@testable import Trust

@Suite("Warnings")
struct CertificateWarningsTests {
    private let now = Timestamp(seconds: 1_798_761_600)  // 2027-01-01

    private func warnings(_ name: String, at moment: Timestamp? = nil, inTrustDirectory: Bool = false) throws -> [CertificateWarning] {
        try Fixture.certificate(name).warnings(at: moment ?? now, inTrustDirectory: inTrustDirectory, known: [])
    }

    @Test("a sound certificate gives no warnings", arguments: ["ec", "p384", "ed25519", "rsa", "pss", "names", "utf8"])
    func sound(name: String) throws {
        #expect(try warnings(name) == [])
    }

    @Test("warnings name a certificate that is expired, expires soon or is not yet valid")
    func validity() throws {
        #expect(try warnings("expired").map(\.description) == ["expired at 2020-01-02T03:04:05Z"])
        #expect(try warnings("future").map(\.description) == ["not valid before 2090-01-01T00:00:00Z"])
        let end = try Fixture.certificate("ec").notAfter
        #expect(try warnings("ec", at: end) == [.expired(since: end)])
        let before = { (seconds: Int64) in Timestamp(seconds: end.seconds - seconds) }
        #expect(try warnings("ec", at: before(60)).map(\.description) == ["expires within a day, at \(end)"])
        #expect(try warnings("ec", at: before(86_400 + 60)).map(\.description) == ["expires in 1 day, at \(end)"])
        #expect(try warnings("ec", at: before(30 * 86_400)) == [.expiresSoon(at: end, days: 30)])
        #expect(try warnings("ec", at: before(30 * 86_400 + 1)) == [])
    }

    @Test("warnings name an authority, a weak key and a weak signature")
    func weakness() throws {
        #expect(try warnings("authority") == [.authority])
        #expect(try warnings("usage") == [.authority])
        #expect(try warnings("v1") == [.authority])
        #expect(try warnings("rsa1024").map(\.description) == ["weak key: RSA 1024"])
        #expect(try warnings("p192").map(\.description) == ["weak key: EC prime192v1 192"])
        #expect(try warnings("dsa").map(\.description) == ["weak key: DSA 1024"])
        #expect(try warnings("sha1") == [.weakSignature(digest: "SHA1")])
        #expect(try warnings("md5") == [.weakSignature(digest: "MD5")])
    }

    @Test("warnings name the issuer unless the certificate is self-signed or installed")
    func issuer() throws {
        #expect(try warnings("issued").map(\.description) == ["issued by “CN=Example CA”, and not in the trust directory"])
        #expect(try warnings("issued", inTrustDirectory: true) == [])
        #expect(try warnings("pretended") == [.signedByAnotherKey])
    }

    @Test("warnings name other certificates with the same key or subject, never itself")
    func known() throws {
        let known = try ["ec", "renewed", "self-named", "rsa"].map { name in
            let certificate = try Fixture.certificate(name)
            return KnownCertificate(
                name: name, fingerprint: certificate.fingerprint, subject: certificate.subject, spkiSHA256: certificate.spkiSHA256)
        }
        #expect(
            try Fixture.certificate("ec").warnings(at: now, inTrustDirectory: false, known: known) == [
                .sameKey(as: ["renewed"]), .sameSubject(as: ["renewed", "self-named"]),
            ])
        #expect(try Fixture.certificate("rsa").warnings(at: now, inTrustDirectory: false, known: known) == [])
        #expect(CertificateWarning.sameKey(as: ["a", "b\n"]).description == "the same key as a, b\\u{A}")
        let many = CertificateWarning.sameSubject(as: (1...9).map { "n\($0)" })
        #expect(many.description == "the same subject as n1, n2, n3, n4 and 5 more, but another certificate")
    }

    @Test("a claimed certificate that does not match the fingerprint is rejected")
    func claims() throws {
        let certificate = try Fixture.certificate("ec")
        let other = try Fixture.certificate("rsa").fingerprint
        let pem = String(decoding: try Fixture.bytes("ec.pem"), as: UTF8.self)
        let base64 = pem.split(separator: "\n").dropFirst().dropLast().joined()
        #expect(try Certificate(claimed: base64, for: certificate.fingerprint) == certificate)
        #expect(try CertificateOutline(claimed: base64, for: certificate.fingerprint) == CertificateOutline(der: certificate.der))
        for (text, error) in [
            (base64, CertificateClaimError.otherBytes), ("!!!!", .unreadable(CertificateError(.notBase64(line: 1)))),
            (String(repeating: "A", count: 400_000), .unreadable(CertificateError(.tooLarge(limit: 65_536)))),
        ] {
            #expect(throws: error) { try Certificate(claimed: text, for: other) }
            #expect(throws: error) { try CertificateOutline(claimed: text, for: other) }
        }
        // The digest matches, but the bytes are not a certificate.
        let bytes = Array("no certificate".utf8)
        let fingerprint = try Fingerprint(of: bytes)
        let error = #expect(throws: CertificateClaimError.self) {
            try Certificate(claimed: Data(bytes).base64EncodedString(), for: fingerprint)
        }
        guard case .unreadable = error else {
            Issue.record("accepted as a certificate, or called another one")
            return
        }
    }
}
