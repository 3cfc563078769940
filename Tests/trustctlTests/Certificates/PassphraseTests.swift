import Testing
import TrustCore
import TrustTestSupport

@testable import Certificates

/// Keys that a passphrase opens, read and written by trustctl and by openssl(1).
@Suite("A key with a passphrase")
struct PassphraseTests {
    private func passphrase(_ text: String) throws -> Passphrase { try Passphrase(Array(text.utf8)) }

    @Test("openssl(1) opens what trustctl has locked, with that passphrase alone")
    func written() throws {
        try inFolder { folder in
            let key = try PrivateKey()
            let locked = try key.pem(lockedBy: passphrase("“twelve” ducks"))
            #expect(try PrivateKey.isLocked(locked) && !PrivateKey.isLocked(key.pem()))
            try folder.write("ca.key", bytes: locked)
            func opened(_ word: String) throws -> ProgramRun.Outcome {
                try ProgramRun.run("openssl", ["pkey", "-in", folder("ca.key"), "-passin", "pass:\(word)"])
            }
            #expect(try opened("“twelve” ducks").output == String(decoding: key.pem(), as: UTF8.self))
            #expect(try opened("twelve ducks").exitCode != 0)
            // Each guess costs 600,000 rounds.
            let form = try ProgramRun.run("openssl", ["asn1parse", "-in", folder("ca.key")]).output
            #expect(form.contains("PBES2") && form.contains("aes-256-cbc") && form.contains("hmacWithSHA256") && form.contains(":0927C0"))
        }
    }

    @Test("trustctl opens what openssl(1) has locked; a wrong passphrase is told apart from a damaged file")
    func read() throws {
        try inFolder { folder in
            try ProgramRun.run(
                "openssl",
                [
                    "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes-128-cbc", "-pass", "pass:right one",
                    "-out", folder("ca.key"),
                ])
            let pem = Array(try folder.read("ca.key").utf8)
            let key = try PrivateKey(pem: pem, openedBy: passphrase("right one"))
            let plain = try ProgramRun.run("openssl", ["pkey", "-in", folder("ca.key"), "-passin", "pass:right one"]).output
            #expect(try String(decoding: key.pem(), as: UTF8.self) == plain)
            for wrong in ["wrong one", "right one ", "right on", "x"] {
                let error = #expect(throws: PrivateKey.OpeningError.self) { try PrivateKey(pem: pem, openedBy: passphrase(wrong)) }
                guard case .wrongPassphrase = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            let cut = Array(pem.prefix(pem.count / 2))
            let error = #expect(throws: PrivateKey.OpeningError.self) { try PrivateKey(pem: cut, openedBy: passphrase("right one")) }
            guard case .unreadable = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test("the attack: a zero byte ends a passphrase early; such a one, an empty and an endless one are refused")
    func bytes() throws {
        #expect(throws: Passphrase.Fault.zeroByte) { try Passphrase(Array("long\0er".utf8)) }
        #expect(throws: Passphrase.Fault.zeroByte) { try Passphrase([0]) }
        #expect(throws: Passphrase.Fault.empty) { try Passphrase([]) }
        #expect(throws: Passphrase.Fault.tooLong) { try Passphrase([UInt8](repeating: 65, count: 1_024)) }
        let longest = try Passphrase([UInt8](repeating: 65, count: 1_023))
        let locked = try PrivateKey().pem(lockedBy: longest)
        #expect(throws: Never.self) { try PrivateKey(pem: locked, openedBy: longest) }
        #expect(throws: PrivateKey.OpeningError.self) {
            try PrivateKey(pem: locked, openedBy: Passphrase([UInt8](repeating: 65, count: 1_022)))
        }
    }
}
