import Foundation
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates

@Suite("A certificate that the key of another one has named as its successor")
struct SuccessionTests {
    private func identity(_ kind: PrivateKey.Kind, _ names: [CertificateDraft.AlternativeName] = []) throws -> Identity {
        let key = try PrivateKey(kind)
        var draft = CertificateDraft(.client, commonName: "laptop", days: 30)
        draft.alternativeNames = names
        return Identity(certificate: try draft.selfSigned(with: key), key: key)
    }

    @Test("holds for the key and the certificate that it names alone", arguments: [PrivateKey.Kind.ec, .ed25519])
    func bound(_ kind: PrivateKey.Kind) throws {
        let (old, other) = (try identity(kind), try identity(kind))
        let key = try PrivateKey(kind)
        let succession = try Succession(from: old, to: key)
        var draft = CertificateDraft(.client, commonName: "laptop", days: 30)
        draft.alternativeNames = [.dns("laptop"), .uri(succession.uri)]
        let next = try draft.selfSigned(with: key)
        #expect(next.succession == succession && succession.predecessor == old.certificate.fingerprint)
        #expect(try CertificateOutline(der: next.der).mayNamePredecessor)
        #expect(succession.isSigned(by: old.certificate, for: next))
        #expect(!succession.isSigned(by: other.certificate, for: next))
        #expect(!succession.isSigned(by: old.certificate, for: other.certificate))
        // The attack: an own certificate with the copied name.
        let copied = try identity(kind, [.uri(succession.uri)]).certificate
        #expect(copied.succession == succession && !succession.isSigned(by: old.certificate, for: copied))
        // Two of them say nothing.
        draft.alternativeNames.append(.uri(try Succession(from: other, to: key).uri))
        #expect(try draft.selfSigned(with: key).succession == nil)
    }

    @Test("openssl(1) verifies the signature over what is promised")
    func openssl() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        let old = try identity(.ec)
        let key = try PrivateKey()
        let succession = try Succession(from: old, to: key)
        let digits = try #require(Hex.bytes("\(old.certificate.fingerprint)"))
        let message = Array("trustd-renewal-1".utf8) + (try key.publicKeyDigest()) + digits
        try Data(message).write(to: URL(fileURLWithPath: folder("message")))
        try Data(succession.signature).write(to: URL(fileURLWithPath: folder("signature")))
        try folder.write("old.pem", old.certificate.pemText)
        let run = try ProgramRun.run(
            "sh",
            [
                "-ec",
                "cd \(folder("")) && openssl x509 -in old.pem -pubkey -noout >old.pub"
                    + " && openssl dgst -sha256 -verify old.pub -signature signature message",
            ])
        #expect(run.output == "Verified OK\n", "\(run)")
    }

    @Test("one spelling; anything else is no succession")
    func spelling() throws {
        let succession = try Succession(from: try identity(.ec), to: try PrivateKey())
        #expect(Succession(uri: succession.uri) == succession)
        let uri = succession.uri
        for other in [
            uri + "=", uri.lowercased(), uri.replacing("renewal:1:", with: "renewal:2:"), " " + uri, uri + ":",
            String(uri.prefix(82)), "trustd-renewal:1:", "", uri.replacing("-renewal", with: "-invitation"),
            uri + String(repeating: "AAAA", count: 3_000),
        ] {
            #expect(Succession(uri: other) == nil, "\(other)")
        }
    }
}
