import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import trustctl

/// What a person reads of a certificate whose signature this OpenSSL cannot check: neither that it is good, nor that it is bad.
@Suite("Signatures of kinds that OpenSSL cannot check")
struct SignatureKindTests {
    private func line(_ name: String, _ certificate: Certificate) -> String? {
        CertificateCard(certificate: certificate).text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
            .map { String($0.dropFirst(Card.width)) }
    }

    private func warnings(of certificate: Certificate) -> [String] {
        certificate.warnings(at: .now, inTrustDirectory: false, known: []).map(\.description)
    }

    private func unchecked(_ kind: String) -> String {
        "names itself as its issuer; whether its own key has signed it could not be checked: this OpenSSL cannot check \(kind)"
    }

    @Test("ECDSA with SHA-3, made by openssl(1), is read, and its signature called unchecked", arguments: [224, 256, 384, 512])
    func ecdsaWithSHA3(size: Int) throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let (key, file) = (folder("one.key"), folder("one.pem"))
        let made = try ProgramRun.run(
            "openssl",
            [
                "req", "-x509", "-sha3-\(size)", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "365", "-subj",
                "/CN=laptop", "-addext", "basicConstraints=critical,CA:FALSE", "-keyout", key, "-out", file,
            ])
        #expect(made.exitCode == 0, "\(made)")
        let certificate = try Certificate.read(file: Array(File.read(file).utf8), name: "one.pem")
        #expect(certificate.signatureAlgorithm == "ecdsa_with_SHA3-\(size)")
        #expect(line("key", certificate) == "EC prime256v1 256")
        // A newer OpenSSL checks it.
        if certificate.ownSignature == .right {
            #expect(line("issuer", certificate) == "itself (self-signed)" && warnings(of: certificate).isEmpty)
            return
        }
        #expect(certificate.ownSignature == .unchecked)
        #expect(line("issuer", certificate) == "itself, as it says (its signature could not be checked)")
        #expect(warnings(of: certificate) == [unchecked("ecdsa_with_SHA3-\(size)")])
    }

    /// Sizes of public keys and signatures, in bytes: RFC 9881 and FIPS 204, table 2; RFC 9909 and FIPS 205, table 2.
    private static let later: [(number: UInt8, name: String, key: Int, signature: Int)] = [
        (17, "ML-DSA-44", 1_312, 2_420), (18, "ML-DSA-65", 1_952, 3_309), (19, "ML-DSA-87", 2_592, 4_627),
        (20, "SLH-DSA-SHA2-128s", 32, 7_856), (21, "SLH-DSA-SHA2-128f", 32, 17_088), (22, "SLH-DSA-SHA2-192s", 48, 16_224),
        (23, "SLH-DSA-SHA2-192f", 48, 35_664), (24, "SLH-DSA-SHA2-256s", 64, 29_792), (25, "SLH-DSA-SHA2-256f", 64, 49_856),
        (26, "SLH-DSA-SHAKE-128s", 32, 7_856), (27, "SLH-DSA-SHAKE-128f", 32, 17_088), (28, "SLH-DSA-SHAKE-192s", 48, 16_224),
        (29, "SLH-DSA-SHAKE-192f", 48, 35_664), (30, "SLH-DSA-SHAKE-256s", 64, 29_792), (31, "SLH-DSA-SHAKE-256f", 64, 49_856),
    ]

    @Test(
        "ML-DSA and SLH-DSA are called by their names, and their keys unreadable and signatures unchecked",
        arguments: later.map(\.number))
    func laterKinds(number: UInt8) throws {
        let kind = try #require(Self.later.first { $0.number == number })
        let certificate = try Certificate(der: Self.certificate(number, key: kind.key, signature: kind.signature))
        // With an OpenSSL that can check it, the bytes are no signature.
        if certificate.key.bits != nil {
            #expect(certificate.ownSignature == .wrong)
            return
        }
        #expect(certificate.signatureAlgorithm == kind.name && certificate.ownSignature == .unchecked && !certificate.selfSigned)
        #expect(line("key", certificate) == "\(kind.name) unreadable")
        #expect(line("issuer", certificate) == "itself, as it says (its signature could not be checked)")
        #expect(line("subject", certificate) == "CN=laptop")
        #expect(warnings(of: certificate) == ["OpenSSL cannot read its key: \(kind.name)", unchecked(kind.name)])
        let approved = try CertificateOutline(der: certificate.der)
        #expect(approved.spkiSHA256 == certificate.spkiSHA256 && approved.subject == certificate.subject)
    }

    /// A certificate as these RFCs have it: the algorithm's number without parameters in all three places, the key and the signature as bit
    /// strings. Their bytes are none of a real key.
    private static func certificate(_ number: UInt8, key: Int, signature: Int) -> [UInt8] {
        let element = OtherForm.element
        // 2.16.840.1.101.3.4.3.<number>
        let algorithm = element(0x30, element(0x06, [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, number]))
        func bits(_ count: Int) -> [UInt8] { element(0x03, [0] + (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }) }
        let commonName = element(0x30, element(0x06, [0x55, 0x04, 0x03]) + element(0x0C, Array("laptop".utf8)))
        let name = element(0x30, element(0x31, commonName))
        let times = element(0x30, element(0x17, Array("260101000000Z".utf8)) + element(0x17, Array("480101000000Z".utf8)))
        // basicConstraints, critical, CA:FALSE.
        let leaf = element(0x30, element(0x06, [0x55, 0x1D, 0x13]) + element(0x01, [0xFF]) + element(0x04, element(0x30, [])))
        let facts =
            element(0xA0, element(0x02, [2])) + element(0x02, [0x7A]) + algorithm + name + times + name
            + element(0x30, algorithm + bits(key)) + element(0xA3, element(0x30, leaf))
        return element(0x30, element(0x30, facts) + algorithm + bits(signature))
    }
}
