import Testing
import TrustCore

@testable import Certificates

@Suite("A certificate")
struct CertificateTests {
    @Test("says what openssl(1) prints", arguments: Fixture.certificates)
    func sameAsOpenSSL(name: String) throws {
        let certificate = try Fixture.certificate(name)
        let facts = try Fixture.facts(name)
        #expect(certificate.fingerprint.description == facts["fingerprint"])
        #expect(certificate.subject == facts["subject"])
        #expect(certificate.issuer == facts["issuer"])
        #expect(certificate.serial == facts["serial"])
        #expect(Self.spelled(certificate.notBefore) == facts["notBefore"])
        #expect(Self.spelled(certificate.notAfter) == facts["notAfter"])
        #expect(certificate.subjectHash == facts["hash"])
        #expect(certificate.spkiSHA256 == facts["spki"])
        #expect(certificate.signatureAlgorithm == facts["signature"])
        if let bits = facts["bits"] { #expect(certificate.key.bits.map { "\($0)" } == bits) }
        if name != "v1" && name != "many" { #expect(certificate.isCA == (facts["ca"] == "yes")) }
        #expect(certificate.hasMalformedExtensions == false)
        if let names = facts["names"], name != "names" {
            #expect(certificate.subjectAlternativeNames.joined(separator: ", ") == names)
        }
    }

    @Test("list and card show the same key, also one of bits that are no whole octets, which OpenSSL would encode anew")
    func oddBits() throws {
        var der = try Fixture.certificate("rsa").der
        // The key's BIT STRING and the SEQUENCE in it; between them the number of bits that do not count.
        let key = try #require(der.indices.dropLast(6).first { der[$0] == 0x03 && der[$0 + 1] == 0x82 && der[$0 + 5] == 0x30 })
        der[key + 4] = 7
        let certificate = try Certificate(der: der)
        #expect(certificate.spkiSHA256 == (try CertificateOutline(der: der)).spkiSHA256)
        #expect(try certificate.spkiSHA256 != OpenSSLCertificate(der: der).spkiSHA256, "or it shows nothing")
    }

    /// As `openssl x509 -dateopt iso_8601` writes it.
    private static func spelled(_ moment: Timestamp) -> String {
        moment.description.split(separator: "T").joined(separator: " ")
    }

    @Test(
        "names its key",
        arguments: [
            ("ec", "EC prime256v1 256"), ("p384", "EC secp384r1 384"), ("p192", "EC prime192v1 192"), ("ed25519", "ED25519 256"),
            ("rsa", "RSA 2048"), ("rsa1024", "RSA 1024"), ("dsa", "DSA 1024"),
        ])
    func key(name: String, key: String) throws {
        #expect(try Fixture.certificate(name).key.description == key)
    }

    @Test("names what it is for, in one spelling for each kind")
    func alternativeNames() throws {
        #expect(
            try Fixture.certificate("names").subjectAlternativeNames == [
                "DNS:alice.laptop", "DNS:*.example.org", "email:alice@example.org", "IP:192.0.2.7", "IP:2001:db8::7",
                "URI:https://example.org/a,b", "RID:1.2.3.4", "dirName:CN=in a name",
            ])
        #expect(try Fixture.certificate("many").subjectAlternativeNames.count == 300)
    }

    @Test("is self-signed only when its own key says so")
    func selfSigned() throws {
        for name in ["ec", "ed25519", "rsa", "dsa", "pss", "sha1", "md5", "v1", "authority"] {
            #expect(try Fixture.certificate(name).selfSigned, "\(name)")
        }
        #expect(try Fixture.certificate("issued").selfSigned == false)
        let pretended = try Fixture.certificate("pretended")
        #expect(pretended.issuer == pretended.subject)
        #expect(pretended.selfSigned == false)
    }

    @Test("is an authority also by what older rules take for one")
    func authorities() throws {
        #expect(try Fixture.certificate("v1").isCA)
        #expect(try Fixture.certificate("usage").isCA)
        #expect(try Fixture.certificate("ec").isCA == false)
    }

    @Test("shows a hostile subject only escaped")
    func hostile() throws {
        let subject = try Fixture.certificate("hostile").subject
        let shown = Printable(subject).description
        #expect(subject.contains("\u{202E}"))
        #expect(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\u{202E}" })
        #expect(shown.contains("\\u{202E}"))
    }

    @Test("is one value, all of it", arguments: ["ec", "ed25519", "rsa1024", "names", "v1", "hostile"])
    func cutOff(name: String) throws {
        let der = try Fixture.certificate(name).der
        for count in stride(from: 0, to: der.count, by: 16) {
            #expect(throws: CertificateError.self) { try Certificate(der: Array(der[..<count])) }
            #expect(throws: CertificateError.self) { try Certificate.read(file: Array(der[..<count]), name: "cut") }
        }
        let error = #expect(throws: CertificateError.self) { try Certificate(der: der + [0, 1]) }
        #expect(error?.reason == .trailingBytes(count: 2))
    }

    @Test("survives any one byte being another one")
    func altered() throws {
        let der = try Fixture.certificate("names").der
        for index in der.indices {
            for bit: UInt8 in [0x01, 0x20, 0x80] {
                var other = der
                other[index] ^= bit
                // Read or refused; if read, it is the very bytes, under another fingerprint.
                if let certificate = try? Certificate(der: other) { #expect(certificate.der == other) }
            }
        }
    }

    @Test("is not taken in a form that has another fingerprint when written again")
    func notCanonical() throws {
        // The outer length in one byte more than it needs: BER that OpenSSL reads.
        let der = try Fixture.certificate("ec").der
        try #require(der[1] == 0x82)
        let error = #expect(throws: CertificateError.self) { try Certificate(der: [0x30, 0x83, 0x00] + der[2...]) }
        #expect(error?.reason == .notCanonical)
    }

    @Test("is bounded")
    func huge() throws {
        let error = #expect(throws: CertificateError.self) {
            try Certificate(der: [0x30, 0x83, 0x01, 0x00, 0x00] + [UInt8](repeating: 0, count: 65_536))
        }
        #expect(error?.reason == .tooLarge(limit: 65_536))
    }
}
