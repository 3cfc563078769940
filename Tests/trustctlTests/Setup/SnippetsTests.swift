import Glibc
import SystemPackage
import Testing
import TrustTestSupport

@testable import EximControl
@testable import Setup

/// The texts that setup writes.
@Suite("Setup's texts")
struct SnippetsTests {
    @Test("setup's texts are the files of etc/exim, byte for byte", arguments: Snippets.Name.allCases)
    func shipped(name: Snippets.Name) throws {
        let file = "\(ShippedFiles.project)/etc/exim/\(name.rawValue)"
        let text = Snippets(places: SetupPlaces()).text(name)
        // scripts/write-snippets sets it: then the files follow the texts.
        if getenv("TRUSTD_WRITE_SNIPPETS") != nil { try File.write(file, text) }
        #expect(try File.read(file) == text)
    }

    @Test("setup's texts are all files of etc/exim")
    func all() {
        let shipped = ["debian", "one-file"].flatMap { folder in
            File.names(in: "\(ShippedFiles.project)/etc/exim/\(folder)").map { "\(folder)/\($0)" }
        }
        #expect(shipped == Snippets.Name.allCases.map(\.rawValue))
    }

    @Test("the ACL texts use no value that a client chooses, and check that there is a certificate")
    func statements() {
        let snippets = Snippets(places: SetupPlaces())
        for kind in WayOfTrust.allCases {
            let statements = snippets.aclStatements(kind)
            let guards = statements.split(separator: "\n").count { $0.contains("condition  = ${if def:tls_in_peercert}") }
            #expect(guards == (kind == .authority ? 4 : 2))
            #expect(statements.contains("domains    = !+local_domains : !+relay_to_domains"))
            #expect(statements.contains("set acl_c_trustd_seen = 1"))
            for word in ["helo", "$sender_address", "$local_part", "$domain", "peerdn", "$sender_host_name", "$sender_ident"] {
                #expect(!statements.contains(word) && !snippets.debianUnknown(kind).contains(word))
            }
        }
    }

    @Test("a path with a special meaning in Exim's configuration is refused")
    func paths() {
        #expect(SetupPlaces.isPlain("/etc/trustd/exim"))
        for path in ["etc/x", "/etc/a b", "/etc/$x", "/etc/a}b", "/etc/a:b", "/etc/a\nb"] { #expect(!SetupPlaces.isPlain(FilePath(path))) }
    }
}
