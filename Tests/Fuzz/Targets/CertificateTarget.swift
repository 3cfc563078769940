import TrustCore

@testable import Certificates
@testable import EximControl
@testable import Host
@testable import Setup
@testable import Trust
@testable import trustctl

/// A file that an operator received as somebody's certificate.
enum CertificateTarget {
    private static let now = Timestamp(seconds: 1_795_518_400)

    static func take(_ bytes: [UInt8]) {
        let certificate: Certificate
        do { certificate = try Certificate.read(file: bytes, name: "alice.pem") } catch {
            demand(error.description.isPlain && error.hint?.isPlain ?? true, "the reason for a refusal is plain text")
            return
        }
        // OpenSSL finds a key anywhere in a file.
        demand((try? PrivateKey(pem: bytes)) == nil, "a file with a private key is refused")
        let begins = bytes.split(separator: 0x0A).count { String(decoding: $0, as: UTF8.self).trimmed == "-----BEGIN CERTIFICATE-----" }
        demand(begins <= 1, "a file with two certificates is refused")
        let copied = PEM.certificate(certificate.der)
        demand(!String(decoding: copied, as: UTF8.self).contains("PRIVATE"), "no private key is copied")
        if case .privateKey = DERShape(of: certificate.der[...]) { demand(false, "no private key is copied") }
        demand((try? PrivateKey(pem: labelled(copied))) == nil, "no private key is copied under another label")
        demand(contains(bytes, certificate), "only bytes of the file are copied")

        let again = demand("a copy can be read") { try Certificate.read(file: copied, name: "copy") }
        demand(again == certificate, "a copy is the same certificate")
        demand(
            hex(SHA256.digest(of: certificate.der)) == certificate.fingerprint.description,
            "a fingerprint is the digest of the certificate")
        if let outline = try? CertificateOutline(der: certificate.der) {
            demand(outline.subject == certificate.subject, "list and card show the same subject")
            demand(
                outline.notAfter == certificate.notAfter && outline.notBefore == certificate.notBefore,
                "list and card show the same validity")
            demand(outline.spkiSHA256 == certificate.spkiSHA256, "list and card show the same key")
        }
        let known = [
            KnownCertificate(
                name: certificate.subject, fingerprint: other, subject: certificate.subject, spkiSHA256: certificate.spkiSHA256)
        ]
        for warning in certificate.warnings(at: now, inTrustDirectory: false, known: known) {
            demand(warning.description.isPlain && !warning.description.contains("\n"), "a warning is one plain line")
        }
        demand(CertificateCard(certificate: certificate, now: now).text.isPlain, "a card is plain")
    }

    private static let other = demand("a fingerprint") { try Fingerprint(String(repeating: "AB", count: 32)) }

    /// The same bytes, labelled as a key.
    private static func labelled(_ pem: [UInt8]) -> [UInt8] {
        Array(String(decoding: pem, as: UTF8.self).replacing("CERTIFICATE", with: "PRIVATE KEY").utf8)
    }

    /// Whether the certificate is in the file, as bytes or as base64 between line ends and blanks.
    private static func contains(_ file: [UInt8], _ certificate: Certificate) -> Bool {
        if file == certificate.der { return true }
        let digits = PEM.certificate(certificate.der).split(separator: 0x0A).dropFirst().dropLast().joined()
        let squeezed = file.filter { ![0x20, 0x09, 0x0D, 0x0A].contains($0) }
        return String(decoding: squeezed, as: UTF8.self).contains(String(decoding: Array(digits).prefix(60), as: UTF8.self))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }
}
