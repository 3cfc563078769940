import Testing
import TrustCore

@testable import Certificates

@Suite("A certificate file")
struct CertificateFileTests {
    @Test("a certificate file is read as PEM and DER, with text and blanks around")
    func forms() throws {
        let pem = try Fixture.bytes("ec.pem")
        let certificate = try Fixture.certificate("ec")
        let text = String(decoding: pem, as: UTF8.self)
        for form in [
            certificate.der,
            Array("Certificate:\n    Data: 0\n\(text)".utf8),
            Array("0 is the first line's first character\n\(text)\nand text behind\n".utf8),
            Array(text.split(separator: "\n").joined(separator: "\r\n").utf8),
            Array("\u{FEFF}\(text)".utf8),
            Array(text.split(separator: "\n").map { "  \($0)  " }.joined(separator: "\n").utf8),
        ] {
            #expect(try Certificate.read(file: form, name: "ec.pem") == certificate)
        }
    }

    @Test(
        "the attack: a file with a private key of any kind is refused",
        arguments: [
            ("pkcs8.key", "PEM"), ("pkcs8.key.der", "PKCS#8"), ("sec1.key", "PEM"), ("sec1.key.der", "SEC 1"), ("pkcs1.key", "PEM"),
            ("pkcs1.key.der", "PKCS#1"), ("dsa.key", "PEM"), ("dsa.key.der", "PKCS#1"), ("encrypted.key", "PEM"),
            ("encrypted.key.der", "encrypted PKCS#8"), ("proc-type.key", "PEM"), ("bundle.p12", "PKCS#12"),
        ])
    func privateKeys(name: String, form: String) throws {
        let key = try Fixture.bytes("refused/\(name)")
        let pem = try Fixture.bytes("ec.pem")
        let der = try Fixture.certificate("ec").der
        #expect(try Fixture.reason(key) == .privateKey(form: form))
        #expect(try Fixture.reason(pem + key) == .privateKey(form: form))
        #expect(try Fixture.reason(der + key) == .privateKey(form: form))
        if form == "PEM" {
            #expect(try Fixture.reason(key + pem) == .privateKey(form: form))
            #expect(try Fixture.reason(Array(key.dropLast(key.count / 2))) == .privateKey(form: form))
            #expect(try Fixture.reason(key.flatMap { [$0, 0] }) == .privateKey(form: form))
        } else {
            #expect(try Fixture.reason(key.dropLast(key.count / 4)) == .privateKey(form: form))
            #expect(throws: CertificateError(.privateKey(form: form))) { try Certificate(der: key) }
        }
    }

    @Test("the attack: a private key labelled CERTIFICATE is refused as a private key")
    func disguised() throws {
        let key = String(decoding: try Fixture.bytes("refused/pkcs8.key"), as: UTF8.self)
        let body = key.split(separator: "\n").dropFirst().dropLast().joined(separator: "\n")
        let text = "-----BEGIN CERTIFICATE-----\n\(body)\n-----END CERTIFICATE-----\n"
        #expect(try Fixture.reason(Array(text.utf8)) == .privateKey(form: "PKCS#8"))
    }

    @Test("a PEM label of a private key is recognised, and the plain words are not")
    func onlyNamed() throws {
        let text = "-----BEGIN OPENSSH PRIVATE KEY-----"
        #expect(PEM.mentionsPrivateKey(Array(text.utf8)[...]))
        #expect(!PEM.mentionsPrivateKey(Array("a private key".utf8)[...]))
    }

    @Test(
        "a file of another kind is refused, and its kind is named",
        arguments: [
            ("request.pem", .request), ("request.der", .request), ("crl.pem", .revocationList), ("crl.der", .revocationList),
            ("public.pem", .publicKey), ("public.der", .publicKey), ("rsa-public.pem", .publicKey), ("rsa-public.der", .publicKey),
            ("trusted.pem", .trustedCertificate), ("pkcs7.pem", .bundle), ("pkcs7.der", .bundle),
            ("parameters.pem", .other(label: Printable("EC PARAMETERS"))),
        ] as [(String, CertificateError.Reason)])
    func otherKinds(name: String, reason: CertificateError.Reason) throws {
        #expect(try Fixture.reason(try Fixture.bytes("refused/\(name)")) == reason)
    }

    @Test("a file with anything beside one certificate is refused")
    func several() throws {
        let pem = try Fixture.bytes("ec.pem")
        #expect(try Fixture.reason(pem + pem) == .several(count: 2))
        #expect(try Fixture.reason(pem + (try Fixture.bytes("rsa.pem"))) == .several(count: 2))
        let request = try Fixture.bytes("refused/request.pem")
        #expect(try Fixture.reason(request + pem) == .alsoHolds(Printable("CERTIFICATE REQUEST")))
        let der = try Fixture.certificate("ec").der
        #expect(try Fixture.reason(der + der) == .trailingBytes(count: der.count))
        // The part that makes it a “trusted certificate” follows the certificate.
        let trusted = try #require(try PEM.blocks(in: try Fixture.bytes("refused/trusted.pem")).first?.content)
        #expect(try Fixture.reason(trusted) == .trailingBytes(count: trusted.count - der.count))
    }

    @Test("a file that is cut off, empty, huge or not a certificate is an error")
    func broken() throws {
        let pem = try Fixture.bytes("ec.pem")
        for count in stride(from: 0, to: pem.count - 2, by: 16) {
            #expect(throws: CertificateError.self) { try Certificate.read(file: Array(pem[..<count]), name: "cut") }
        }
        #expect(try Fixture.reason([]) == .empty)
        #expect(try Fixture.reason(Array(" \r\n\t".utf8)) == .empty)
        #expect(try Fixture.reason([UInt8](repeating: 0x41, count: 300_000)) == .tooLarge(limit: 262_144))
        #expect(try Fixture.reason([UInt8](repeating: 0x41, count: 3_000)) == .unknown)
        #expect(try Fixture.reason([UInt8](0...255)) == .unknown)
        #expect(try Fixture.reason([0x30]) == .unknown)
        let bad = "text\n-----BEGIN CERTIFICATE-----\n&&&&\n-----END CERTIFICATE-----\n"
        #expect(try Fixture.reason(Array(bad.utf8)) == .notBase64(line: 2))
        for text in ["=", "====", "AA=A", "A===", "AAA", "AAAA=", "AA AA"] {
            let bad = "-----BEGIN CERTIFICATE-----\n\(text)\n-----END CERTIFICATE-----\n"
            #expect(try Fixture.reason(Array(bad.utf8)) == .notBase64(line: 1), "\(text)")
        }
        let open = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n"
        #expect(try Fixture.reason(Array(open.utf8)) == .unfinished(line: 1))
    }

    @Test("the error names the file without control characters, and what is wrong")
    func words() throws {
        let error = #expect(throws: CertificateError.self) { try Certificate.read(file: [], name: "a\u{1B}[2J.pem") }
        #expect(error?.description == "a\\u{1B}[2J.pem: it is empty")
        let key = CertificateError(.privateKey(form: "PEM"), file: Printable("alice.key"))
        #expect(key.description == "alice.key: holds a private key (PEM), and a private key must never leave its owner")
        #expect(key.hint != nil)
    }
}
