import Testing
import TrustCore

@testable import Certificates

@Suite("A certificate")
struct CertificateTests {
    @Test("a certificate's fields equal what openssl(1) prints", arguments: Fixture.certificates)
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

    @Test("the list and the card show the same key, also for an odd number of key bits")
    func oddBits() throws {
        var der = try Fixture.certificate("rsa").der
        // The key's BIT STRING and the SEQUENCE in it. Between them is the number of unused bits, which OpenSSL would encode anew.
        let key = try #require(der.indices.dropLast(6).first { der[$0] == 0x03 && der[$0 + 1] == 0x82 && der[$0 + 5] == 0x30 })
        der[key + 4] = 7
        let certificate = try Certificate(der: der)
        #expect(certificate.spkiSHA256 == (try CertificateOutline(der: der)).spkiSHA256)
        #expect(try certificate.spkiSHA256 != OpenSSLCertificate(der: der).spkiSHA256, "the test needs a case in which OpenSSL differs")
    }

    /// In the format of `openssl x509 -dateopt iso_8601`.
    private static func spelled(_ moment: Timestamp) -> String {
        moment.description.split(separator: "T").joined(separator: " ")
    }

    @Test(
        "a certificate's key is named by kind and size",
        arguments: [
            ("ec", "EC prime256v1 256"), ("p384", "EC secp384r1 384"), ("p192", "EC prime192v1 192"), ("ed25519", "ED25519 256"),
            ("rsa", "RSA 2048"), ("rsa1024", "RSA 1024"), ("dsa", "DSA 1024"),
        ])
    func key(name: String, key: String) throws {
        #expect(try Fixture.certificate(name).key.description == key)
    }

    @Test("alternative names are spelled with their kind")
    func alternativeNames() throws {
        #expect(
            try Fixture.certificate("names").subjectAlternativeNames == [
                "DNS:alice.laptop", "DNS:*.example.org", "email:alice@example.org", "IP:192.0.2.7", "IP:2001:db8::7",
                "URI:https://example.org/a,b", "RID:1.2.3.4", "dirName:CN=in a name",
            ])
        #expect(try Fixture.certificate("many").subjectAlternativeNames.count == 300)
    }

    @Test("a certificate is self-signed only if its own key verifies it")
    func selfSigned() throws {
        for name in ["ec", "ed25519", "rsa", "dsa", "pss", "sha1", "md5", "v1", "authority"] {
            #expect(try Fixture.certificate(name).selfSigned, "\(name)")
        }
        #expect(try Fixture.certificate("issued").selfSigned == false)
        let pretended = try Fixture.certificate("pretended")
        #expect(pretended.issuer == pretended.subject)
        #expect(pretended.selfSigned == false)
    }

    @Test("a version 1 certificate and a CA without certSign usage count as an authority")
    func authorities() throws {
        #expect(try Fixture.certificate("v1").isCA)
        #expect(try Fixture.certificate("usage").isCA)
        #expect(try Fixture.certificate("ec").isCA == false)
    }

    @Test("a hostile subject is shown escaped")
    func hostile() throws {
        let subject = try Fixture.certificate("hostile").subject
        let shown = Printable(subject).description
        #expect(subject.contains("\u{202E}"))
        #expect(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\u{202E}" })
        #expect(shown.contains("\\u{202E}"))
    }

    @Test(
        "a certificate that is cut off or has trailing bytes is refused", arguments: ["ec", "ed25519", "rsa1024", "names", "v1", "hostile"])
    func cutOff(name: String) throws {
        let der = try Fixture.certificate(name).der
        for count in stride(from: 0, to: der.count, by: 16) {
            #expect(throws: CertificateError.self) { try Certificate(der: Array(der[..<count])) }
            #expect(throws: CertificateError.self) { try Certificate.read(file: Array(der[..<count]), name: "cut") }
        }
        let error = #expect(throws: CertificateError.self) { try Certificate(der: der + [0, 1]) }
        #expect(error?.reason == .trailingBytes(count: 2))
    }

    @Test("flipping single bits of a certificate never crashes the reader")
    func altered() throws {
        let der = try Fixture.certificate("names").der
        var read = 0
        for index in der.indices {
            for bit: UInt8 in [0x01, 0x20, 0x80] {
                var other = der
                other[index] ^= bit
                // Read or refused. If it is read, it keeps exactly these bytes.
                guard let certificate = try? Certificate(der: other) else { continue }
                #expect(certificate.der == other)
                read += 1
            }
        }
        // Bits of a name or of the signature can be anything.
        #expect(read > 0 && read < 3 * der.count)
    }

    @Test("a BER form whose DER has another fingerprint is refused")
    func notCanonical() throws {
        // The outer length is one byte longer than needed: BER that OpenSSL reads.
        let der = try Fixture.certificate("ec").der
        try #require(der[1] == 0x82)
        let error = #expect(throws: CertificateError.self) { try Certificate(der: [0x30, 0x83, 0x00] + der[2...]) }
        #expect(error?.reason == .notCanonical)
    }

    @Test("a certificate of more than 64 KiB is refused")
    func huge() throws {
        let error = #expect(throws: CertificateError.self) {
            try Certificate(der: [0x30, 0x83, 0x01, 0x00, 0x00] + [UInt8](repeating: 0, count: 65_536))
        }
        #expect(error?.reason == .tooLarge(limit: 65_536))
    }
}
