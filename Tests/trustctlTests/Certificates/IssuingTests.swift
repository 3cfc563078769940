import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates

/// What our CA signs, looked at by openssl(1).
@Suite("Certificates of our own CA")
struct IssuingTests {
    private static let now = Timestamp.now

    private func authority(_ name: String = "relay CA 0123456789abcdef", days: Int = 3_650, from moment: Timestamp = now) throws -> Identity
    {
        var draft = CertificateDraft(.client, commonName: name, days: days, now: moment)
        (draft.isAuthority, draft.signsOnly) = (true, true)
        let key = try PrivateKey()
        return Identity(certificate: try draft.selfSigned(with: key), key: key)
    }

    private func wanted() throws -> RequestedKey {
        let key = try PrivateKey()
        return try RequestedKey(of: CertificateDraft(.client, commonName: "carol", days: 1).selfSigned(with: key))
    }

    @Test("openssl(1) verifies a client's certificate, and its subject is ours")
    func issues() throws {
        try inFolder { folder in
            let authority = try authority()
            let key = try wanted()
            let leaf = try CertificateDraft(.client, commonName: "alice", days: 90).issued(to: key, by: authority)
            #expect(leaf.subject == "CN=alice" && leaf.issuer == authority.certificate.subject && leaf.spkiSHA256 == key.spkiSHA256)
            #expect(!leaf.isCA && leaf.maySign && leaf.subjectAlternativeNames.isEmpty)
            #expect(try CertificateOutline(der: leaf.der).isIssued(by: authority.certificate))
            try folder.write("ca.pem", authority.certificate.pemText)
            try folder.write("leaf.pem", leaf.pemText)
            let verified = try ProgramRun.run(
                "openssl", ["verify", "-x509_strict", "-purpose", "sslclient", "-CAfile", folder("ca.pem"), folder("leaf.pem")])
            #expect(verified.exitCode == 0, "\(verified)")
            let text = try ProgramRun.run("openssl", ["x509", "-in", folder("ca.pem"), "-noout", "-text"]).output
            #expect(text.contains("X509v3 Basic Constraints: critical\n                CA:TRUE, pathlen:0"), "\(text)")
            #expect(text.contains("X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign\n"), "\(text)")
        }
    }

    @Test("the attack: a client that signs for others gets nobody in, and no CA below ours does")
    func pathLength() throws {
        try inFolder { folder in
            let authority = try authority()
            let key = try PrivateKey()
            let own = try CertificateDraft(.client, commonName: "carol", days: 1).selfSigned(with: key)
            var draft = CertificateDraft(.client, commonName: "below", days: 90)
            draft.isAuthority = true
            let below = Identity(certificate: try draft.issued(to: RequestedKey(of: own), by: authority), key: key)
            let leaf = try CertificateDraft(.client, commonName: "alice", days: 1).issued(to: wanted(), by: below)
            try folder.write("ca.pem", authority.certificate.pemText)
            try folder.write("below.pem", below.certificate.pemText)
            try folder.write("leaf.pem", leaf.pemText)
            let verified = try ProgramRun.run(
                "openssl", ["verify", "-CAfile", folder("ca.pem"), "-untrusted", folder("below.pem"), folder("leaf.pem")])
            #expect(verified.exitCode != 0 && verified.text.contains("path length constraint exceeded"), "\(verified)")
        }
    }

    @Test("no certificate begins before its CA or outlives it")
    func dates() throws {
        let late = try authority(days: 30)
        let leaf = try CertificateDraft(.client, commonName: "alice", days: 90).issued(to: wanted(), by: late)
        #expect(leaf.notAfter == late.certificate.notAfter)
        let new = try authority(from: Timestamp(seconds: Self.now.seconds + 3_000))
        let other = try CertificateDraft(.client, commonName: "alice", days: 90, now: Self.now).issued(to: wanted(), by: new)
        #expect(other.notBefore == new.certificate.notBefore)
    }

    @Test(
        "the attack: a client with the CA's own name, in whatever letters, passes for the CA; none is signed",
        arguments: ["Relay CA", "relay ca", "RELAY CA", "Relay  CA ", " relay CA"])
    func ownName(name: String) throws {
        let authority = try authority("Relay CA")
        #expect(throws: OpenSSLError.self) { try CertificateDraft(.client, commonName: name, days: 9).issued(to: wanted(), by: authority) }
        #expect(throws: Never.self) { try CertificateDraft(.client, commonName: name + "s", days: 9).issued(to: wanted(), by: authority) }
    }
}
