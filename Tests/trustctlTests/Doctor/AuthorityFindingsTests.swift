import Certificates
import SystemPackage
import Testing
import TrustCore

@testable import Doctor
@testable import EximControl

/// Doctor's judgement of a CA whose clients may relay, without a disk and without Exim.
@Suite("Doctor's judgement of a CA")
struct AuthorityFindingsTests {
    private func authority(days: Int) throws -> Certificate {
        var draft = CertificateDraft(.client, commonName: "relay CA", days: days)
        draft.isAuthority = true
        return try draft.selfSigned(with: PrivateKey())
    }

    private func findings(
        _ certificates: [Certificate], name: String? = QuotedText("CN=relay CA".utf8).text,
        wrong: [AuthoritySessions.Visitor: String]? = [:], missing: Set<FilePath> = [], place: FilePath? = "/etc/trustd/revoked",
        open: [FilePath] = [], shared: FilePath? = nil
    ) -> [String] {
        AuthorityFindings(
            folder: "/etc/trustd/authority", certificates: certificates, name: name, printed: QuotedText("CN=relay CA".utf8),
            wrong: wrong, revoked: "/etc/trustd/revoked", issued: "/etc/trustd/issued", missing: missing, revokedPlace: place,
            shared: shared, openKeys: open, now: .now
        ).findings.map { "\($0.severity) \($0.id)" }
    }

    @Test("the CA's end is told in time")
    func ends() throws {
        #expect(try findings([authority(days: 3_650)]).isEmpty)
        #expect(try findings([authority(days: 170)]) == ["warning ca-ends"])
        #expect(try findings([authority(days: 20)]) == ["error ca-ends"])
    }

    @Test("another name, other certificates, no folder, an open key and a shared CA are told")
    func others() throws {
        let sound = try authority(days: 3_650)
        #expect(findings([sound], name: nil) == ["error ca-name-differs"])
        #expect(findings([sound], name: "cn=relay") == ["error ca-name-differs"])
        #expect(findings([]) == ["error ca-not-alone"] && findings([sound, sound]) == ["error ca-not-alone"])
        #expect(findings([sound], missing: ["/etc/trustd/revoked"]) == ["error revoked-missing"])
        #expect(findings([sound], missing: ["/etc/trustd/issued"]) == ["warning issued-missing"])
        #expect(findings([sound], place: "/etc/elsewhere") == ["error revoked-elsewhere"])
        #expect(findings([sound], place: nil) == ["error revoked-elsewhere"])
        #expect(
            findings([sound], open: ["/etc/trustd/authority/ca.key"], shared: "/etc/ssl/certs")
                == ["error ca-key-readable", "warning ca-shared"])
    }

    @Test("a client that is refused, an attacker that is not, and sessions that cannot be held are told")
    func sessions() throws {
        let sound = try authority(days: 3_650)
        #expect(findings([sound], wrong: nil) == ["warning ca-not-tried"])
        #expect(findings([sound], wrong: [.client: "550 no"]) == ["error ca-client-refused"])
        for visitor in AuthoritySessions.Visitor.allCases where visitor != .client {
            #expect(findings([sound], wrong: [visitor: "250 Accepted"]) == ["error ca-not-guarded"])
        }
    }

    @Test("a name is quoted so that neither an expansion nor a macro changes it")
    func quoted() {
        let name = Array("CN=a\\, {b} $c ü".utf8)
        let quoted = QuotedText(name)
        #expect(quoted.text == "\\x43\\x4e=a\\x5c,\\x20\\x7bb\\x7d\\x20\\x24c\\x20\\xc3\\xbc")
    }
}
