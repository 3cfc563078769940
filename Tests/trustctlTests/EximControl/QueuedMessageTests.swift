import SystemPackage
import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates
@testable import EximControl
@testable import Host

@Suite("What Exim keeps of a message that waits")
struct QueuedMessageTests {
    private static let der: [UInt8] = Array(0..<200)
    private static let pem = String(
        decoding: CertificatePEM.text(base64: Array(Self.base64.utf8)), as: UTF8.self
    ).replacing("\n", with: "\\n")
    /// Of `der`.
    private static let base64 =
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0BBQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWltcXV5f"
        + "YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKDhIWGh4iJiouMjY6PkJGSk5SVlpeYmZqbnJ2en6ChoqOkpaanqKmqq6ytrq+wsbKztLW2t7i5uru8vb6/"
        + "wMHCw8TFxsc="

    private static func message(_ lines: String, id: String = "1xXSE9-0000ts-2X") -> QueuedMessage? {
        let text = "\(id)-H\nDebian-exim 102 105\n<a@x.example>\n1795909989 0\n\(lines)XX\n1\nb@remote.example\n\n229P Received: from x\n"
        return QueuedMessage(id: id, queue: nil, envelope: Array(text.utf8))
    }

    @Test(
        "the certificate is found, however Exim marks that it came from a stranger",
        arguments: ["-tls_peercert", "--tls_peercert", "--(sqlite)tls_peercert"])
    func certificate(name: String) throws {
        let message = Self.message(
            "--helo_name vm\n-received_protocol esmtps\n\(name) \(Self.pem)\n--tls_peerdn CN=laptop\n-tls_ourcert x\n")
        #expect(message?.certificate == (try Fingerprint(of: Self.der)) && message?.isFrozen == false)
        #expect(Self.message("-frozen 1795909998\n\(name) \(Self.pem)\n")?.isFrozen == true)
    }

    @Test("a message without a certificate, with an odd one, or with the name that 4.97 gives") func others() {
        #expect(Self.message("-helo_name vm\n") == QueuedMessage(id: "1xXSE9-0000ts-2X", queue: nil, certificate: nil, isFrozen: false))
        for odd in ["", "none", Self.pem.replacing("AAEC", with: "AA,C")] {
            #expect(Self.message("--tls_peercert \(odd)\n")?.certificate == nil, "\(odd)")
        }
        #expect(Self.message("-frozen 1\n", id: "1xXSE9-0000000aBcD-2XyZ")?.isFrozen == true)
    }

    @Test("the attack: lines in the value of an ACL variable, in a header line or of a recipient")
    func forged() throws {
        let forged = "x\n-frozen 1\n--tls_peercert \(Self.pem)"
        for name in ["-aclm _words", "--aclc 0", "--(pgsql)aclm _a"] {
            let message = Self.message("\(name) \(forged.utf8.count)\n\(forged)\n-received_protocol esmtps\n")
            #expect(message != nil && message?.certificate == nil && message?.isFrozen == false, "\(name)")
        }
        #expect(Self.message("-aclm _words 999999\nshort\n") == nil)
        let text = "1xXSE9-0000ts-2X-H\nu 1 1\n<>\n1 0\nXX\n1\n-frozen 1\n\n004  a:\n-frozen 1\n"
        #expect(QueuedMessage(id: "1xXSE9-0000ts-2X", queue: nil, envelope: Array(text.utf8))?.isFrozen == false)
        #expect(QueuedMessage(id: "1xXSE9-0000ts-2Y", queue: nil, envelope: Array(text.utf8)) == nil, "another message's file")
    }

    @Test("only names that Exim makes are names of messages") func names() {
        for name in ["1xXSE9-0000ts-2X", "1xXSE9-0000000aBcD-2XyZ"] { #expect(QueuedMessage.isName(name)) }
        for name in [
            "", "--help", "-Mrm", "1xXSE9-0000ts", "1xXSE9-0000ts-2X-", "1xXSE9-0000t/-2X", "1xXSE9-0000tsé-2X", "1xXSE9-0000ts-2XyZ",
        ] {
            #expect(!QueuedMessage.isName(name), "\(name)")
        }
    }

    @Test("the attack: a queue too long to be read, and folders in folders, keep nobody waiting") func manyFiles() throws {
        let folder = try SceneFolder()
        defer { folder.remove() }
        for path in [
            "input", "input/1", "input/1/1", "input/1/1/1", "later", "later/input", "later/input/1", "later/input/1/2", "input/9", "db",
        ] { try folder.makeFolder(path) }
        for path in ["input", "input/1", "input/1/1", "input/1/1/1", "later/input/1", "later/input/1/2", "db"] {
            let name = "1xXSE9-0000ts-2X"
            try folder.write("\(path)/\(name)-H", "\(name)-H\nu 1 1\n<>\n1 0\nXX\n")
        }
        var queue = MailQueue(spool: folder.path, progress: .silent)
        let all = try queue.messages()
        #expect(all.read.map(\.queue) == [nil, nil, "later"] && !all.isCut && all.unread == 0, "\(all)")
        queue.patience = .zero
        let none = try queue.messages()
        #expect(none.read.isEmpty && none.isCut)
    }
}
